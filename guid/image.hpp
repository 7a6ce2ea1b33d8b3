#pragma once

#include "guid/window_port.hpp"
#include "lib/transport/shared_pages.hpp"
#include "lib/wire/violation.hpp"

#include <cstdint>
#include <expected>
#include <map>
#include <span>
#include <vector>

namespace vitrail::guid {

/// What changed in a window since its last commit: few rectangles, never more than the compositor
/// takes with one commit. Too many become the one that holds them all.
class Damage {
public:
    void add(Rect const& rect);
    void add_all() { all_ = true; }
    void clear();
    [[nodiscard]] bool empty() const { return !all_ && rects_.empty(); }
    /// Empty when everything is damaged.
    [[nodiscard]] std::span<Rect const> rects() const
    {
        return all_ ? std::span<Rect const>() : std::span<Rect const>(rects_);
    }

private:
    std::vector<Rect> rects_;
    bool all_ = false;
};

/// A buffer that the compositor has been told of, and the agent's pages it lies on.
struct Buffer {
    WindowId window;
    BufferShape shape;
    std::vector<std::uint32_t> references;
    bool busy = false;   ///< committed, and not released since
    bool doomed = false; ///< to be destroyed at its release
    bool failed = false; ///< the compositor could not map it
};

/// All buffers of a session, within the qube's quota of pages.
class BufferStore {
public:
    BufferStore(transport::SharedPagesReader& reader, WindowPort& port, std::uint64_t max_pages)
        : reader_(reader), port_(port), max_pages_(max_pages)
    {
    }

    enum class Problem : std::uint8_t { reference, quota };
    /// Fails with reference when a reference is not granted to us.
    [[nodiscard]] std::expected<PortBuffer, Problem>
    create(WindowId window, std::span<std::uint32_t const> references, BufferShape const& shape);
    /// Destroys it now, or at its release when the compositor still reads it.
    void retire(PortBuffer buffer);
    /// The window and its surface are gone: nothing of it is read any more.
    void forget_window(WindowId window);

    [[nodiscard]] Buffer* find(PortBuffer buffer);
    [[nodiscard]] std::uint64_t pages() const { return pages_; }
    /// A doomed one is destroyed here.
    void handle_released(PortBuffer buffer);

private:
    void destroy(std::map<PortBuffer, Buffer>::iterator at);

    transport::SharedPagesReader& reader_;
    WindowPort& port_;
    std::uint64_t max_pages_;
    std::uint64_t pages_ = 0;
    std::uint64_t last_ = 0;
    std::map<PortBuffer, Buffer> buffers_;
};

} // namespace vitrail::guid
