#include "lib/os/beneath.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

namespace vitrail {
namespace {

Result<Fd> open_there(int folder, std::string const& name, std::uint64_t flags)
{
    open_how how{};
    how.flags = flags | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
    Fd found(static_cast<int>(syscall(SYS_openat2, folder, name.c_str(), &how, sizeof how)));
    if (!found)
        return errno_error(name);
    return found;
}

/// Of the type wanted, and of the folder's owner: only he makes things there for us.
[[nodiscard]] Result<> check(int folder, int fd, mode_t wanted, std::string const& name)
{
    struct stat status{}, above{};
    if (fstat(fd, &status) != 0 || fstat(folder, &above) != 0)
        return errno_error(name);
    if ((status.st_mode & S_IFMT) != wanted)
        return std::unexpected(Error{EINVAL, name + " is not what it should be"});
    if (status.st_uid != above.st_uid)
        return std::unexpected(Error{EPERM, name + " belongs to somebody else"});
    return {};
}

} // namespace

Result<Fd> open_beneath(int folder, std::string const& name)
{
    // First without opening it: a fifo or a device must not be opened even once.
    Fd const found = TRY(open_there(folder, name, O_PATH | O_NOFOLLOW));
    TRY_VOID(check(folder, found.get(), S_IFREG, name));
    std::string const path = "/proc/self/fd/" + std::to_string(found.get());
    Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file)
        return errno_error(name);
    return file;
}

Result<Fd> connect_beneath(int folder, std::string const& name)
{
    Fd const found = TRY(open_there(folder, name, O_PATH | O_NOFOLLOW));
    TRY_VOID(check(folder, found.get(), S_IFSOCK, name));
    Fd connection(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::string const path = "/proc/self/fd/" + std::to_string(found.get());
    std::memcpy(address.sun_path, path.c_str(), path.size());
    if (!connection ||
        connect(connection.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0)
        return errno_error(name);
    return connection;
}

} // namespace vitrail
