#include "agents/gui/agent.hpp"
#include "agents/gui/window.hpp"

#include <algorithm>

namespace vitrail::agent {

namespace from_agent = wire::from_agent;

Toplevel::Toplevel(Agent& agent, wlr_xdg_toplevel& toplevel)
    : Window(agent),
      toplevel_(toplevel),
      commit_(*this, toplevel.base->surface->events.commit),
      map_(*this, toplevel.base->surface->events.map),
      unmap_(*this, toplevel.base->surface->events.unmap),
      destroy_(*this, toplevel.events.destroy),
      title_(*this, toplevel.events.set_title),
      app_id_(*this, toplevel.events.set_app_id),
      move_(*this, toplevel.events.request_move),
      resize_(*this, toplevel.events.request_resize),
      maximize_(*this, toplevel.events.request_maximize),
      fullscreen_(*this, toplevel.events.request_fullscreen),
      minimize_(*this, toplevel.events.request_minimize),
      menu_(*this, toplevel.events.request_show_window_menu)
{
}

Toplevel::~Toplevel()
{
    hide();
}

void Toplevel::handle_destroy()
{
    agent_.forget(*this);
}

Rect Toplevel::content() const
{
    wlr_box const& box = toplevel_.base->current.geometry;
    if (box.width > 0 && box.height > 0)
        return {box.x, box.y, box.width, box.height};
    return {0, 0, surface()->current.width, surface()->current.height};
}

WindowId Toplevel::transient_for() const
{
    Window* const parent =
        toplevel_.parent ? agent_.find_window(*toplevel_.parent->base->surface) : nullptr;
    return parent ? parent->id() : WindowId{};
}

void Toplevel::describe()
{
    handle_app_id();
    handle_title();
    min_ = max_ = {-1, -1};
    send_hints();
    // The first daemon hears what the client asked for, a later one what it has.
    bool const fullscreen =
        described_ ? toplevel_.current.fullscreen : toplevel_.requested.fullscreen;
    bool const maximized = described_ ? toplevel_.current.maximized : toplevel_.requested.maximized;
    described_ = true;
    send_flags({.fullscreen = fullscreen}, {});
    if (maximized)
        request(wire::RequestKind::maximize);
}

void Toplevel::send_hints()
{
    auto const& current = toplevel_.current;
    Size const min{current.min_width, current.min_height};
    Size const max{current.max_width, current.max_height};
    if (!shown() || (min == min_ && max == max_))
        return;
    min_ = min;
    max_ = max;
    from_agent::Hints hints{.window = id()};
    // 0 is "no limit" for the client, but impossible in the message.
    auto const limit = [](std::int32_t value, std::uint32_t most) {
        auto const top = static_cast<std::int32_t>(most);
        return value > 0 ? std::min(value, top) : top;
    };
    constexpr auto widest = wire::max_window_width, highest = wire::max_window_height;
    if (min.width > 0 || min.height > 0)
        hints.min = Size{min.width > 0 ? limit(min.width, widest) : 0,
                         min.height > 0 ? limit(min.height, highest) : 0};
    if (max.width > 0 || max.height > 0)
        hints.max = Size{limit(max.width, widest), limit(max.height, highest)};
    agent_.link().send(hints);
}

void Toplevel::handle_commit()
{
    if (toplevel_.base->initial_commit) {
        constexpr std::uint32_t can = WLR_XDG_TOPLEVEL_WM_CAPABILITIES_WINDOW_MENU |
                                      WLR_XDG_TOPLEVEL_WM_CAPABILITIES_MAXIMIZE |
                                      WLR_XDG_TOPLEVEL_WM_CAPABILITIES_FULLSCREEN |
                                      WLR_XDG_TOPLEVEL_WM_CAPABILITIES_MINIMIZE;
        wlr_xdg_toplevel_set_wm_capabilities(&toplevel_, can);
        wlr_xdg_toplevel_set_bounds(&toplevel_, agent_.work_area().width,
                                    agent_.work_area().height);
        // The frame lies around its window on all sides: an application that decorates itself is to
        // draw no shadow and no round corners, which would leave holes within the frame.
        wlr_xdg_toplevel_set_tiled(&toplevel_,
                                   WLR_EDGE_TOP | WLR_EDGE_BOTTOM | WLR_EDGE_LEFT | WLR_EDGE_RIGHT);
        wlr_xdg_toplevel_set_size(&toplevel_, 0, 0); // the client chooses
        return;
    }
    if (!shown())
        return;
    std::uint32_t const applied = toplevel_.base->current.configure_serial;
    while (!orders_.empty() && static_cast<std::int32_t>(applied - orders_.front().client) >= 0) {
        if (orders_.front().daemon != 0)
            picture().set_serial(orders_.front().daemon);
        orders_.pop_front();
    }
    update_content();
    send_hints();
    if (orders_.empty())
        send_geometry();
    else
        picture().send_frame_done(); // it may wait for that before it draws the new size
}

void Toplevel::handle_configure(wire::from_daemon::Configure const& order)
{
    position_ = {order.geometry.x, order.geometry.y};
    told_ = order.geometry;
    agent_.link().send(from_agent::Configure{id(), order.geometry}); // §5.3: always echo
    Size const size{order.geometry.width, order.geometry.height};
    std::uint32_t const serial = wlr_xdg_toplevel_set_size(&toplevel_, size.width, size.height);
    orders_.push_back({serial, 0});
}

void Toplevel::handle_configure_x(wire::from_daemon::ConfigureX const& order)
{
    wlr_xdg_toplevel_set_size(&toplevel_, order.size.width, order.size.height);
    wlr_xdg_toplevel_set_maximized(&toplevel_, (order.states & wire::state_maximized) != 0);
    wlr_xdg_toplevel_set_fullscreen(&toplevel_, (order.states & wire::state_fullscreen) != 0);
    wlr_xdg_toplevel_set_activated(&toplevel_, (order.states & wire::state_activated) != 0);
    std::uint32_t const serial =
        wlr_xdg_toplevel_set_resizing(&toplevel_, (order.states & wire::state_resizing) != 0);
    if (order.bounds.width > 0 && order.bounds.height > 0)
        wlr_xdg_toplevel_set_bounds(&toplevel_, order.bounds.width, order.bounds.height);
    orders_.push_back({serial, order.serial});
    picture().send_frame_done();
}

void Toplevel::handle_flags(wire::StateFlags const& set, wire::StateFlags const& unset)
{
    if (set.fullscreen || unset.fullscreen)
        wlr_xdg_toplevel_set_fullscreen(&toplevel_, set.fullscreen);
    if (set.minimize || unset.minimize)
        wlr_xdg_toplevel_set_suspended(&toplevel_, set.minimize);
}

void Toplevel::handle_visibility(bool visible)
{
    wlr_xdg_toplevel_set_suspended(&toplevel_, !visible);
    Window::handle_visibility(visible);
}

void Toplevel::handle_focus(bool focused)
{
    if (!agent_.link().extended())
        wlr_xdg_toplevel_set_activated(&toplevel_, focused);
}

void Toplevel::handle_maximize()
{
    if (!toplevel_.base->initialized)
        return;
    request(toplevel_.requested.maximized ? wire::RequestKind::maximize
                                          : wire::RequestKind::unmaximize);
    wlr_xdg_surface_schedule_configure(toplevel_.base); // an answer is due in any case
}

void Toplevel::handle_fullscreen()
{
    if (!toplevel_.base->initialized)
        return;
    bool const wanted = toplevel_.requested.fullscreen;
    send_flags({.fullscreen = wanted}, {.fullscreen = !wanted});
    wlr_xdg_surface_schedule_configure(toplevel_.base);
}

} // namespace vitrail::agent
