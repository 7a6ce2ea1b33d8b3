#pragma once

#include "lib/os/fd.hpp"

#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <span>
#include <vector>

namespace vitrail {

/// How many descriptors go with one message.
inline constexpr std::size_t max_rights = 8;

/// send(2) with copies of at most max_rights descriptors; none is fine. MSG_NOSIGNAL is always set.
[[nodiscard]] ssize_t send_with_rights(int socket, std::span<std::byte const> bytes,
                                       std::span<int const> descriptors, int flags = 0);
/// The same for bytes that stand in several places.
[[nodiscard]] ssize_t send_parts_with_rights(int socket, std::span<iovec> parts,
                                             std::span<int const> descriptors, int flags = 0);
struct ReceivedBytes {
    ssize_t count; ///< as recv(2): 0 at the end, -1 with errno
    bool whole;    ///< no bytes of a message and no descriptors were lost for want of room
};
/// recv(2); the descriptors that came, closed on exec, go behind those in `into`.
[[nodiscard]] ReceivedBytes receive_with_rights(int socket, std::span<std::byte> bytes,
                                                std::vector<Fd>& into, int flags = 0);
/// The same into several places. `into` null: a message that brings descriptors is not whole, and
/// the kernel lets none of them in.
[[nodiscard]] ReceivedBytes receive_parts_with_rights(int socket, std::span<iovec> parts,
                                                      std::vector<Fd>* into, int flags = 0);

} // namespace vitrail
