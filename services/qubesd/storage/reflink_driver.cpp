#include "services/qubesd/storage/reflink_driver.hpp"

#include "services/qubesd/storage/files.hpp"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>

namespace vitrail::qubesd {
namespace {

constexpr char const* committed = ".img";
constexpr char const* dirty = "-dirty.img";
constexpr char const* import = "-import.img";

std::string parent(std::string const& path)
{
    return std::filesystem::path(path).parent_path();
}

bool same_time(std::string const& one, std::string const& other)
{
    struct stat a{};
    struct stat b{};
    return stat(one.c_str(), &a) == 0 && stat(other.c_str(), &b) == 0 &&
           a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec &&
           a.st_size == b.st_size;
}

std::string timestamp()
{
    std::array<char, 32> text{};
    std::time_t const now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text.data();
}

} // namespace

std::string ReflinkDriver::path(std::string const& vid, char const* suffix) const
{
    return folder_ + "/" + vid + suffix;
}

Result<> ReflinkDriver::set_up()
{
    TRY_VOID(make_folders(folder_));
    std::error_code failure;
    std::filesystem::recursive_directory_iterator it(folder_, failure);
    std::vector<std::string> left_over; // of a copy or an import that was interrupted
    for (; !failure && it != std::filesystem::recursive_directory_iterator(); it.increment(failure))
        if (std::string const file = it->path(); file.ends_with(import) || file.ends_with(".new"))
            left_over.push_back(file);
    if (failure)
        return std::unexpected(Error{failure.value(), "reading the pool " + folder_});
    for (std::string const& file : left_over)
        TRY_VOID(remove_file(file));
    return {};
}

Result<> ReflinkDriver::create(Volume const& volume)
{
    TRY_VOID(make_folders(parent(path(volume.vid, committed))));
    if (volume.use != VolumeUse::saved || exists(path(volume.vid, committed)))
        return {};
    return make_sparse(path(volume.vid, committed), volume.size);
}

Result<> ReflinkDriver::remove(Volume const& volume)
{
    for (auto const& [number, file] : TRY(revision_files(volume)))
        TRY_VOID(remove_file(file));
    for (char const* const suffix : {import, dirty, committed, ".img.new", "-dirty.img.new"})
        TRY_VOID(remove_file(path(volume.vid, suffix)));
    rmdir(parent(path(volume.vid, committed)).c_str()); // the qube's last volume: its folder too
    return {};
}

Result<> ReflinkDriver::start(Volume const& volume, std::int64_t keep)
{
    std::string const in_use = path(volume.vid, dirty);
    switch (volume.use) {
    case VolumeUse::fixed: return {};
    case VolumeUse::saved:
        if (keep < 0 || exists(in_use))
            return {}; // what an interrupted run left is used again (fact sheet §2)
        return copy_file(path(volume.vid, committed), in_use);
    case VolumeUse::snapshot: {
        std::string const source = path(volume.source, committed);
        TRY_VOID(remove_file(path(volume.vid, committed)));
        TRY_VOID(make_link(source, path(volume.vid, committed))); // what it was taken of
        TRY_VOID(remove_file(in_use));
        return copy_file(source, in_use);
    }
    case VolumeUse::scratch: TRY_VOID(remove_file(in_use)); return make_sparse(in_use, volume.size);
    }
    return {};
}

Result<> ReflinkDriver::stop(Volume const& volume, std::int64_t keep)
{
    std::string const in_use = path(volume.vid, dirty);
    if (volume.use == VolumeUse::saved) {
        if (!exists(in_use))
            return {};
        if (same_time(in_use, path(volume.vid, committed)))
            return remove_file(in_use); // nothing was written
        return commit(volume, in_use, keep);
    }
    TRY_VOID(remove_file(in_use));
    return volume.use == VolumeUse::snapshot ? remove_file(path(volume.vid, committed))
                                             : Result<>();
}

Result<> ReflinkDriver::commit(Volume const& volume, std::string const& fresh, std::int64_t keep)
{
    if (keep > 0)
        TRY_VOID(add_revision(volume));
    TRY_VOID(rename_over(fresh, path(volume.vid, committed)));
    TRY_VOID(sync_folder(parent(fresh)));
    return drop_revisions(volume, keep);
}

Result<> ReflinkDriver::add_revision(Volume const& volume)
{
    std::string const current = path(volume.vid, committed);
    auto const old = TRY(revision_files(volume));
    std::error_code failure; // interrupted before: the last revision is the current state itself
    if (!exists(current) ||
        (!old.empty() && std::filesystem::equivalent(current, old.back().second, failure)))
        return {};
    std::uint64_t const number = old.empty() ? 1 : old.back().first + 1;
    return make_link(current, current + "." + std::to_string(number) + "@" + timestamp());
}

Result<> ReflinkDriver::drop_revisions(Volume const& volume, std::int64_t keep)
{
    auto files = TRY(revision_files(volume));
    auto const wanted = static_cast<std::size_t>(std::max<std::int64_t>(keep, 0));
    for (std::size_t i = 0; i + wanted < files.size(); ++i)
        TRY_VOID(remove_file(files[i].second));
    return {};
}

Result<std::vector<std::pair<std::uint64_t, std::string>>>
ReflinkDriver::revision_files(Volume const& volume) const
{
    std::vector<std::pair<std::uint64_t, std::string>> found;
    std::filesystem::path const current = path(volume.vid, committed);
    std::string const prefix = current.filename().string() + ".";
    for (std::string const& name : TRY(list_folder(current.parent_path()))) {
        auto const at = name.find('@');
        if (!name.starts_with(prefix) || at == std::string::npos)
            continue;
        if (auto const number = qube::parse_number(
                std::string_view(name).substr(prefix.size(), at - prefix.size())))
            found.emplace_back(*number, current.parent_path() / name);
    }
    std::ranges::sort(found);
    return found;
}

Result<Attachment> ReflinkDriver::attachment(Volume const& volume, std::int64_t keep) const
{
    bool const direct = volume.use == VolumeUse::saved && keep < 0;
    Attachment attachment{.kind = Attachment::Kind::image,
                          .path = path(volume.vid, direct ? committed : dirty),
                          .layers = {},
                          .work = {},
                          .rw = volume.rw};
    if (!exists(attachment.path))
        return error("the volume " + volume.vid + " is not started");
    return attachment;
}

Result<std::vector<std::string>> ReflinkDriver::revisions(Volume const& volume) const
{
    std::vector<std::string> ids;
    for (auto const& [number, file] : TRY(revision_files(volume)))
        ids.push_back(std::to_string(number));
    return ids;
}

Result<> ReflinkDriver::revert(Volume const& volume, std::string const& id, std::int64_t)
{
    for (auto const& [number, file] : TRY(revision_files(volume)))
        if (std::to_string(number) == id) {
            std::string const chosen = file;
            TRY_VOID(add_revision(volume)); // the current state is not lost
            TRY_VOID(rename_over(chosen, path(volume.vid, committed)));
            TRY_VOID(remove_file(path(volume.vid, dirty)));
            return sync_folder(parent(chosen));
        }
    return error("there is no revision " + id + " of " + volume.vid);
}

Result<> ReflinkDriver::resize(Volume const& volume, std::uint64_t size)
{
    for (char const* const suffix : {committed, dirty}) {
        std::string const file = path(volume.vid, suffix);
        if (exists(file) && truncate(file.c_str(), static_cast<off_t>(size)) != 0)
            return errno_error("growing " + file);
    }
    return {};
}

Result<> ReflinkDriver::clone(Volume const& from, Volume const& to, std::int64_t keep)
{
    TRY_VOID(make_folders(parent(path(to.vid, committed))));
    std::string const fresh = path(to.vid, import);
    TRY_VOID(copy_file(path(from.vid, committed), fresh));
    return commit(to, fresh, keep);
}

Result<> ReflinkDriver::clone_from(StorageDriver const& other, Volume const& from, Volume const& to,
                                   std::int64_t keep)
{
    auto const& source =
        static_cast<ReflinkDriver const&>(other); // the caller compared the drivers
    TRY_VOID(make_folders(parent(path(to.vid, committed))));
    std::string const fresh = path(to.vid, import);
    TRY_VOID(copy_file(source.path(from.vid, committed), fresh));
    return commit(to, fresh, keep);
}

Result<> ReflinkDriver::clear(Volume const& volume, std::int64_t keep)
{
    std::string const fresh = path(volume.vid, import);
    TRY_VOID(make_sparse(fresh, volume.size));
    return commit(volume, fresh, keep);
}

Result<std::string> ReflinkDriver::begin_import(Volume const& volume, std::uint64_t size)
{
    std::string file = path(volume.vid, import);
    TRY_VOID(make_sparse(file, size));
    return file;
}

Result<> ReflinkDriver::end_import(Volume const& volume, bool good, std::int64_t keep)
{
    std::string const file = path(volume.vid, import);
    return good ? commit(volume, file, keep) : remove_file(file);
}

std::uint64_t ReflinkDriver::size(Volume const& volume, std::uint64_t otherwise) const
{
    std::error_code failure;
    auto const found = std::filesystem::file_size(path(volume.vid, committed), failure);
    return failure ? otherwise : found;
}

std::uint64_t ReflinkDriver::usage(Volume const& volume) const
{
    std::uint64_t total = disk_usage(path(volume.vid, dirty));
    if (volume.use == VolumeUse::saved)
        total += disk_usage(path(volume.vid, committed));
    if (auto const files = revision_files(volume))
        for (auto const& [number, file] : *files)
            total += disk_usage(file);
    return total;
}

std::optional<bool> ReflinkDriver::is_outdated(Volume const& volume) const
{
    std::string const taken_of = path(volume.vid, committed);
    if (volume.use != VolumeUse::snapshot || !exists(taken_of))
        return std::nullopt;
    std::error_code failure;
    return !std::filesystem::equivalent(taken_of, path(volume.source, committed), failure);
}

PoolUsage ReflinkDriver::pool_usage() const
{
    struct statvfs status{};
    if (statvfs(folder_.c_str(), &status) != 0)
        return {};
    std::uint64_t const block = status.f_frsize;
    return {status.f_blocks * block, (status.f_blocks - status.f_bfree) * block};
}

} // namespace vitrail::qubesd
