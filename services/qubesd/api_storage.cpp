// Volumes and pools. Source: fact sheet admin-api §11, §12.

#include "services/qubesd/api.hpp"

#include <algorithm>
#include <array>

namespace vitrail::qubesd {

using qube::Outcome;
using qube::refuse;
namespace exception = qube::exception;

namespace {

constexpr std::uint64_t most_bytes = std::uint64_t{1} << 60;

std::string flag(bool value)
{
    return std::string(qube::bool_text(value));
}

Outcome<std::uint64_t> parse_size(std::string_view untrusted_text)
{
    auto const size = qube::parse_number(untrusted_text);
    if (!size || *size > most_bytes)
        return refuse(exception::value, "A size is a decimal number of bytes");
    return *size;
}

Outcome<bool> parse_flag(std::string_view untrusted_text)
{
    if (auto const value = qube::parse_bool(untrusted_text))
        return *value;
    return refuse(exception::value, "True or False is expected");
}

Outcome<std::int64_t> parse_revisions(std::string_view untrusted_text)
{
    if (auto const value = qube::parse_number_or_minus_one(untrusted_text))
        return *value;
    return refuse(exception::value, "A number of revisions is -1 or more");
}

Lifecycle::Done nothing()
{
    return [](std::string const&) -> Outcome<std::string> { return ""; };
}

/// The text that says which volume, in the middle of a message.
std::string place(Call const& call)
{
    return call.subject + ":" + call.argument();
}

} // namespace

Outcome<Volume*> Api::volume(Call const& call)
{
    auto const found = subject(call).volumes.find(call.argument());
    if (found == subject(call).volumes.end())
        return refuse(exception::volume_not_found, "There is no volume " + place(call));
    return &found->second;
}

Outcome<Pool*> Api::pool(Call const& call)
{
    auto const found = system_.state.pools.find(call.argument());
    if (found == system_.state.pools.end())
        return refuse(exception::pool_not_found, "There is no pool " + call.argument());
    return &found->second;
}

Api::Text Api::volume_list(Call const& call)
{
    std::string out;
    for (auto const& [name, one] : subject(call).volumes)
        out += name + "\n";
    return out;
}

Api::Text Api::volume_info(Call const& call)
{
    Volume const& one = *TRY(volume(call));
    StoredVolume const stored = system_.stored(one);
    auto const driver = stored.driver();
    std::uint64_t const usage = driver ? (*driver)->usage(one) : 0;
    std::string out = "pool=" + one.pool + "\nvid=" + one.vid +
                      "\nsize=" + std::to_string(one.size) + "\nusage=" + std::to_string(usage) +
                      "\nrw=" + flag(one.rw) + "\nsource=" + one.source +
                      "\npath=\nsave_on_stop=" + flag(one.use == VolumeUse::saved) +
                      "\nsnap_on_start=" + flag(one.use == VolumeUse::snapshot) +
                      "\nrevisions_to_keep=" + std::to_string(stored.keep) +
                      "\nephemeral=" + flag(one.ephemeral) + "\n";
    if (driver)
        if (auto const outdated = (*driver)->is_outdated(one))
            out += "is_outdated=" + flag(*outdated) + "\n";
    return out;
}

Api::Text Api::volume_snapshots(Call const& call)
{
    Volume const& one = *TRY(volume(call));
    auto const driver = system_.stored(one).driver();
    if (!driver)
        return storage_error(driver.error());
    auto const ids = (*driver)->revisions(one);
    if (!ids)
        return storage_error(ids.error());
    std::string out;
    for (std::string const& id : *ids)
        out += id + "\n";
    return out;
}

void Api::volume_revert(Call call)
{
    auto const ready = [&]() -> Outcome<StoredVolume> {
        StoredVolume const stored = system_.stored(*TRY(volume(call)));
        std::string const& id = call.untrusted_payload();
        if (!qube::is_revision_id(id))
            return refuse(exception::value, "This is no revision");
        TRY_VOID(require_halted(call));
        auto const driver = stored.driver();
        auto const ids = driver ? (*driver)->revisions(stored.volume)
                                : Result<std::vector<std::string>>(std::unexpected(driver.error()));
        if (!ids)
            return storage_error(ids.error());
        if (!std::ranges::contains(*ids, id))
            return refuse(exception::revision_not_found,
                          "There is no revision " + id + " of " + place(call));
        return stored;
    }();
    if (!ready)
        return call.reply(std::unexpected(ready.error()));
    lifecycle_.run_exclusively(
        call.subject,
        [stored = *ready, id = call.untrusted_payload()]() -> Result<std::string> {
            auto const driver = TRY(stored.driver());
            TRY_VOID(driver->revert(stored.volume, id, stored.keep));
            return std::string();
        },
        nothing(), call.reply);
}

Api::Text Api::volume_clone_from(Call const& call)
{
    (void)TRY(volume(call));
    constexpr std::size_t most_tokens = 1024; // of callers that never come back
    if (copy_tokens_.size() >= most_tokens)
        copy_tokens_.erase(copy_tokens_.begin());
    std::string token;
    constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789__";
    while (token.size() < 32)
        token += letters[system_.world.random() % letters.size()];
    copy_tokens_[token] = {call.subject, call.argument()};
    return token;
}

void Api::volume_clone_to(Call call)
{
    auto const ready = [&]() -> Outcome<std::pair<StoredVolume, StoredVolume>> {
        Volume const& to = *TRY(volume(call));
        auto const token = copy_tokens_.extract(call.untrusted_payload());
        if (token.empty())
            return refuse(exception::copy_token_not_found, "There is no such token");
        TRY_VOID(require_halted(call));
        auto const& [from_qube, from_volume] = token.mapped();
        Qube const* const source = system_.state.find(from_qube);
        if (!source)
            return refuse(exception::volume_not_found, "The qube to clone is gone");
        auto const from = source->volumes.find(from_volume);
        if (from == source->volumes.end())
            return refuse(exception::volume_not_found, "The volume to clone is gone");
        if (to.use != VolumeUse::saved || from->second.use != VolumeUse::saved)
            return refuse(exception::storage, "Only what is saved can be cloned");
        return std::pair{system_.stored(from->second), system_.stored(to)};
    }();
    if (!ready)
        return call.reply(std::unexpected(ready.error()));
    auto const [from, to] = *ready;
    lifecycle_.run_exclusively(
        call.subject,
        [from, to]() -> Result<std::string> {
            if (from.pool.driver != to.pool.driver)
                return error("a volume of pool " + from.pool.name + " cannot be copied to pool " +
                             to.pool.name + ": one holds images, the other folders");
            auto const driver = TRY(to.driver());
            if (from.pool.name == to.pool.name)
                TRY_VOID(driver->clone(from.volume, to.volume, to.keep));
            else {
                auto const other = TRY(from.driver());
                TRY_VOID(driver->clone_from(*other, from.volume, to.volume, to.keep));
            }
            return std::string();
        },
        [this, subject = call.subject, name = call.argument(),
         size = from.volume.size](std::string const&) -> Outcome<std::string> {
            Volume changed = system_.state.find(subject)->volumes[name];
            changed.size = std::max(changed.size, size);
            Transaction change(system_.store);
            change.set_volume(subject, changed);
            TRY_VOID(system_.keep(change));
            system_.state.find(subject)->volumes[name] = changed;
            system_.events.fire(subject, "domain-clone-files");
            return "";
        },
        call.reply);
}

void Api::volume_resize(Call call)
{
    auto const ready = [&]() -> Outcome<std::pair<StoredVolume, std::uint64_t>> {
        StoredVolume const stored = system_.stored(*TRY(volume(call)));
        std::uint64_t const size = TRY(parse_size(call.untrusted_payload()));
        if (stored.volume.use == VolumeUse::fixed)
            return refuse(exception::storage, "The volume " + place(call) + " is not resized");
        if (size < stored.volume.size)
            return refuse(exception::storage, "The volume " + place(call) + " is not made smaller");
        return std::pair{stored, size};
    }();
    if (!ready)
        return call.reply(std::unexpected(ready.error()));
    auto const [stored, size] = *ready;
    lifecycle_.run_exclusively(
        call.subject,
        [stored, size]() -> Result<std::string> {
            auto const driver = TRY(stored.driver());
            TRY_VOID(driver->resize(stored.volume, size));
            return std::string();
        },
        [this, subject = call.subject, name = call.argument(),
         size](std::string const&) -> Outcome<std::string> {
            Volume changed = system_.state.find(subject)->volumes[name];
            changed.size = size;
            Transaction change(system_.store);
            change.set_volume(subject, changed);
            TRY_VOID(system_.keep(change));
            system_.state.find(subject)->volumes[name] = changed;
            return "";
        },
        call.reply);
}

void Api::volume_clear(Call call)
{
    auto const ready = [&]() -> Outcome<StoredVolume> {
        StoredVolume const stored = system_.stored(*TRY(volume(call)));
        TRY_VOID(require_halted(call));
        if (stored.volume.use != VolumeUse::saved)
            return refuse(exception::storage,
                          "The volume " + place(call) + " is empty when halted");
        return stored;
    }();
    if (!ready)
        return call.reply(std::unexpected(ready.error()));
    lifecycle_.run_exclusively(
        call.subject,
        [stored = *ready]() -> Result<std::string> {
            auto const driver = TRY(stored.driver());
            TRY_VOID(driver->clear(stored.volume, stored.keep));
            return std::string();
        },
        nothing(), call.reply);
}

Api::Text Api::keep_volume(Call const& call, Volume& one, Volume const& changed)
{
    Transaction change(system_.store);
    change.set_volume(call.subject, changed);
    TRY_VOID(system_.keep(change));
    one = changed;
    return "";
}

Api::Text Api::volume_set_revisions(Call const& call)
{
    Volume& one = *TRY(volume(call));
    Volume changed = one;
    changed.revisions_to_keep = TRY(parse_revisions(call.untrusted_payload()));
    // With and without snapshots a running qube's changes go to different places.
    if ((*changed.revisions_to_keep < 0) != (system_.stored(one).keep < 0))
        TRY_VOID(require_halted(call));
    return keep_volume(call, one, changed);
}

Api::Text Api::volume_set_rw(Call const& call)
{
    Volume& one = *TRY(volume(call));
    Volume changed = one;
    changed.rw = TRY(parse_flag(call.untrusted_payload()));
    TRY_VOID(require_halted(call));
    return keep_volume(call, one, changed);
}

Api::Text Api::volume_set_ephemeral(Call const& call)
{
    Volume& one = *TRY(volume(call));
    Volume changed = one;
    changed.ephemeral = TRY(parse_flag(call.untrusted_payload()));
    if (changed.ephemeral && one.use == VolumeUse::saved)
        return refuse(exception::storage, "What is saved is not thrown away");
    TRY_VOID(require_halted(call));
    return keep_volume(call, one, changed);
}

void Api::import_begin(Call call)
{
    auto const ready = [&]() -> Outcome<std::pair<StoredVolume, std::uint64_t>> {
        StoredVolume const stored = system_.stored(*TRY(volume(call)));
        TRY_VOID(require_halted(call));
        if (stored.volume.use != VolumeUse::saved)
            return refuse(exception::storage, "Nothing is imported into " + place(call));
        std::uint64_t size = stored.volume.size;
        if (!call.untrusted_payload().empty())
            size = TRY(parse_size(call.untrusted_payload()));
        return std::pair{stored, size};
    }();
    if (!ready)
        return call.reply(std::unexpected(ready.error()));
    auto const [stored, size] = *ready;
    lifecycle_.run_exclusively(
        call.subject,
        [stored, size]() -> Result<std::string> {
            auto const driver = TRY(stored.driver());
            return driver->begin_import(stored.volume, size);
        },
        [this, subject = call.subject, name = call.argument(),
         size](std::string const& path) -> Outcome<std::string> {
            import_sizes_[{subject, name}] = size;
            system_.events.fire(subject, "domain-volume-import-begin");
            return std::to_string(size) + " " + path;
        },
        call.reply);
}

void Api::import_end(Call call)
{
    auto const ready = [&]() -> Outcome<StoredVolume> {
        StoredVolume const stored = system_.stored(*TRY(volume(call)));
        TRY_VOID(require_halted(call));
        std::string const& payload = call.untrusted_payload();
        if (payload != "ok" && payload != "fail" && !payload.starts_with("fail\n"))
            return refuse(exception::protocol, "ok or fail is expected");
        return stored;
    }();
    if (!ready)
        return call.reply(std::unexpected(ready.error()));
    bool const good = call.untrusted_payload() == "ok";
    std::string const why =
        call.untrusted_payload().size() > 5 ? call.untrusted_payload().substr(5) : "";
    auto const announced = import_sizes_.extract({call.subject, call.argument()});
    // A folder is as large as it was at least: its archive's size says little.
    std::uint64_t const size =
        std::max(ready->volume.size, announced.empty() ? 0 : announced.mapped());
    lifecycle_.run_exclusively(
        call.subject,
        [stored = *ready, good, size]() -> Result<std::string> {
            auto const driver = TRY(stored.driver());
            TRY_VOID(driver->end_import(stored.volume, good, stored.keep));
            return std::to_string(driver->size(stored.volume, size));
        },
        [this, subject = call.subject, name = call.argument(), good,
         why](std::string const& text) -> Outcome<std::string> {
            if (good) {
                Volume changed = system_.state.find(subject)->volumes[name];
                changed.size = qube::parse_number(text).value_or(changed.size);
                Transaction change(system_.store);
                change.set_volume(subject, changed);
                TRY_VOID(system_.keep(change));
                system_.state.find(subject)->volumes[name] = changed;
            }
            system_.events.fire(subject, "domain-volume-import-end",
                                {{"success", std::string(qube::bool_text(good))}});
            if (!good)
                return refuse(exception::storage, "The import failed: " + why);
            return "";
        },
        call.reply);
}

// ---- pools ----

Api::Text Api::pool_list(Call const&)
{
    std::string out;
    for (auto const& [name, one] : system_.state.pools)
        out += name + "\n";
    return out;
}

Api::Text Api::pool_drivers(Call const&)
{
    std::string out;
    for (DriverKind const& kind : driver_kinds())
        out += std::string(kind.name) + " " + std::string(kind.options) +
               " revisions_to_keep ephemeral_volatile\n";
    return out;
}

Api::Text Api::pool_info(Call const& call)
{
    Pool const& one = *TRY(pool(call));
    ByName<std::string> lines = one.options;
    lines["name"] = one.name;
    lines["driver"] = one.driver;
    lines.emplace("revisions_to_keep", "1");
    lines.emplace("ephemeral_volatile", "False");
    if (auto const driver = make_driver(one)) {
        PoolUsage const usage = driver->pool_usage();
        lines["size"] = std::to_string(usage.size);
        lines["usage"] = std::to_string(usage.usage);
    }
    std::string out;
    for (auto const& [key, value] : lines)
        out += key + "=" + value + "\n";
    return out;
}

Api::Text Api::pool_usage(Call const& call)
{
    Pool const& one = *TRY(pool(call));
    auto const driver = make_driver(one);
    PoolUsage const usage = driver ? driver->pool_usage() : PoolUsage{};
    return "data_size=" + std::to_string(usage.size) +
           "\ndata_usage=" + std::to_string(usage.usage) + "\n";
}

Api::Text Api::pool_add(Call const& call)
{
    auto const kinds = driver_kinds();
    auto const kind = std::ranges::find(kinds, call.argument(), &DriverKind::name);
    if (kind == kinds.end())
        return refuse(exception::value, "There is no such driver");
    Pool one{.name = {}, .driver = call.argument(), .options = {}};
    std::string_view untrusted_lines = call.untrusted_payload();
    if (untrusted_lines.ends_with('\n'))
        untrusted_lines.remove_suffix(1);
    for (std::string_view const line : qube::split(untrusted_lines, '\n')) {
        auto const sign = line.find('=');
        if (sign == std::string_view::npos)
            return refuse(exception::protocol, "option=value is expected");
        std::string const option(line.substr(0, sign));
        std::string const value(line.substr(sign + 1));
        bool const known = option == "revisions_to_keep" || option == "ephemeral_volatile" ||
                           std::ranges::contains(qube::split(kind->options, ' '), option);
        if (option == "name")
            one.name = value;
        else if (!known)
            return refuse(exception::value, "The driver has no option " + option);
        else if (option == "revisions_to_keep")
            one.options[option] = std::to_string(TRY(parse_revisions(value)));
        else if (option == "ephemeral_volatile")
            one.options[option] = flag(TRY(parse_flag(value)));
        else if (!qube::is_feature_value(value) || value.contains("/../"))
            return refuse(exception::value, "The option " + option + " may not hold this");
        else
            one.options[option] = value;
    }
    if (!qube::is_pool_name(one.name))
        return refuse(exception::value, "No pool may have this name");
    if (system_.state.pools.contains(one.name))
        return refuse(exception::value, "There is a pool " + one.name + " already");
    auto const driver = make_driver(one);
    if (!driver)
        return refuse(exception::value, "The driver needs dir_path, from the root on");
    if (auto const ready = driver->set_up(); !ready)
        return storage_error(ready.error());
    Transaction change(system_.store);
    change.set_pool(one);
    TRY_VOID(system_.keep(change));
    system_.state.pools[one.name] = one;
    system_.events.fire("", "pool-add", {{"name", one.name}});
    return "";
}

Api::Text Api::pool_remove(Call const& call)
{
    std::string const name = TRY(pool(call))->name;
    for (auto const& [qube_name, one] : system_.state.qubes)
        for (auto const& [volume_name, kept] : one.volumes)
            if (kept.pool == name)
                return refuse(exception::pool_in_use,
                              "The pool " + name + " holds " + qube_name + ":" + volume_name);
    for (qube::Property const& property : qube::global_properties())
        if (property.name.starts_with("default_pool") &&
            global_text(system_.state, property.name) == name)
            return refuse(exception::pool_in_use,
                          "The pool " + name + " is the " + std::string(property.name));
    system_.events.fire("", "pool-pre-delete", {{"pool", name}});
    Transaction change(system_.store);
    change.remove_pool(name);
    TRY_VOID(system_.keep(change));
    system_.state.pools.erase(name);
    system_.events.fire("", "pool-delete", {{"pool", name}});
    return "";
}

Api::Text Api::pool_volumes(Call const& call)
{
    std::string const name = TRY(pool(call))->name;
    std::vector<std::string> vids;
    for (auto const& [qube_name, one] : system_.state.qubes)
        for (auto const& [volume_name, kept] : one.volumes)
            if (kept.pool == name && !kept.vid.empty())
                vids.push_back(kept.vid);
    std::ranges::sort(vids);
    vids.erase(std::ranges::unique(vids).begin(), vids.end());
    std::string out;
    for (std::string const& vid : vids)
        out += vid + "\n";
    return out;
}

Api::Text Api::keep_pool(Pool& one, std::string const& option, std::string value)
{
    Pool changed = one;
    changed.options[option] = std::move(value);
    Transaction change(system_.store);
    change.set_pool(changed);
    TRY_VOID(system_.keep(change));
    one = changed;
    return "";
}

Api::Text Api::pool_set_revisions(Call const& call)
{
    Pool& one = *TRY(pool(call));
    return keep_pool(one, "revisions_to_keep",
                     std::to_string(TRY(parse_revisions(call.untrusted_payload()))));
}

Api::Text Api::pool_set_ephemeral(Call const& call)
{
    Pool& one = *TRY(pool(call));
    return keep_pool(one, "ephemeral_volatile", flag(TRY(parse_flag(call.untrusted_payload()))));
}

} // namespace vitrail::qubesd
