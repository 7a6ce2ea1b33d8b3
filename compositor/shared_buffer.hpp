#pragma once

#include "compositor/wlr.hpp"
#include "lib/os/fd.hpp"

#include <cstdint>
#include <optional>

namespace vitrail::compositor {

/// Makes wl_buffers whose pixels lie in pages that a qube can write: mapped read-only, once,
/// sampled in place (design.md §5). Register once a process.
void register_shared_buffers();

/// The longest side of a window or of its buffer, in pixels.
inline constexpr std::uint32_t max_side = 16384;

struct SharedBufferSize {
    std::uint32_t width, height, stride, format; ///< format of vitrail_window_manager_v1
};

/// What is wrong with these values, or nothing: sizes, stride and runs that cannot be.
[[nodiscard]] bool shared_buffer_possible(SharedBufferSize const& size, wl_array const& runs);

/// Pages of 4096 bytes that the runs name, together.
[[nodiscard]] std::uint64_t shared_pages(wl_array const& runs);

/// Gives the wl_buffer `id` its pages. False: they cannot be mapped; the buffer then shows nothing.
bool create_shared_buffer(wl_client* client, std::uint32_t id, Fd fd, wl_array const& runs,
                          SharedBufferSize const& size, wl_resource*& made);

/// Pages mapped for this client at present.
[[nodiscard]] std::uint64_t mapped_pages(wl_client* client);

} // namespace vitrail::compositor
