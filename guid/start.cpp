#include "guid/start.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstring>
#include <vector>

namespace vitrail::guid {

static std::vector<Fd> received_fds(msghdr& message)
{
    std::vector<Fd> fds;
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        std::size_t const count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof(int));
            fds.emplace_back(fd);
        }
    }
    return fds;
}

Result<Start> receive_start(int link)
{
    Start start;
    iovec part{&start.record, sizeof(start.record)};
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(8 * sizeof(int))> control{};
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
    auto fds = received_fds(message);
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
