#include "agents/gui/agent.hpp"
#include "agents/gui/window.hpp"

#include <algorithm>

namespace vitrail::agent {

namespace from_agent = wire::from_agent;

namespace {

// Numbers of xdg_positioner.
constexpr std::uint32_t anchor_top_left = 5, gravity_bottom_right = 8, slide_both = 3;

Size checked(int width, int height)
{
    return {std::clamp(width, 0, static_cast<int>(wire::max_window_width)),
            std::clamp(height, 0, static_cast<int>(wire::max_window_height))};
}

} // namespace

X11Window::X11Window(Agent& agent, wlr_xwayland_surface& xsurface)
    : Window(agent),
      xsurface_(xsurface),
      destroy_(*this, xsurface.events.destroy),
      associate_(*this, xsurface.events.associate),
      dissociate_(*this, xsurface.events.dissociate),
      request_configure_(*this, xsurface.events.request_configure),
      geometry_(*this, xsurface.events.set_geometry),
      title_(*this, xsurface.events.set_title),
      class_(*this, xsurface.events.set_class),
      hints_(*this, xsurface.events.set_hints),
      move_(*this, xsurface.events.request_move),
      resize_(*this, xsurface.events.request_resize),
      maximize_(*this, xsurface.events.request_maximize),
      fullscreen_(*this, xsurface.events.request_fullscreen),
      minimize_(*this, xsurface.events.request_minimize),
      activate_(*this, xsurface.events.request_activate)
{
}

X11Window::~X11Window()
{
    hide();
}

void X11Window::handle_destroy()
{
    agent_.forget(*this);
}

void X11Window::handle_associate()
{
    commit_.emplace(*this, xsurface_.surface->events.commit);
    map_.emplace(*this, xsurface_.surface->events.map);
    unmap_.emplace(*this, xsurface_.surface->events.unmap);
    // Xwayland tells which surface is which on two connections. Where the X11 one comes last, the
    // first buffer is there already, and wlroots would map the window only at a second one, which
    // a window at rest does not draw.
    if (xsurface_.surface->mapped)
        handle_map();
    else if (wlr_surface_has_buffer(xsurface_.surface))
        wlr_surface_map(xsurface_.surface);
}

void X11Window::handle_dissociate()
{
    hide();
    commit_.reset();
    map_.reset();
    unmap_.reset();
}

Rect X11Window::content() const
{
    return {0, 0, surface()->current.width, surface()->current.height};
}

bool X11Window::override_redirect() const
{
    // With the extension a popup has a parent; one without is an ordinary window.
    return xsurface_.override_redirect && (!agent_.link().extended() || popup_parent());
}

WindowId X11Window::transient_for() const
{
    Window* const parent = xsurface_.override_redirect ? popup_parent()
                           : xsurface_.parent && xsurface_.parent->surface
                               ? agent_.find_window(*xsurface_.parent->surface)
                               : nullptr;
    return parent && parent != this ? parent->id() : WindowId{};
}

Window* X11Window::popup_parent() const
{
    if (xsurface_.parent && xsurface_.parent->surface)
        if (Window* const named = agent_.find_window(*xsurface_.parent->surface);
            named && named != this)
            return named;
    Window* const last = agent_.last_x11_window();
    return last != this ? last : nullptr;
}

void X11Window::describe()
{
    handle_class();
    send_hints();
    handle_title();
    send_flags({.fullscreen = xsurface_.fullscreen}, {});
    if (override_redirect() && agent_.link().extended())
        send_popup();
    else if (!xsurface_.override_redirect)
        agent_.set_last_x11_window(*this);
}

void X11Window::send_popup()
{
    Window* const parent = popup_parent();
    Rect const mine = geometry();
    Point const origin = parent->position();
    auto const near = [](int value) { return std::clamp(value, -16384, 16384); };
    from_agent::Popup message{.window = id(), .parent = parent->id()};
    message.anchor_rect = {near(mine.x - origin.x), near(mine.y - origin.y), 1, 1};
    message.anchor = anchor_top_left;
    message.gravity = gravity_bottom_right;
    message.constraint_adjustment = slide_both;
    message.size = {mine.width, mine.height};
    message.token = 1;
    agent_.link().send(message);
}

void X11Window::send_hints()
{
    if (!shown() || !xsurface_.size_hints)
        return;
    xcb_size_hints_t const& given = *xsurface_.size_hints;
    from_agent::Hints hints{.window = id()};
    if (given.flags & XCB_ICCCM_SIZE_HINT_P_MIN_SIZE)
        hints.min = checked(given.min_width, given.min_height);
    if ((given.flags & XCB_ICCCM_SIZE_HINT_P_MAX_SIZE) && given.max_width > 0 &&
        given.max_height > 0)
        hints.max = checked(given.max_width, given.max_height);
    if (given.flags & XCB_ICCCM_SIZE_HINT_P_RESIZE_INC)
        hints.increment =
            Size{std::clamp(given.width_inc, 0, 1000), std::clamp(given.height_inc, 0, 1000)};
    if (given.flags & XCB_ICCCM_SIZE_HINT_BASE_SIZE)
        hints.base = checked(given.base_width, given.base_height);
    hints.us_position = (given.flags & XCB_ICCCM_SIZE_HINT_US_POSITION) != 0;
    hints.p_position = (given.flags & XCB_ICCCM_SIZE_HINT_P_POSITION) != 0;
    agent_.link().send(hints);
}

void X11Window::place(Rect const& place)
{
    wlr_xwayland_surface_configure(
        &xsurface_, static_cast<std::int16_t>(place.x), static_cast<std::int16_t>(place.y),
        static_cast<std::uint16_t>(place.width), static_cast<std::uint16_t>(place.height));
}

void X11Window::handle_commit()
{
    if (!shown())
        return;
    Size const drawn{surface()->current.width, surface()->current.height};
    if (serial_ != 0 && drawn == Size{xsurface_.width, xsurface_.height}) {
        picture().set_serial(serial_);
        serial_ = 0;
    }
    update_content();
    send_geometry();
}

void X11Window::handle_request_configure(wlr_xwayland_surface_configure_event& event)
{
    place({event.x, event.y, std::max<int>(event.width, 1), std::max<int>(event.height, 1)});
}

void X11Window::handle_geometry()
{
    if (!shown())
        return;
    if (agent_.link().extended() && override_redirect())
        send_popup();
    else
        send_geometry();
}

void X11Window::handle_configure(wire::from_daemon::Configure const& order)
{
    told_ = order.geometry;
    agent_.link().send(from_agent::Configure{id(), order.geometry});
    place(order.geometry);
}

void X11Window::handle_configure_x(wire::from_daemon::ConfigureX const& order)
{
    wlr_xwayland_surface_set_maximized(&xsurface_, (order.states & wire::state_maximized) != 0);
    wlr_xwayland_surface_set_fullscreen(&xsurface_, (order.states & wire::state_fullscreen) != 0);
    Size const size = order.size.width > 0 && order.size.height > 0
                          ? order.size
                          : Size{xsurface_.width, xsurface_.height};
    if (size != Size{xsurface_.width, xsurface_.height})
        place({xsurface_.x, xsurface_.y, size.width, size.height});
    if (size == Size{surface()->current.width, surface()->current.height})
        picture().set_serial(order.serial);
    else
        serial_ = order.serial;
}

void X11Window::handle_popup_configure(wire::from_daemon::PopupConfigure const& place)
{
    // X11 applications keep their own idea of the place: positions between them stay consistent.
    picture().set_serial(place.serial);
}

void X11Window::handle_flags(wire::StateFlags const& set, wire::StateFlags const& unset)
{
    if (set.fullscreen || unset.fullscreen)
        wlr_xwayland_surface_set_fullscreen(&xsurface_, set.fullscreen);
    if (set.minimize || unset.minimize)
        wlr_xwayland_surface_set_minimized(&xsurface_, set.minimize);
}

void X11Window::handle_focus(bool focused)
{
    if (focused) {
        if (!xsurface_.override_redirect)
            agent_.set_last_x11_window(*this);
        wlr_xwayland_surface_restack(&xsurface_, nullptr, XCB_STACK_MODE_ABOVE);
    }
    wlr_xwayland_surface_activate(&xsurface_, focused);
}

void X11Window::handle_maximize()
{
    request(xsurface_.maximized_horz && xsurface_.maximized_vert ? wire::RequestKind::maximize
                                                                 : wire::RequestKind::unmaximize);
}

void X11Window::handle_fullscreen()
{
    send_flags({.fullscreen = xsurface_.fullscreen}, {.fullscreen = !xsurface_.fullscreen});
}

void X11Window::handle_minimize(wlr_xwayland_minimize_event& event)
{
    if (event.minimize)
        send_flags({.minimize = true}, {});
}

void X11Window::handle_activate()
{
    if (!agent_.seat().has_focus(*this))
        send_flags({.demands_attention = true}, {});
}

} // namespace vitrail::agent
