#pragma once

#include "agents/gui/buffer_book.hpp"
#include "agents/gui/clipboard.hpp"
#include "agents/gui/daemon_link.hpp"
#include "agents/gui/page_pool.hpp"
#include "agents/gui/seat.hpp"
#include "agents/gui/shared_buffer.hpp"
#include "agents/gui/window.hpp"
#include "agents/gui/wlr.hpp"
#include "lib/base/handle.hpp"

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace vitrail::agent {

/// The gui agent: a headless compositor for the qube's applications whose windows are forwarded,
/// each for itself, over the GUI protocol. Owns its display; holds no process state.
class Agent {
public:
    struct Options {
        DomainId gui_domain;
        DaemonLink::Serve serve;
        transport::SharedPagesGranter& granter;
        bool xwayland = true;
    };

    /// Fails when wlroots cannot start; nothing is served yet.
    [[nodiscard]] static Result<std::unique_ptr<Agent>> create(Options options);
    ~Agent();

    /// Opens the Wayland socket in XDG_RUNTIME_DIR and waits for the daemon.
    [[nodiscard]] Result<> start();
    void run() { wl_display_run(display_); }
    void stop() { wl_display_terminate(display_); }
    /// The values of WAYLAND_DISPLAY and DISPLAY for applications; empty without.
    [[nodiscard]] std::string const& wayland_socket() const { return socket_; }
    [[nodiscard]] std::string x11_display() const;
    /// Our window manager's connection to Xwayland, while there is one.
    [[nodiscard]] xcb_connection_t* x11_connection() const;

    // For the parts.
    [[nodiscard]] wl_display* display() const { return display_; }
    [[nodiscard]] wl_event_loop* loop() const { return wl_display_get_event_loop(display_); }
    [[nodiscard]] wlr_backend* backend() const { return backend_; }
    [[nodiscard]] wlr_renderer* renderer() const { return renderer_; }
    [[nodiscard]] wlr_allocator* allocator() { return &allocator_->base; }
    [[nodiscard]] DaemonLink& link() { return *link_; }
    [[nodiscard]] BufferBook& book() { return *book_; }
    [[nodiscard]] Seat& seat() { return *seat_; }
    [[nodiscard]] Size work_area() const { return screen_; }
    /// The scale that a new window starts with: the last one heard of.
    [[nodiscard]] std::uint32_t scale_120() const { return scale_120_; }
    [[nodiscard]] std::uint32_t now_ms() const;

    [[nodiscard]] WindowId add_window(Window& window);
    void remove_window(WindowId id);
    /// Shown windows only; null when there is none.
    [[nodiscard]] Window* window(WindowId id) const;
    [[nodiscard]] Window* find_window(wlr_surface const& surface) const;
    /// The C object behind it is gone.
    void forget(Window& window);
    /// The managed X11 window that had focus last: what menus without a parent belong to.
    [[nodiscard]] Window* last_x11_window() const { return window(last_x11_); }
    void set_last_x11_window(Window& window) { last_x11_ = window.id(); }
    /// Tells the surface that it is on the qube's screen.
    void enter_output(wlr_surface& surface);

    /// Ends the popups that took a grab, newest first.
    void dismiss_popups();

    // From the link.
    void handle_connected(Size screen);
    void handle_disconnected();
    void handle_message(wire::DaemonMessage const& message);
    /// The daemon took all that was sent.
    void handle_room();

private:
    explicit Agent(Options options);
    [[nodiscard]] Result<> set_up();
    void make_globals();
    void make_screen(Size size);
    void dispatch_window(wire::DaemonMessage const& message);

    void handle_new_toplevel(wlr_xdg_toplevel& toplevel);
    void handle_new_popup(wlr_xdg_popup& popup);
    void handle_new_x11(wlr_xwayland_surface& xsurface);
    void handle_xwayland_ready();
    void handle_new_decoration(wlr_xdg_toplevel_decoration_v1& decoration);
    void handle_activate(wlr_xdg_activation_v1_request_activate_event& event);

    Options options_;
    wl_display* display_;
    wlr_backend* backend_ = nullptr;
    wlr_renderer* renderer_ = nullptr;
    wlr_compositor* compositor_ = nullptr;
    wlr_output_layout* layout_ = nullptr;
    wlr_output* screen_output_ = nullptr;
    wlr_xwayland* xwayland_ = nullptr;
    std::unique_ptr<PagePool> pool_;
    std::unique_ptr<DaemonLink> link_;
    std::unique_ptr<BufferBook> book_;
    std::unique_ptr<SharedAllocator> allocator_;
    std::unique_ptr<Seat> seat_;
    std::unique_ptr<Clipboard> clipboard_;
    std::string socket_;
    Size screen_{1920, 1080};
    std::uint32_t scale_120_ = 120;
    std::uint32_t last_id_ = 0;
    WindowId last_x11_;
    std::unordered_map<Window*, std::unique_ptr<Window>> windows_;
    std::unordered_map<WindowId, Window*> shown_;
    std::optional<Listener<&Agent::handle_new_toplevel>> new_toplevel_;
    std::optional<Listener<&Agent::handle_new_popup>> new_popup_;
    std::optional<Listener<&Agent::handle_new_x11>> new_x11_;
    std::optional<Listener<&Agent::handle_xwayland_ready>> xwayland_ready_;
    std::optional<Listener<&Agent::handle_new_decoration>> new_decoration_;
    std::optional<Listener<&Agent::handle_activate>> activate_;
};

} // namespace vitrail::agent
