#include "services/qubesd/storage/dir_driver.hpp"

#include "lib/base/assert.hpp"
#include "lib/os/process.hpp"
#include "services/qubesd/storage/files.hpp"
#include "services/qubesd/storage/layer.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

namespace vitrail::qubesd {
namespace {

/// overlayfs takes more, but each costs at every look-up, and the mount's options are one page.
constexpr std::size_t most_layers = 12;

std::string random_id()
{
    std::array<unsigned char, 8> bytes{};
    VITRAIL_ASSERT(getrandom(bytes.data(), bytes.size(), 0) == ssize_t{8});
    std::string id;
    for (unsigned char const byte : bytes) {
        id += "0123456789abcdef"[byte >> 4];
        id += "0123456789abcdef"[byte & 15];
    }
    return id;
}

bool is_outside(std::string const& layer)
{
    return layer.starts_with('/');
}

Result<> make_folder(std::string const& path, mode_t mode)
{
    if (mkdir(path.c_str(), mode) != 0 && errno != EEXIST)
        return errno_error("making the folder " + path);
    return {};
}

} // namespace

std::string DirDriver::place(std::string const& vid, char const* name) const
{
    std::string path = folder_ + "/" + vid;
    return *name ? path + "/" + name : path;
}

std::string DirDriver::layer(std::string const& id) const
{
    return is_outside(id) ? id : folder_ + "/layers/" + id + "/tree";
}

Result<Fd> DirDriver::lock() const
{
    std::string const path = folder_ + "/lock";
    Fd file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file || flock(file.get(), LOCK_EX) != 0)
        return errno_error("the pool's lock " + path);
    return file;
}

Result<DirDriver::Manifest> DirDriver::manifest(std::string const& file) const
{
    std::string const text = TRY(read_file(file));
    Manifest layers;
    for (std::string_view const line : qube::split(text, '\n'))
        if (!line.empty())
            layers.emplace_back(line);
    if (layers.empty())
        return error(file + " names no layer");
    return layers;
}

Result<> DirDriver::set_up()
{
    TRY_VOID(make_folders(folder_ + "/layers"));
    Fd const held = TRY(lock());
    for (std::string const& file : TRY(own_files()))
        if (file.ends_with(".new")) // of a write_file() that was interrupted
            TRY_VOID(remove_file(file));
    return collect_garbage();
}

/// An empty layer that VID/commit names, so that nobody takes it for garbage. Lasting: what is to
/// be in it exists already, and must not be lost by a power cut.
Result<std::string> DirDriver::new_layer(Volume const& volume, Keep keep)
{
    std::string const id = random_id();
    TRY_VOID(make_folders(place(volume.vid)));
    auto const write = keep == Keep::lasting ? write_file : write_passing_file;
    TRY_VOID(write(place(volume.vid, "commit"), id + "\n"));
    TRY_VOID(make_folder(folder_ + "/layers/" + id, 0711));
    return id;
}

Result<> DirDriver::create(Volume const& volume)
{
    Fd const held = TRY(lock());
    return create_locked(volume);
}

Result<> DirDriver::create_locked(Volume const& volume)
{
    TRY_VOID(make_folders(place(volume.vid)));
    if (volume.use != VolumeUse::saved || exists(place(volume.vid, "current")))
        return {};
    std::string const id = TRY(new_layer(volume, Keep::passing));
    TRY_VOID(make_folder(layer(id), 0755));
    return set_current(volume, {id}, 0);
}

Result<> DirDriver::remove(Volume const& volume)
{
    Fd const held = TRY(lock());
    if (!exists(place(volume.vid)))
        return {};
    std::string const trash = folder_ + "/layers/trash-" + random_id();
    TRY_VOID(rename_over(place(volume.vid), trash));
    rmdir(std::filesystem::path(place(volume.vid)).parent_path().c_str());
    return collect_garbage();
}

Result<> DirDriver::adopt(Volume const& volume, std::string const& outside)
{
    Fd const held = TRY(lock());
    TRY_VOID(make_folders(place(volume.vid)));
    return set_current(volume, {outside}, 0);
}

Result<> DirDriver::start(Volume const& volume, std::int64_t keep)
{
    if (volume.use == VolumeUse::fixed)
        return {};
    Fd const held = TRY(lock());
    TRY_VOID(make_folders(place(volume.vid, "live")));
    std::string const in_use = place(volume.vid, "live/dirty");
    if (volume.use == VolumeUse::scratch) {
        TRY_VOID(remove_tree(in_use));
        return make_folder(in_use, 0755);
    }
    bool const saved = volume.use == VolumeUse::saved;
    if (saved) {
        TRY_VOID(finish_commit(volume, keep));
        if (exists(place(volume.vid, "started")))
            return {}; // what an interrupted run left is used again (fact sheet §2)
        if (keep < 0)
            TRY_VOID(own_current(volume));
        else // what is committed from now on may be shared
            TRY_VOID(remove_file(place(volume.vid, "in-place")));
    }
    std::string const from = place(saved ? volume.vid : volume.source, "current");
    if (!saved)
        TRY_VOID(remove_tree(in_use));
    std::string const layers = TRY(read_file(from));
    // Not under a plain name until it is complete, so that `started` means started.
    TRY_VOID(make_folder(in_use, 0755));
    TRY_VOID(remove_tree(place(volume.vid, "live/work")));
    TRY_VOID(make_folder(place(volume.vid, "live/work"), 0755));
    std::string const started = place(volume.vid, "started");
    // Of a volume that is thrown away nothing is committed, after a power cut neither.
    return saved ? write_file(started, layers) : write_passing_file(started, layers);
}

Result<> DirDriver::stop(Volume const& volume, std::int64_t keep)
{
    if (volume.use == VolumeUse::fixed)
        return {};
    Fd const held = TRY(lock());
    std::string const in_use = place(volume.vid, "live/dirty");
    bool const saved = volume.use == VolumeUse::saved;
    if (saved) {
        TRY_VOID(finish_commit(volume, keep));
        if (exists(place(volume.vid, "started")) && !is_empty_folder(in_use)) {
            std::string const id = TRY(new_layer(volume, Keep::lasting));
            TRY_VOID(rename_over(in_use, layer(id)));
            TRY_VOID(finish_commit(volume, keep));
        }
    }
    TRY_VOID(remove_file(place(volume.vid, "started")));
    TRY_VOID(remove_tree(in_use));
    TRY_VOID(remove_tree(place(volume.vid, "live/work")));
    return collect_garbage();
}

/// A layer that was made of what the qube wrote becomes the top of the current state.
Result<> DirDriver::finish_commit(Volume const& volume, std::int64_t keep)
{
    std::string const intent = place(volume.vid, "commit");
    if (!exists(intent))
        return {};
    if (TRY(read_file(intent)).empty())
        return remove_file(intent); // a power cut took a passing one back
    Manifest const made = TRY(manifest(intent));
    if (!exists(place(volume.vid, "started")) || !exists(layer(made.front())))
        return remove_file(intent); // of another operation, or not yet begun
    Manifest next = TRY(manifest(place(volume.vid, "started")));
    next.push_back(made.front());
    if (next.size() > most_layers) {
        std::string const flat = TRY(flatten(volume, next, Files::shared));
        next = {flat};
    }
    TRY_VOID(set_current(volume, next, keep));
    return remove_file(place(volume.vid, "started"));
}

/// The manifest `next` becomes the current state, the one before a revision.
Result<> DirDriver::set_current(Volume const& volume, Manifest next, std::int64_t keep)
{
    std::string const current = place(volume.vid, "current");
    std::string const folder = place(volume.vid, "revisions");
    std::string text;
    for (std::string const& id : next)
        text += id + "\n";
    auto numbers = revision_numbers(volume.vid);
    if (keep > 0 && exists(current)) {
        std::string const now = TRY(read_file(current));
        bool const has = !numbers.empty() && // interrupted before: it stands there already
                         TRY(read_file(folder + "/" + std::to_string(numbers.back()))) == now;
        if (!has && now != text) {
            TRY_VOID(make_folders(folder));
            numbers.push_back(numbers.empty() ? 1 : numbers.back() + 1);
            TRY_VOID(write_file(folder + "/" + std::to_string(numbers.back()), now));
        }
    }
    TRY_VOID(write_file(current, text));
    auto const wanted = static_cast<std::size_t>(std::max<std::int64_t>(keep, 0));
    for (std::size_t i = 0; i + wanted < numbers.size(); ++i)
        TRY_VOID(remove_file(folder + "/" + std::to_string(numbers[i])));
    return remove_file(place(volume.vid, "commit"));
}

/// One layer of many; those stay, for whoever else uses them.
Result<std::string> DirDriver::flatten(Volume const& volume, Manifest const& layers, Files files)
{
    std::string const id = random_id();
    TRY_VOID(make_folder(folder_ + "/layers/" + id, 0711)); // under the lock: nobody collects it
    TRY_VOID(make_folder(layer(id), 0755));
    for (std::string const& one : layers) {
        if (is_outside(one))
            return error("the state of " + volume.vid + " is a folder of the machine's own");
        TRY_VOID(apply_layer(layer(one), layer(id), files));
    }
    TRY_VOID(sync_file_system(folder_));
    return id;
}

/// The current state becomes, or still is, a single layer that can be written in place.
Result<> DirDriver::own_current(Volume const& volume)
{
    std::string const current = place(volume.vid, "current");
    std::string const mark = place(volume.vid, "in-place");
    Manifest const layers = TRY(manifest(current));
    auto const all = TRY(manifests());
    bool const is_ours =
        exists(mark) && TRY(manifest(mark)) == layers &&
        std::ranges::none_of(all, [&](auto const& one) {
            return one.first != current && std::ranges::contains(one.second, layers.front());
        });
    if (is_ours)
        return {};
    std::string const own = TRY(flatten(volume, layers, Files::copied));
    TRY_VOID(set_current(volume, {own}, 0));
    return write_file(mark, own + "\n");
}

/// The files of all volumes but for what qubes wrote.
Result<std::vector<std::string>> DirDriver::own_files() const
{
    std::vector<std::string> files;
    std::error_code failure;
    for (std::filesystem::recursive_directory_iterator it(folder_, failure), end;
         !failure && it != end; it.increment(failure)) {
        std::string const name = it->path().filename();
        bool const is_tree = it.depth() >= 2 && name == "live";
        if (it->is_directory(failure) && (is_tree || (it.depth() == 0 && name == "layers"))) {
            it.disable_recursion_pending();
            continue;
        }
        if (it.depth() >= 2)
            files.push_back(it->path());
    }
    if (failure)
        return std::unexpected(Error{failure.value(), "reading the pool " + folder_});
    return files;
}

/// Every file that names layers, with them.
Result<std::vector<std::pair<std::string, DirDriver::Manifest>>> DirDriver::manifests() const
{
    std::vector<std::pair<std::string, Manifest>> all;
    for (std::filesystem::path const path : TRY(own_files())) {
        std::string const name = path.filename();
        if (name == "current" || name == "started" || name == "commit" ||
            path.parent_path().filename() == "revisions")
            if (auto layers = manifest(path))
                all.emplace_back(path, std::move(*layers));
    }
    return all;
}

Result<> DirDriver::collect_garbage()
{
    std::set<std::string> used;
    for (auto const& [file, layers] : TRY(manifests()))
        used.insert(layers.begin(), layers.end());
    for (std::string const& id : TRY(list_folder(folder_ + "/layers")))
        if (!used.contains(id))
            TRY_VOID(remove_tree(folder_ + "/layers/" + id));
    return {};
}

Result<Attachment> DirDriver::attachment(Volume const& volume, std::int64_t keep) const
{
    std::string const in_use = place(volume.vid, "live/dirty");
    if (volume.use == VolumeUse::scratch && exists(in_use))
        return Attachment{.kind = Attachment::Kind::folder, .path = in_use, .rw = true};
    Manifest const layers = TRY(manifest(place(volume.vid, "started")));
    Attachment attachment{.kind = Attachment::Kind::overlay,
                          .path = in_use,
                          .layers = {},
                          .work = place(volume.vid, "live/work"),
                          .rw = volume.rw};
    for (std::string const& id : layers)
        attachment.layers.push_back(layer(id));
    if (volume.use == VolumeUse::saved && keep < 0)
        return Attachment{
            .kind = Attachment::Kind::folder, .path = attachment.layers.back(), .rw = volume.rw};
    return attachment;
}

std::vector<std::uint64_t> DirDriver::revision_numbers(std::string const& vid) const
{
    std::vector<std::uint64_t> numbers;
    if (auto const names = list_folder(place(vid, "revisions")))
        for (std::string const& name : *names)
            if (auto const number = qube::parse_number(name))
                numbers.push_back(*number);
    std::ranges::sort(numbers);
    return numbers;
}

Result<std::vector<std::string>> DirDriver::revisions(Volume const& volume) const
{
    std::vector<std::string> ids;
    for (std::uint64_t const number : revision_numbers(volume.vid))
        ids.push_back(std::to_string(number));
    return ids;
}

Result<> DirDriver::revert(Volume const& volume, std::string const& id, std::int64_t)
{
    Fd const held = TRY(lock());
    std::string const chosen = place(volume.vid, "revisions") + "/" + id;
    if (!exists(chosen))
        return error("there is no revision " + id + " of " + volume.vid);
    std::string const layers = TRY(read_file(chosen));
    TRY_VOID(remove_file(place(volume.vid, "started"))); // what an interrupted run left is lost
    TRY_VOID(remove_tree(place(volume.vid, "live/dirty")));
    TRY_VOID(write_file(place(volume.vid, "current"), layers));
    return collect_garbage();
}

Result<> DirDriver::resize(Volume const&, std::uint64_t)
{
    return {}; // a folder has no size of its own: the number is what qubesd keeps
}

Result<> DirDriver::clone(Volume const& from, Volume const& to, std::int64_t keep)
{
    Fd const held = TRY(lock());
    TRY_VOID(make_folders(place(to.vid)));
    Manifest const layers = TRY(manifest(place(from.vid, "current")));
    TRY_VOID(remove_file(place(from.vid, "in-place"))); // shared from now on
    TRY_VOID(set_current(to, layers, keep));
    return collect_garbage();
}

Result<> DirDriver::clone_from(StorageDriver const& other, Volume const& from, Volume const& to,
                               std::int64_t keep)
{
    auto const& source = static_cast<DirDriver const&>(other); // the caller compared the drivers
    Manifest const layers = TRY(source.manifest(source.place(from.vid, "current")));
    if (std::ranges::all_of(layers, is_outside))
        return adopt(to, layers.front());
    Fd const held = TRY(lock());
    std::string const id = TRY(new_layer(to, Keep::passing));
    TRY_VOID(make_folder(layer(id), 0755));
    for (std::string const& one : layers)
        TRY_VOID(apply_layer(source.layer(one), layer(id), Files::copied));
    TRY_VOID(sync_file_system(folder_));
    TRY_VOID(set_current(to, {id}, keep));
    return collect_garbage();
}

Result<> DirDriver::clear(Volume const& volume, std::int64_t keep)
{
    Fd const held = TRY(lock());
    std::string const id = TRY(new_layer(volume, Keep::passing));
    TRY_VOID(make_folder(layer(id), 0755));
    TRY_VOID(set_current(volume, {id}, keep));
    return collect_garbage();
}

Result<std::string> DirDriver::begin_import(Volume const& volume, std::uint64_t)
{
    TRY_VOID(make_folders(place(volume.vid)));
    std::string file = place(volume.vid, "import.tar");
    TRY_VOID(make_sparse(file, 0));
    return file;
}

Result<> DirDriver::end_import(Volume const& volume, bool good, std::int64_t keep)
{
    Fd const held = TRY(lock());
    std::string const file = place(volume.vid, "import.tar");
    if (good) {
        std::string const id = TRY(new_layer(volume, Keep::passing));
        TRY_VOID(make_folder(layer(id), 0755));
        Process tar = TRY(Process::start({.arguments = {"tar", "--extract", "--numeric-owner",
                                                        "--file", file, "--directory", layer(id)},
                                          .environment = inherited_environment({"PATH"}),
                                          .descriptors = {},
                                          .new_session = false}));
        if (tar.reap() != 0) {
            TRY_VOID(remove_file(place(volume.vid, "commit")));
            TRY_VOID(collect_garbage());
            TRY_VOID(remove_file(file));
            return error("the archive for " + volume.vid + " cannot be unpacked");
        }
        TRY_VOID(sync_file_system(folder_));
        TRY_VOID(set_current(volume, {id}, keep));
    }
    TRY_VOID(remove_file(file));
    return collect_garbage();
}

std::uint64_t DirDriver::usage(Volume const& volume) const
{
    std::uint64_t total = disk_usage(place(volume.vid, "live/dirty"));
    if (volume.use != VolumeUse::saved)
        return total;
    std::set<std::string> own;
    if (auto const layers = manifest(place(volume.vid, "current")))
        own.insert(layers->begin(), layers->end());
    for (std::string const& id : own)
        if (!is_outside(id))
            total += disk_usage(layer(id));
    return total;
}

std::optional<bool> DirDriver::is_outdated(Volume const& volume) const
{
    if (volume.use != VolumeUse::snapshot)
        return std::nullopt;
    auto const mine = read_file(place(volume.vid, "started"));
    auto const now = read_file(place(volume.source, "current"));
    if (!mine || !now)
        return std::nullopt;
    return *mine != *now;
}

PoolUsage DirDriver::pool_usage() const
{
    struct statvfs status{};
    if (statvfs(folder_.c_str(), &status) != 0)
        return {};
    std::uint64_t const block = status.f_frsize;
    return {status.f_blocks * block, (status.f_blocks - status.f_bfree) * block};
}

} // namespace vitrail::qubesd
