#include "services/qubesd/storage/layer.hpp"

#include "services/qubesd/storage/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <filesystem>

namespace vitrail::qubesd {
namespace {

bool is_whiteout(struct stat const& status)
{
    return S_ISCHR(status.st_mode) && status.st_rdev == makedev(0, 0);
}

bool is_opaque(std::string const& path)
{
    for (char const* const name : {"user.overlay.opaque", "trusted.overlay.opaque"}) {
        char value = 0;
        if (lgetxattr(path.c_str(), name, &value, 1) == 1 && value == 'y')
            return true;
    }
    return false;
}

/// Owner, mode and times of a folder.
Result<> copy_nature(std::string const& to, struct stat const& status)
{
    std::array<timespec, 2> const times{status.st_atim, status.st_mtim};
    struct stat now{};
    if (lstat(to.c_str(), &now) != 0 ||
        ((now.st_uid != status.st_uid || now.st_gid != status.st_gid) &&
         lchown(to.c_str(), status.st_uid, status.st_gid) != 0) ||
        chmod(to.c_str(), status.st_mode & 07777) != 0 ||
        utimensat(AT_FDCWD, to.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0)
        return errno_error("the folder " + to);
    return {};
}

/// A file that cannot be shared by a link. Sockets and pipes of a dead qube are left out.
Result<> copy_entry(std::string const& from, std::string const& to, struct stat const& status)
{
    if (S_ISREG(status.st_mode)) {
        TRY_VOID(copy_file(from, to));
        if (lchown(to.c_str(), status.st_uid, status.st_gid) != 0 && errno != EPERM)
            return errno_error("the owner of " + to);
        if (chmod(to.c_str(), status.st_mode & 07777) != 0)
            return errno_error("the mode of " + to);
        return {};
    }
    if (!S_ISLNK(status.st_mode))
        return {};
    std::error_code failure;
    std::filesystem::copy_symlink(from, to, failure);
    if (failure)
        return std::unexpected(Error{failure.value(), "copying the link " + from});
    return {};
}

Result<> apply_entry(std::string const& from, std::string const& to, Files files)
{
    struct stat status{};
    if (lstat(from.c_str(), &status) != 0)
        return errno_error("reading " + from);
    if (is_whiteout(status))
        return remove_tree(to);
    if (!S_ISDIR(status.st_mode)) {
        TRY_VOID(remove_tree(to));
        if (files == Files::shared) {
            if (linkat(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), 0) == 0)
                return {};
            if (errno != EXDEV && errno != EPERM && errno != EMLINK)
                return errno_error("linking " + to);
        }
        return copy_entry(from, to, status); // another file system, or another owner's file
    }
    struct stat below{};
    bool const merges =
        lstat(to.c_str(), &below) == 0 && S_ISDIR(below.st_mode) && !is_opaque(from);
    if (!merges) {
        TRY_VOID(remove_tree(to));
        if (mkdir(to.c_str(), 0700) != 0)
            return errno_error("making " + to);
    }
    TRY_VOID(apply_layer(from, to, files));
    return copy_nature(to, status);
}

} // namespace

Result<> apply_layer(std::string const& layer, std::string const& tree, Files files)
{
    for (std::string const& name : TRY(list_folder(layer)))
        TRY_VOID(apply_entry(layer + "/" + name, tree + "/" + name, files));
    return {};
}

bool is_empty_folder(std::string const& path)
{
    std::error_code failure;
    return std::filesystem::is_empty(path, failure) || failure;
}

} // namespace vitrail::qubesd
