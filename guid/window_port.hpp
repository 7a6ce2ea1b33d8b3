#pragma once

#include "lib/base/geometry.hpp"
#include "lib/base/strong.hpp"
#include "lib/transport/shared_pages.hpp"
#include "lib/wire/types.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace vitrail::guid {

/// A buffer that the compositor knows, by a number that the session chose. Never reused.
using PortBuffer = Strong<std::uint64_t, struct PortBufferTag>;

struct BufferShape {
    std::uint32_t width = 0, height = 0; ///< pixels
    std::uint32_t stride = 0;            ///< bytes
    std::uint32_t format = 0;            ///< wire::XBuffer's numbers, the same as the manager's
    friend bool operator==(BufferShape const&, BufferShape const&) = default;
};

/// Size hints after the checks of fact sheet gui-protocol §3.2; `flags` are vitrail_window_v1.hint.
struct Hints {
    std::uint32_t flags = 0;
    Size min, max, increment, base;
};

struct Commit {
    /// What the window shows from now on; without it the damage is of what it showed.
    std::optional<PortBuffer> attach;
    /// Layout units that the buffer covers; 0x0: as many as it has pixels.
    Size content;
    std::span<Rect const> damage; ///< pixels of the buffer; empty: all of it
    std::uint32_t serial = 0;     ///< of the configure that this commit answers, else 0
    bool want_frame = true;       ///< handle_frame() shall come
};

/// A cursor over a window: a shape by its number in wp_cursor_shape_device_v1, a buffer, or
/// nothing.
struct CursorChoice {
    enum class Kind : std::uint8_t { shape, image, hidden } kind = Kind::shape;
    std::uint32_t shape = 1; ///< wp_cursor_shape_device_v1's number; 1 is default
    PortBuffer buffer;
    BufferShape pixels;
    Size size; ///< layout units
    Point hotspot;
    friend bool operator==(CursorChoice const&, CursorChoice const&) = default;
};

/// Everything a session may tell the compositor: vitrail_window_v1 without its objects.
///
/// Implementations: WaylandPort; RecordingPort in the tests. What comes back are the handle_…
/// functions of Session. Every window named was created and not destroyed before.
class WindowPort {
public:
    virtual ~WindowPort() = default;

    virtual void set_extended() = 0;
    virtual void create_window(WindowId window, bool override_redirect) = 0;
    virtual void destroy_window(WindowId window) = 0;
    virtual void set_geometry(WindowId window, Rect const& content) = 0;
    /// Session::handle_geometry_seen(window) comes back when the compositor has seen every request
    /// so far: configure events that arrive before it do not know the last set_geometry yet.
    virtual void request_geometry_seen(WindowId window) = 0;
    virtual void set_override_redirect(WindowId window, bool on) = 0;
    virtual void set_transient_for(WindowId window, std::optional<WindowId> parent) = 0;
    virtual void set_popup(WindowId window, wire::from_agent::Popup const& popup) = 0;
    virtual void map(WindowId window) = 0;
    virtual void unmap(WindowId window) = 0;
    virtual void set_hints(WindowId window, Hints const& hints) = 0;
    /// Bits of wire::flag_…, which are vitrail_window_v1.flag's.
    virtual void set_flags(WindowId window, std::uint32_t set, std::uint32_t unset) = 0;
    virtual void set_title(WindowId window, std::string const& title) = 0;
    virtual void set_class(WindowId window, std::string const& res_class,
                           std::string const& res_name) = 0;
    virtual void dock(WindowId window) = 0;
    virtual void interactive(WindowId window, std::uint32_t kind, std::uint32_t edges) = 0;
    virtual void ack_configure(WindowId window, std::uint32_t serial) = 0;
    virtual void set_pointer_lock(WindowId window, std::uint32_t mode) = 0;
    /// For the window the pointer is in.
    virtual void set_cursor(CursorChoice const& cursor) = 0;

    virtual void create_buffer(PortBuffer buffer, transport::MappablePages const& pages,
                               BufferShape const& shape) = 0;
    virtual void destroy_buffer(PortBuffer buffer) = 0;
    virtual void commit(WindowId window, Commit const& commit) = 0;
    /// Takes the buffer off the window, which is unmapped.
    virtual void detach(WindowId window) = 0;
};

} // namespace vitrail::guid
