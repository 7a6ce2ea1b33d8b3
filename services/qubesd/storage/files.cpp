#include "services/qubesd/storage/files.hpp"

#include "lib/os/fd.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>

namespace vitrail::qubesd {
namespace {

Result<> copy_range(int from, int to, off_t at, off_t end)
{
    while (at < end) {
        off_t out = at;
        ssize_t got = copy_file_range(from, &at, to, &out, static_cast<std::size_t>(end - at), 0);
        if (got < 0 && (errno == EXDEV || errno == EINVAL || errno == ENOSYS ||
                        errno == EOPNOTSUPP)) { // between file systems that cannot
            std::array<char, 65536> bytes{};
            auto const want =
                std::min<std::size_t>(bytes.size(), static_cast<std::size_t>(end - at));
            got = pread(from, bytes.data(), want, at);
            if (got > 0)
                got = pwrite(to, bytes.data(), static_cast<std::size_t>(got), at);
            if (got > 0)
                at += got;
        }
        if (got < 0)
            return errno_error("copying a volume");
        if (got == 0)
            return {};
    }
    return {};
}

Result<> copy_sparse(int from, int to, off_t size)
{
    off_t data = 0;
    while (data < size) {
        data = lseek(from, data, SEEK_DATA);
        if (data < 0 && errno == ENXIO)
            return {}; // holes to the end
        if (data < 0)
            return errno_error("reading a volume");
        off_t const hole = lseek(from, data, SEEK_HOLE);
        TRY_VOID(copy_range(from, to, data, hole));
        data = hole;
    }
    return {};
}

/// `path` holds `text`, or what it held; `lasting`: also after a power cut, once its folder is
/// kept.
Result<> replace_file(std::string const& path, std::string const& text, bool lasting)
{
    std::string const fresh = path + ".new";
    Fd const file(open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file || write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        (lasting && fsync(file.get()) != 0))
        return errno_error("writing " + path);
    return rename_over(fresh, path);
}

void open_folders(std::string const& path)
{
    struct stat status{};
    if (lstat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode))
        return;
    chmod(path.c_str(), 0700);
    std::error_code failure;
    for (std::filesystem::directory_iterator it(path, failure), end; !failure && it != end;
         it.increment(failure))
        open_folders(it->path());
}

} // namespace

bool exists(std::string const& path)
{
    struct stat status{};
    return lstat(path.c_str(), &status) == 0;
}

Result<> make_folders(std::string const& path)
{
    std::error_code failure;
    std::filesystem::create_directories(path, failure);
    if (failure)
        return std::unexpected(Error{failure.value(), "making the folder " + path});
    return {};
}

Result<> rename_over(std::string const& from, std::string const& to)
{
    if (rename(from.c_str(), to.c_str()) != 0)
        return errno_error("renaming " + from + " to " + to);
    return {};
}

Result<> make_link(std::string const& from, std::string const& to)
{
    if (link(from.c_str(), to.c_str()) != 0 && errno != EEXIST)
        return errno_error("linking " + from + " to " + to);
    return {};
}

Result<> remove_file(std::string const& path)
{
    if (unlink(path.c_str()) != 0 && errno != ENOENT)
        return errno_error("removing " + path);
    return {};
}

Result<> remove_tree(std::string const& path)
{
    std::error_code failure;
    std::filesystem::remove_all(path, failure);
    if (failure == std::errc::permission_denied) { // overlayfs leaves folders of mode 000
        open_folders(path);
        failure.clear();
        std::filesystem::remove_all(path, failure);
    }
    if (failure)
        return std::unexpected(Error{failure.value(), "removing " + path});
    return {};
}

Result<> sync_folder(std::string const& path)
{
    Fd const folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder || fsync(folder.get()) != 0)
        return errno_error("keeping " + path);
    return {};
}

Result<> sync_file_system(std::string const& path)
{
    Fd const folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder || syncfs(folder.get()) != 0)
        return errno_error("keeping what is in " + path);
    return {};
}

Result<> write_file(std::string const& path, std::string const& text)
{
    TRY_VOID(replace_file(path, text, true));
    return sync_folder(std::filesystem::path(path).parent_path());
}

Result<> write_passing_file(std::string const& path, std::string const& text)
{
    return replace_file(path, text, false);
}

Result<> make_sparse(std::string const& path, std::uint64_t size)
{
    Fd const file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file || ftruncate(file.get(), static_cast<off_t>(size)) != 0)
        return errno_error("making " + path);
    return {};
}

Result<> copy_file(std::string const& from, std::string const& to)
{
    std::string const fresh = to + ".new";
    Fd const source(open(from.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status{};
    if (!source || fstat(source.get(), &status) != 0)
        return errno_error("reading " + from);
    Fd const copy(open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!copy || ftruncate(copy.get(), status.st_size) != 0)
        return errno_error("making " + fresh);
    if (ioctl(copy.get(), FICLONE, source.get()) != 0)
        if (auto const copied = copy_sparse(source.get(), copy.get(), status.st_size); !copied) {
            unlink(fresh.c_str());
            return copied;
        }
    std::array<timespec, 2> const times{status.st_atim, status.st_mtim};
    if (futimens(copy.get(), times.data()) != 0 || fsync(copy.get()) != 0) {
        auto failed = errno_error("keeping " + fresh);
        unlink(fresh.c_str());
        return failed;
    }
    return rename_over(fresh, to);
}

std::uint64_t disk_usage(std::string const& path)
{
    struct stat status{};
    if (lstat(path.c_str(), &status) != 0)
        return 0;
    auto total = static_cast<std::uint64_t>(status.st_blocks) * 512;
    if (!S_ISDIR(status.st_mode))
        return total;
    std::error_code failure;
    std::filesystem::recursive_directory_iterator it(
        path, std::filesystem::directory_options::skip_permission_denied, failure);
    for (; !failure && it != std::filesystem::recursive_directory_iterator(); it.increment(failure))
        if (lstat(it->path().c_str(), &status) == 0)
            total += static_cast<std::uint64_t>(status.st_blocks) * 512;
    return total;
}

} // namespace vitrail::qubesd
