#pragma once

#include "agents/gui/page_pool.hpp"
#include "agents/gui/shared_buffer.hpp"
#include "lib/base/geometry.hpp"
#include "lib/wire/types.hpp"

#include <cstdint>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace vitrail::agent {

class DaemonLink;

/// Which pictures the daemon knows and reads, and so which pages must stay granted.
///
/// With the extension a committed buffer is locked until X_BUFFER_RELEASE; pages of a destroyed
/// buffer stay granted until the release that follows X_BUFFER_DESTROY. In 1.8 each window has one
/// picture, drawn in place; replaced pages stay granted until a later dump of the window is
/// acknowledged (fact sheet gui-protocol §4.3). The window's DESTROY answer ends every grant of it.
class BufferBook {
public:
    BufferBook(BufferBook const&) = delete;
    BufferBook& operator=(BufferBook const&) = delete;
    BufferBook(DaemonLink& link, PagePool& pool) : link_(link), pool_(pool) {}
    ~BufferBook();

    /// The daemon now shows `buffer` as the window's content.
    void commit(WindowId window, SharedBuffer& buffer, std::uint32_t serial, Size content,
                wire::DamageList const& damage);
    /// X_BUFFER for a buffer that is not a picture of the window (its cursor).
    void announce(WindowId window, SharedBuffer& buffer, wire::BufferFormat format);
    /// Locks the buffer until the daemon releases it.
    void hold(SharedBuffer& buffer);
    /// The window is about to be destroyed: its buffers end without messages of their own.
    void close_window(WindowId window);

    void handle_release(WindowId window, BufferId buffer);
    void handle_dump_ack(WindowId window);
    /// The daemon has forgotten this window.
    void handle_window_gone(WindowId window);
    /// A daemon came or went: it knows and reads nothing.
    void forget_daemon();

    /// Whether one more buffer of this window stays under the extension's limit of 8.
    [[nodiscard]] bool may_announce(WindowId window) const;
    [[nodiscard]] PagePool& pool() { return pool_; }
    [[nodiscard]] BufferId next_number() { return BufferId{++last_number_}; }
    /// From the buffer's end: keeps its pages as long as the daemon may read them.
    void retire(SharedBuffer& buffer);

private:
    struct Waiting {
        WindowId window;
        BufferId number;
        std::uint64_t dump = 0; ///< 1.8: free when a later dump of the window was acknowledged
        PagePool::Grant grant;
    };
    void dump(WindowId window, SharedBuffer& buffer);
    void release_lock(SharedBuffer& buffer);

    DaemonLink& link_;
    PagePool& pool_;
    std::unordered_map<BufferId, SharedBuffer*> announced_;
    std::unordered_set<WindowId> closing_;
    std::vector<Waiting> waiting_;
    std::vector<std::pair<WindowId, std::uint64_t>> unacknowledged_; ///< dumps, oldest first
    std::uint32_t last_number_ = 0;
    std::uint64_t last_dump_ = 0;
};

} // namespace vitrail::agent
