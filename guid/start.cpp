#include "guid/start.hpp"

#include "lib/os/rights.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <vector>

namespace vitrail::guid {

Result<Start> receive_start(int link)
{
    Start start;
    iovec part{&start.record, sizeof(start.record)};
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(max_rights * sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    ssize_t got = -1;
    do
        got = recvmsg(link, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return errno_error("start record");
    std::vector<Fd> fds;
    take_rights(message, fds);
    if (got == 0)
        return std::unexpected(Error{EPIPE, "start record"});
    if (got != sizeof(start.record) || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 ||
        start.record.magic != transport::guid_start_magic)
        return error("start record: not one of this version");
    std::size_t next = 0;
    for (std::size_t which = 0; which < start.fds.size(); ++which)
        if (start.record.has(static_cast<transport::GuidStartFd>(which)) && next < fds.size())
            start.fds[which] = std::move(fds[next++]);
    for (auto const needed : {transport::GuidStartFd::vchan, transport::GuidStartFd::wayland})
        if (!start.fds[static_cast<std::size_t>(needed)])
            return error("start record: without its connections");
    return start;
}

} // namespace vitrail::guid
