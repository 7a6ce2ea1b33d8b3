#include "lib/os/rights.hpp"

#include "lib/base/assert.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstring>

namespace vitrail {

ssize_t send_with_rights(int socket, std::span<std::byte const> bytes,
                         std::span<int const> descriptors, int flags)
{
    iovec part{const_cast<std::byte*>(bytes.data()), // lint: allow, iovec has no const
               bytes.size()};
    return send_parts_with_rights(socket, std::span(&part, 1), descriptors, flags);
}

ssize_t send_parts_with_rights(int socket, std::span<iovec> parts, std::span<int const> descriptors,
                               int flags)
{
    VITRAIL_ASSERT(descriptors.size() <= max_rights);
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(max_rights * sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    if (!descriptors.empty()) {
        message.msg_control = control.data();
        message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
        cmsghdr* const rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(descriptors.size_bytes());
        std::memcpy(CMSG_DATA(rights), descriptors.data(), descriptors.size_bytes());
    }
    return sendmsg(socket, &message, flags | MSG_NOSIGNAL);
}

static void take_rights(msghdr& message, std::vector<Fd>& into)
{
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        std::size_t const count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof(int));
            into.emplace_back(fd);
        }
    }
}

ReceivedBytes receive_with_rights(int socket, std::span<std::byte> bytes, std::vector<Fd>& into,
                                  int flags)
{
    iovec part{bytes.data(), bytes.size()};
    return receive_parts_with_rights(socket, std::span(&part, 1), &into, flags);
}

ReceivedBytes receive_parts_with_rights(int socket, std::span<iovec> parts, std::vector<Fd>* into,
                                        int flags)
{
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(max_rights * sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    if (into) {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
    }
    ssize_t const count = recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
    if (count >= 0 && into)
        take_rights(message, *into);
    return {count, (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0};
}

} // namespace vitrail
