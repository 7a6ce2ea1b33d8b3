#pragma once

#include "agents/gui/listener.hpp"
#include "agents/gui/picture.hpp"
#include "agents/gui/wlr.hpp"
#include "lib/wire/types.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace vitrail::agent {

class Agent;

/// A surface that becomes a window of its own at the daemon: toplevel, popup or X11 window.
///
/// It has a number and a picture from its map to its unmap; each map takes a new number, so the
/// daemon never sees one reused before its DESTROY answer.
class Window {
public:
    virtual ~Window();
    Window(Window const&) = delete;
    Window& operator=(Window const&) = delete;

    [[nodiscard]] WindowId id() const { return id_; }
    [[nodiscard]] bool shown() const { return picture_ != nullptr; }
    [[nodiscard]] Picture& picture() { return *picture_; }
    [[nodiscard]] virtual wlr_surface* surface() const = 0;
    /// Where the content is in the qube's screen (1.8), or where X11 applications believe it to be.
    [[nodiscard]] virtual Point position() const { return position_; }
    [[nodiscard]] Rect geometry() const;
    [[nodiscard]] virtual bool override_redirect() const { return false; }

    /// A popup that is closed by a click elsewhere.
    [[nodiscard]] virtual bool has_grab() const { return false; }

    /// Everything about the window, to a daemon that knows nothing of it.
    void announce();

    // What the daemon says.
    virtual void handle_configure(wire::from_daemon::Configure const&) {}
    virtual void handle_configure_x(wire::from_daemon::ConfigureX const&) {}
    virtual void handle_popup_configure(wire::from_daemon::PopupConfigure const&) {}
    virtual void handle_popup_done() {}
    virtual void handle_close() = 0;
    virtual void handle_flags(wire::StateFlags const&, wire::StateFlags const&) {}
    virtual void handle_focus(bool) {}
    /// Its focus is set on another way than keys take to it.
    [[nodiscard]] virtual bool x11() const { return false; }
    virtual void handle_visibility(bool visible) { picture_->set_visible(visible); }

protected:
    explicit Window(Agent& agent) : agent_(agent) {}

    /// The surface has its first content: gives the window a number and tells the daemon.
    void show();
    /// The window is gone for the daemon. Called by the destructor of the last class too.
    void hide();
    /// Size of what is forwarded and its offset in the surface tree.
    [[nodiscard]] virtual Rect content() const = 0;
    [[nodiscard]] virtual WindowId transient_for() const { return {}; }
    /// WMCLASS, WMNAME, WINDOW_HINTS, WINDOW_FLAGS, X_POPUP.
    virtual void describe() = 0;
    /// After each commit of the surface: size, offset.
    void update_content();
    /// 1.8: tells the daemon a geometry that it does not know yet.
    void send_geometry();

    void send_title(char const* title);
    void send_class(char const* res_class, char const* name);
    void request(wire::RequestKind kind, std::uint32_t edges = 0);
    void send_flags(wire::StateFlags const& set, wire::StateFlags const& unset);

    Agent& agent_;
    Point position_;
    Rect told_; ///< the geometry that both sides know (1.8)

private:
    WindowId id_;
    std::unique_ptr<Picture> picture_;
    wlr_scene_tree* tree_ = nullptr;
};

/// An xdg_toplevel.
class Toplevel final : public Window {
public:
    Toplevel(Agent& agent, wlr_xdg_toplevel& toplevel);
    ~Toplevel() override;

    [[nodiscard]] wlr_surface* surface() const override { return toplevel_.base->surface; }
    void handle_configure(wire::from_daemon::Configure const& order) override;
    void handle_configure_x(wire::from_daemon::ConfigureX const& order) override;
    void handle_close() override { wlr_xdg_toplevel_send_close(&toplevel_); }
    void handle_flags(wire::StateFlags const& set, wire::StateFlags const& unset) override;
    void handle_focus(bool focused) override;
    void handle_visibility(bool visible) override;

private:
    struct Order {
        std::uint32_t client; ///< serial of the client's configure
        std::uint32_t daemon; ///< serial of X_CONFIGURE, 0 in 1.8
    };

    [[nodiscard]] Rect content() const override;
    [[nodiscard]] WindowId transient_for() const override;
    void describe() override;
    void send_hints();

    void handle_commit();
    void handle_map() { show(); }
    void handle_unmap() { hide(); }
    void handle_destroy();
    void handle_title() { send_title(toplevel_.title); }
    void handle_app_id() { send_class(toplevel_.app_id, toplevel_.app_id); }
    void handle_move() { request(wire::RequestKind::move); }
    void handle_resize(wlr_xdg_toplevel_resize_event& event)
    {
        request(wire::RequestKind::resize, event.edges);
    }
    void handle_maximize();
    void handle_fullscreen();
    void handle_minimize() { send_flags({.minimize = true}, {}); }
    void handle_menu() { request(wire::RequestKind::show_menu); }

    wlr_xdg_toplevel& toplevel_;
    std::deque<Order> orders_;
    Size min_, max_;
    bool described_ = false; ///< a daemon has heard of this window
    Listener<&Toplevel::handle_commit> commit_;
    Listener<&Toplevel::handle_map> map_;
    Listener<&Toplevel::handle_unmap> unmap_;
    Listener<&Toplevel::handle_destroy> destroy_;
    Listener<&Toplevel::handle_title> title_;
    Listener<&Toplevel::handle_app_id> app_id_;
    Listener<&Toplevel::handle_move> move_;
    Listener<&Toplevel::handle_resize> resize_;
    Listener<&Toplevel::handle_maximize> maximize_;
    Listener<&Toplevel::handle_fullscreen> fullscreen_;
    Listener<&Toplevel::handle_minimize> minimize_;
    Listener<&Toplevel::handle_menu> menu_;
};

/// An xdg_popup: with the extension placed by the daemon, in 1.8 an override-redirect window at
/// root coordinates.
class Popup final : public Window {
public:
    Popup(Agent& agent, wlr_xdg_popup& popup);
    ~Popup() override;

    [[nodiscard]] wlr_surface* surface() const override { return popup_.base->surface; }
    [[nodiscard]] Point position() const override;
    [[nodiscard]] bool override_redirect() const override { return true; }
    [[nodiscard]] bool has_grab() const override { return popup_.seat != nullptr; }
    void handle_configure(wire::from_daemon::Configure const& order) override;
    void handle_popup_configure(wire::from_daemon::PopupConfigure const& place) override;
    void handle_popup_done() override { wlr_xdg_popup_destroy(&popup_); }
    void handle_close() override { wlr_xdg_popup_destroy(&popup_); }

private:
    [[nodiscard]] Rect content() const override;
    [[nodiscard]] WindowId transient_for() const override;
    void describe() override;
    void send_popup();
    void place_locally();

    void handle_commit();
    void handle_map() { show(); }
    void handle_unmap() { hide(); }
    void handle_destroy();
    void handle_reposition();

    wlr_xdg_popup& popup_;
    std::uint32_t token_ = 0;
    std::optional<std::pair<std::uint32_t, std::uint32_t>> order_; ///< client's, daemon's serial
    Listener<&Popup::handle_commit> commit_;
    Listener<&Popup::handle_map> map_;
    Listener<&Popup::handle_unmap> unmap_;
    Listener<&Popup::handle_destroy> destroy_;
    Listener<&Popup::handle_reposition> reposition_;
};

/// An X11 window of the rootless Xwayland, managed or override-redirect.
class X11Window final : public Window {
public:
    X11Window(Agent& agent, wlr_xwayland_surface& xsurface);
    ~X11Window() override;

    [[nodiscard]] wlr_surface* surface() const override { return xsurface_.surface; }
    [[nodiscard]] Point position() const override { return {xsurface_.x, xsurface_.y}; }
    [[nodiscard]] bool override_redirect() const override;
    [[nodiscard]] wlr_xwayland_surface& xsurface() const { return xsurface_; }
    void handle_configure(wire::from_daemon::Configure const& order) override;
    void handle_configure_x(wire::from_daemon::ConfigureX const& order) override;
    void handle_popup_configure(wire::from_daemon::PopupConfigure const& place) override;
    void handle_close() override { wlr_xwayland_surface_close(&xsurface_); }
    void handle_flags(wire::StateFlags const& set, wire::StateFlags const& unset) override;
    void handle_focus(bool focused) override;
    [[nodiscard]] bool x11() const override { return true; }

private:
    [[nodiscard]] Rect content() const override;
    [[nodiscard]] WindowId transient_for() const override;
    [[nodiscard]] Window* popup_parent() const;
    void describe() override;
    void send_popup();
    void send_hints();
    void place(Rect const& place);

    void handle_associate();
    void handle_dissociate();
    void handle_commit();
    void handle_map() { show(); }
    void handle_unmap() { hide(); }
    void handle_destroy();
    void handle_request_configure(wlr_xwayland_surface_configure_event& event);
    void handle_geometry();
    void handle_title() { send_title(xsurface_.title); }
    void handle_class() { send_class(xsurface_.class_, xsurface_.instance); }
    void handle_hints() { send_hints(); }
    void handle_move() { request(wire::RequestKind::move); }
    void handle_resize(wlr_xwayland_resize_event& event)
    {
        request(wire::RequestKind::resize, event.edges);
    }
    void handle_maximize();
    void handle_fullscreen();
    void handle_minimize(wlr_xwayland_minimize_event& event);
    void handle_activate();

    wlr_xwayland_surface& xsurface_;
    std::uint32_t serial_ = 0; ///< of an X_CONFIGURE whose size was not drawn yet
    std::optional<Listener<&X11Window::handle_commit>> commit_;
    std::optional<Listener<&X11Window::handle_map>> map_;
    std::optional<Listener<&X11Window::handle_unmap>> unmap_;
    Listener<&X11Window::handle_destroy> destroy_;
    Listener<&X11Window::handle_associate> associate_;
    Listener<&X11Window::handle_dissociate> dissociate_;
    Listener<&X11Window::handle_request_configure> request_configure_;
    Listener<&X11Window::handle_geometry> geometry_;
    Listener<&X11Window::handle_title> title_;
    Listener<&X11Window::handle_class> class_;
    Listener<&X11Window::handle_hints> hints_;
    Listener<&X11Window::handle_move> move_;
    Listener<&X11Window::handle_resize> resize_;
    Listener<&X11Window::handle_maximize> maximize_;
    Listener<&X11Window::handle_fullscreen> fullscreen_;
    Listener<&X11Window::handle_minimize> minimize_;
    Listener<&X11Window::handle_activate> activate_;
};

} // namespace vitrail::agent
