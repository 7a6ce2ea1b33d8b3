#include "lib/call/borrowed_ends.hpp"

#include <fcntl.h>

namespace vitrail::call {

BorrowedEnds::~BorrowedEnds()
{
    for (auto const& [fd, flags] : before_)
        fcntl(fd.get(), F_SETFL, flags);
}

Fd BorrowedEnds::lend(int fd)
{
    Fd copy(fcntl(fd, F_DUPFD_CLOEXEC, 3));
    int const flags = fcntl(fd, F_GETFL);
    if (flags >= 0 && (flags & O_NONBLOCK) == 0) {
        before_.emplace_back(Fd(fcntl(fd, F_DUPFD_CLOEXEC, 3)), flags);
        fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    }
    return copy;
}

} // namespace vitrail::call
