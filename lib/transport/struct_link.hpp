#pragma once

#include "lib/base/untrusted.hpp"
#include "lib/os/fd.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace vitrail::transport {

/// A SOCK_SEQPACKET link between programs of ours that were built together: one struct is one
/// message, at most max_rights descriptors (lib/os/rights.hpp) go with it. Never blocks.
enum class StructReceive : std::uint8_t {
    message,
    nothing,
    closed, ///< the end, or a message of another size
};

[[nodiscard]] bool send_bytes(int link, std::span<std::byte const> message,
                              std::span<int const> descriptors = {});
[[nodiscard]] StructReceive receive_bytes(int link, std::span<std::byte> message,
                                          std::vector<Fd>& descriptors);

/// False: the other end is gone or does not read; this message is lost.
template <Pod T>
[[nodiscard]] bool send_struct(int link, T const& message, std::span<int const> descriptors = {})
{
    return send_bytes(link, std::as_bytes(std::span(&message, 1)), descriptors);
}
/// Descriptor -1: none.
template <Pod T> [[nodiscard]] bool send_struct(int link, T const& message, int descriptor)
{
    return send_struct(link, message, std::span<int const>(&descriptor, descriptor >= 0 ? 1 : 0));
}
/// `descriptors`: those that came, in their order.
template <Pod T>
[[nodiscard]] StructReceive receive_struct(int link, T& into, std::vector<Fd>& descriptors)
{
    descriptors.clear();
    return receive_bytes(link, std::as_writable_bytes(std::span(&into, 1)), descriptors);
}
/// Descriptors that come are closed.
template <Pod T> [[nodiscard]] StructReceive receive_struct(int link, T& into)
{
    std::vector<Fd> closed;
    return receive_struct(link, into, closed);
}

} // namespace vitrail::transport
