#pragma once

#include "guid/wayland_port.hpp"

#include "cursor-shape-v1-client-protocol.h"
#include "vitrail-window-v1-client-protocol.h"

#include <utility>

/// The parts of WaylandPort that only its own two sources see.
namespace vitrail::guid {

struct WaylandPort::Surface {
    Surface(WaylandPort& owner, WindowId window, wl_surface* s, vitrail_window_v1* r)
        : port(owner), id(window), surface(s), role(r)
    {
    }
    ~Surface()
    {
        drop_frame();
        vitrail_window_v1_destroy(role);
        wl_surface_destroy(surface);
    }
    Surface(Surface const&) = delete;
    Surface& operator=(Surface const&) = delete;
    void drop_frame()
    {
        if (wl_callback* const callback = std::exchange(frame, nullptr))
            wl_callback_destroy(callback);
    }

    WaylandPort& port;
    WindowId id;
    wl_surface* surface;
    vitrail_window_v1* role;
    wl_callback* frame = nullptr;
    Size content; ///< the last set_content_size
};

struct WaylandPort::Shared {
    Shared(WaylandPort& owner, PortBuffer number, wl_buffer* object)
        : port(owner), id(number), buffer(object)
    {
    }
    ~Shared() { wl_buffer_destroy(buffer); }
    Shared(Shared const&) = delete;
    Shared& operator=(Shared const&) = delete;

    WaylandPort& port;
    PortBuffer id;
    wl_buffer* buffer;
};

struct WaylandPort::Seen {
    Seen(WaylandPort& owner, WindowId number, wl_callback* sync)
        : port(owner), window(number), callback(sync)
    {
    }
    ~Seen() { wl_callback_destroy(callback); }
    Seen(Seen const&) = delete;
    Seen& operator=(Seen const&) = delete;

    WaylandPort& port;
    WindowId window;
    wl_callback* callback;
};

/// Captureless listeners: each finds its object and calls one handler of the session.
struct WaylandPort::Events {
    static wl_registry_listener const registry;
    static wl_seat_listener const seat;
    static wl_keyboard_listener const keyboard;
    static wl_pointer_listener const pointer;
    static wl_touch_listener const touch;
    static wl_surface_listener const surface;
    static wl_buffer_listener const buffer;
    static wl_callback_listener const frame;
    static wl_callback_listener const seen;
    static vitrail_window_manager_v1_listener const manager;
    static vitrail_window_v1_listener const window;
};

} // namespace vitrail::guid
