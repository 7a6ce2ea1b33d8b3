#include "lib/transport/struct_link.hpp"

#include "lib/os/rights.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <vector>

namespace vitrail::transport {

bool send_bytes(int link, std::span<std::byte const> message, int descriptor)
{
    std::span<int const> const rights(&descriptor, descriptor >= 0 ? 1 : 0);
    return send_with_rights(link, message, rights, MSG_DONTWAIT) ==
           static_cast<ssize_t>(message.size());
}

StructReceive receive_bytes(int link, std::span<std::byte> message, Fd* descriptor)
{
    iovec part{message.data(), message.size()};
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(max_rights * sizeof(int))> control{};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    ssize_t const got = recvmsg(link, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? StructReceive::nothing : StructReceive::closed;
    std::vector<Fd> came;
    take_rights(header, came);
    if (descriptor)
        *descriptor = came.empty() ? Fd() : std::move(came.front());
    bool const whole = got == static_cast<ssize_t>(message.size()) &&
                       (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0;
    return whole ? StructReceive::message : StructReceive::closed;
}

} // namespace vitrail::transport
