#pragma once

#include "lib/base/untrusted.hpp"

#include <cstddef>
#include <span>

namespace vitrail {

// All of some bytes, from or to a descriptor. They wait where the descriptor does: for files, and
// for processes that do nothing else.

/// Fills all of `into`. False: the end came first, or the world failed.
[[nodiscard]] bool read_exactly(int fd, std::span<std::byte> into);
/// False: there is no room, nobody reads, or the world failed; some of it may have been written.
[[nodiscard]] bool write_all(int fd, std::span<std::byte const> bytes);

template <Pod T> [[nodiscard]] bool read_struct(int fd, T& into)
{
    return read_exactly(fd, std::as_writable_bytes(std::span(&into, 1)));
}
template <Pod T> [[nodiscard]] bool write_struct(int fd, T const& from)
{
    return write_all(fd, std::as_bytes(std::span(&from, 1)));
}

} // namespace vitrail
