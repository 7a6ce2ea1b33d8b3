#pragma once

#include "lib/base/untrusted.hpp"
#include "lib/os/fd.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace vitrail::transport {

/// A SOCK_SEQPACKET link between programs of ours that were built together: one struct is one
/// message, at most one descriptor goes with it. Never blocks.
enum class StructReceive : std::uint8_t {
    message,
    nothing,
    closed, ///< the end, or a message of another size
};

[[nodiscard]] bool send_bytes(int link, std::span<std::byte const> message, int descriptor = -1);
[[nodiscard]] StructReceive receive_bytes(int link, std::span<std::byte> message, Fd* descriptor);

/// False: the other end is gone or does not read; this message is lost.
template <Pod T> [[nodiscard]] bool send_struct(int link, T const& message, int descriptor = -1)
{
    return send_bytes(link, std::as_bytes(std::span(&message, 1)), descriptor);
}
/// `descriptor`: where the one that came goes; empty when none did. Without it one is closed.
template <Pod T>
[[nodiscard]] StructReceive receive_struct(int link, T& into, Fd* descriptor = nullptr)
{
    return receive_bytes(link, std::as_writable_bytes(std::span(&into, 1)), descriptor);
}

} // namespace vitrail::transport
