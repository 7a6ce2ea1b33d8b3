#include "services/qubesd/system.hpp"

#include "lib/base/assert.hpp"

#include <sys/random.h>

#include <cstdio>
#include <cstring>
#include <ctime>

namespace vitrail::qubesd {
namespace {

using qube::QubeClass;

constexpr std::uint64_t gib = std::uint64_t{1} << 30;

std::string folder_of(Qube const& qube)
{
    return (qube.is(QubeClass::template_) ? "vm-templates/" : "appvms/") + qube.name;
}

/// Where the root of what `qube` starts from is kept.
Volume const* source_of(State const& state, Qube const& qube, std::string const& volume)
{
    Qube const* const from = state.find(qube.property("template"));
    if (!from)
        return nullptr;
    auto const found = from->volumes.find(volume);
    return found == from->volumes.end() ? nullptr : &found->second;
}

std::string default_pool(State const& state, std::string_view volume)
{
    return global_text(state, "default_pool_" + std::string(volume));
}

} // namespace

World World::real()
{
    return {.now = [] { return static_cast<std::int64_t>(std::time(nullptr)); },
            .random =
                [] {
                    std::uint64_t number = 0;
                    VITRAIL_ASSERT(getrandom(&number, sizeof number, 0) == sizeof number);
                    return number;
                }};
}

Result<std::unique_ptr<StorageDriver>> StoredVolume::driver() const
{
    auto made = make_driver(pool);
    if (!made)
        return error("the pool " + pool.name + " has no driver");
    return made;
}

qube::Outcome<> System::keep(Transaction& change)
{
    if (auto const kept = change.commit(); !kept) {
        std::fprintf(stderr, "vitrail-qubesd: %s\n", kept.error().message().c_str());
        return qube::refuse(qube::exception::generic,
                            "The change could not be kept: " + kept.error().message());
    }
    return {};
}

StoredVolume System::stored(Volume const& volume) const
{
    StoredVolume one{.volume = volume};
    if (auto const pool = state.pools.find(volume.pool); pool != state.pools.end())
        one.pool = pool->second;
    if (volume.revisions_to_keep)
        one.keep = *volume.revisions_to_keep;
    else if (auto const set = one.pool.options.find("revisions_to_keep");
             set != one.pool.options.end())
        one.keep = qube::parse_number_or_minus_one(set->second).value_or(1);
    return one;
}

std::vector<StoredVolume> System::stored_volumes(Qube const& one) const
{
    std::vector<StoredVolume> all;
    for (auto const& [name, volume] : one.volumes)
        if (state.pools.contains(volume.pool))
            all.push_back(stored(volume));
    return all;
}

std::string System::new_uuid() const
{
    std::array<std::uint8_t, 16> bytes{};
    for (std::size_t i = 0; i < bytes.size(); i += 8) {
        std::uint64_t const number = world.random();
        std::memcpy(bytes.data() + i, &number, sizeof number);
    }
    return qube::uuid_from(bytes);
}

qube::Outcome<> System::set_feature(std::string const& name, std::string const& feature,
                                    std::string const& value)
{
    Qube& one = *state.find(name);
    qube::EventPairs pairs{{"feature", feature}, {"value", value}};
    if (std::string const* const old = one.feature(feature))
        pairs.emplace_back("oldvalue", *old);
    events.fire(name, "domain-feature-pre-set:" + feature, pairs);
    Transaction change(store);
    change.set_feature(name, feature, value);
    TRY_VOID(keep(change));
    one.features[feature] = value;
    events.fire(name, "domain-feature-set:" + feature, pairs);
    return {};
}

qube::Outcome<> System::remove_feature(std::string const& name, std::string const& feature)
{
    events.fire(name, "domain-feature-pre-delete:" + feature, {{"feature", feature}});
    Transaction change(store);
    change.set_feature(name, feature, std::nullopt);
    TRY_VOID(keep(change));
    state.find(name)->features.erase(feature);
    events.fire(name, "domain-feature-delete:" + feature, {{"feature", feature}});
    return {};
}

qube::Outcome<> System::add_tag(std::string const& name, std::string const& tag)
{
    if (state.find(name)->tags.contains(tag))
        return {};
    Transaction change(store);
    change.add_tag(name, tag);
    TRY_VOID(keep(change));
    state.find(name)->tags.insert(tag);
    events.fire(name, "domain-tag-add:" + tag, {{"tag", tag}});
    return {};
}

qube::Outcome<> System::remove_tag(std::string const& name, std::string const& tag)
{
    Transaction change(store);
    change.remove_tag(name, tag);
    TRY_VOID(keep(change));
    state.find(name)->tags.erase(tag);
    events.fire(name, "domain-tag-delete:" + tag, {{"tag", tag}});
    return {};
}

ByName<Volume> new_volumes(State const& state, Qube const& one, ByName<std::string> const& pools)
{
    ByName<Volume> all;
    if (one.is(QubeClass::admin) || one.is(QubeClass::remote))
        return all;
    bool const disposable = one.is(QubeClass::disposable);
    auto const add = [&](char const* name, VolumeUse use, std::uint64_t size) {
        Volume volume{.name = name,
                      .pool = default_pool(state, name),
                      .vid = folder_of(one) + "/" + name,
                      .source = {},
                      .use = use,
                      .size = size,
                      .rw = true,
                      .ephemeral = false,
                      .revisions_to_keep = {}};
        if (auto const wanted = pools.find(name); wanted != pools.end())
            volume.pool = wanted->second;
        if (use == VolumeUse::snapshot)
            volume.revisions_to_keep = 0;
        all[name] = volume;
    };
    bool const own_root = one.is(QubeClass::template_) || one.is(QubeClass::standalone);
    add("root", own_root ? VolumeUse::saved : VolumeUse::snapshot, 10 * gib);
    add("private", disposable ? VolumeUse::snapshot : VolumeUse::saved, 2 * gib);
    add("volatile", VolumeUse::scratch, (disposable ? 12 : 10) * gib);
    add("kernel", VolumeUse::fixed, 0);
    all["kernel"].rw = false;
    all["kernel"].vid = property_text(state, one, "kernel");
    Qube copy = one;
    copy.volumes = all;
    follow_template(state, copy);
    return copy.volumes;
}

void follow_template(State const& state, Qube& one)
{
    for (auto& [name, volume] : one.volumes) {
        if (volume.use != VolumeUse::snapshot)
            continue;
        Volume const* const source = source_of(state, one, name);
        if (!source)
            continue;
        // A disposable's root is a snapshot of what its template's root is a snapshot of.
        volume.source = source->use == VolumeUse::snapshot ? source->source : source->vid;
        volume.pool = source->pool; // a snapshot stands beside its source
        volume.size = source->size;
    }
}

std::unexpected<qube::AdminError> storage_error(Error const& error)
{
    return qube::refuse(qube::exception::storage, error.message());
}

} // namespace vitrail::qubesd
