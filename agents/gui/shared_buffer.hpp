#pragma once

#include "agents/gui/page_pool.hpp"
#include "agents/gui/wlr.hpp"
#include "lib/base/strong.hpp"

#include <cstdint>

namespace vitrail::agent {

class BufferBook;

/// A wlr_buffer on granted pages. wlroots owns it: it lives until dropped and unlocked, then the
/// book keeps its pages until the daemon does not read them any more.
struct SharedBuffer {
    wlr_buffer base{}; // first: a wlr_buffer of ours is one of these
    BufferBook* book = nullptr;
    PagePool::Grant grant;
    BufferId number;        ///< unique in this process
    WindowId window;        ///< the window it was announced for
    bool announced = false; ///< the connected daemon knows it
    bool held = false;      ///< locked until the daemon releases it
    std::uint64_t dump = 0; ///< 1.8: number of the last WINDOW_DUMP of it, 0 never

    [[nodiscard]] std::uint32_t stride() const
    {
        return static_cast<std::uint32_t>(base.width) * 4;
    }
    [[nodiscard]] std::size_t pages() const;

    /// Null where `buffer` is not one of ours.
    [[nodiscard]] static SharedBuffer* from(wlr_buffer* buffer);
    /// Null without pages. The caller drops it with wlr_buffer_drop().
    [[nodiscard]] static SharedBuffer* create(BufferBook& book, int width, int height);
};

/// What the swapchains of the windows' outputs take their buffers from.
struct SharedAllocator {
    wlr_allocator base{}; // first
    BufferBook* book = nullptr;

    explicit SharedAllocator(BufferBook& book);
    ~SharedAllocator();
    SharedAllocator(SharedAllocator const&) = delete;
    SharedAllocator& operator=(SharedAllocator const&) = delete;
};

} // namespace vitrail::agent
