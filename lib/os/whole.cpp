#include "lib/os/whole.hpp"

#include <unistd.h>

#include <cerrno>

namespace vitrail {

bool read_exactly(int fd, std::span<std::byte> into)
{
    while (!into.empty()) {
        ssize_t const got = read(fd, into.data(), into.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        into = into.subspan(static_cast<std::size_t>(got));
    }
    return true;
}

bool write_all(int fd, std::span<std::byte const> bytes)
{
    while (!bytes.empty()) {
        ssize_t const wrote = write(fd, bytes.data(), bytes.size());
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return false;
        bytes = bytes.subspan(static_cast<std::size_t>(wrote));
    }
    return true;
}

} // namespace vitrail
