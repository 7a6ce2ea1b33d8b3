#include "lib/transport/struct_link.hpp"

#include "lib/os/rights.hpp"

#include <sys/socket.h>

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
    std::vector<Fd> came;
    auto const got = receive_with_rights(link, message, came, MSG_DONTWAIT);
    if (got.count < 0)
        return errno == EAGAIN || errno == EINTR ? StructReceive::nothing : StructReceive::closed;
    if (descriptor)
        *descriptor = came.empty() ? Fd() : std::move(came.front());
    bool const is_message = got.whole && got.count == static_cast<ssize_t>(message.size());
    return is_message ? StructReceive::message : StructReceive::closed;
}

} // namespace vitrail::transport
