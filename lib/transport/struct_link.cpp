#include "lib/transport/struct_link.hpp"

#include "lib/os/rights.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace vitrail::transport {

bool send_bytes(int link, std::span<std::byte const> message, std::span<int const> descriptors)
{
    return send_with_rights(link, message, descriptors, MSG_DONTWAIT) ==
           static_cast<ssize_t>(message.size());
}

StructReceive receive_bytes(int link, std::span<std::byte> message, std::vector<Fd>& descriptors)
{
    auto const got = receive_with_rights(link, message, descriptors, MSG_DONTWAIT);
    if (got.count < 0)
        return errno == EAGAIN || errno == EINTR ? StructReceive::nothing : StructReceive::closed;
    bool const is_message = got.whole && got.count == static_cast<ssize_t>(message.size());
    return is_message ? StructReceive::message : StructReceive::closed;
}

} // namespace vitrail::transport
