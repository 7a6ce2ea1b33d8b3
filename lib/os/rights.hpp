#pragma once

#include "lib/os/fd.hpp"

#include <sys/socket.h>

#include <cstddef>
#include <span>
#include <vector>

namespace vitrail {

/// How many descriptors go with one message.
inline constexpr std::size_t max_rights = 8;

/// send(2) with copies of at most max_rights descriptors; none is fine. MSG_NOSIGNAL is always set.
[[nodiscard]] ssize_t send_with_rights(int socket, std::span<std::byte const> bytes,
                                       std::span<int const> descriptors, int flags = 0);
/// recv(2); the descriptors that came, closed on exec, behind those in `into`.
[[nodiscard]] ssize_t receive_with_rights(int socket, std::span<std::byte> bytes,
                                          std::vector<Fd>& into, int flags = 0);
/// The descriptors that came with a message of recvmsg(2), behind those in `into`.
void take_rights(msghdr& message, std::vector<Fd>& into);

} // namespace vitrail
