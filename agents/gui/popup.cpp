#include "agents/gui/agent.hpp"
#include "agents/gui/window.hpp"

namespace vitrail::agent {

namespace from_agent = wire::from_agent;

Popup::Popup(Agent& agent, wlr_xdg_popup& popup)
    : Window(agent),
      popup_(popup),
      commit_(*this, popup.base->surface->events.commit),
      map_(*this, popup.base->surface->events.map),
      unmap_(*this, popup.base->surface->events.unmap),
      destroy_(*this, popup.events.destroy),
      reposition_(*this, popup.events.reposition)
{
}

Popup::~Popup()
{
    hide();
}

void Popup::handle_destroy()
{
    agent_.forget(*this);
}

Rect Popup::content() const
{
    wlr_box const& box = popup_.base->current.geometry;
    if (box.width > 0 && box.height > 0)
        return {box.x, box.y, box.width, box.height};
    return {0, 0, surface()->current.width, surface()->current.height};
}

Point Popup::position() const
{
    Window* const parent = popup_.parent ? agent_.find_window(*popup_.parent) : nullptr;
    Point const origin = parent ? parent->position() : Point{};
    return {origin.x + popup_.current.geometry.x, origin.y + popup_.current.geometry.y};
}

WindowId Popup::transient_for() const
{
    Window* const parent = popup_.parent ? agent_.find_window(*popup_.parent) : nullptr;
    return parent ? parent->id() : WindowId{};
}

void Popup::describe()
{
    if (agent_.link().extended())
        send_popup();
    else
        send_flags({}, {});
}

void Popup::send_popup()
{
    auto const& rules = popup_.scheduled.rules;
    from_agent::Popup message{.window = id(), .parent = transient_for()};
    message.anchor_rect = {rules.anchor_rect.x, rules.anchor_rect.y, rules.anchor_rect.width,
                           rules.anchor_rect.height};
    message.anchor = rules.anchor;
    message.gravity = rules.gravity;
    message.constraint_adjustment = rules.constraint_adjustment;
    message.offset = {rules.offset.x, rules.offset.y};
    message.size = {rules.size.width, rules.size.height};
    message.token = ++token_;
    message.grab = popup_.seat != nullptr;
    agent_.link().send(message);
}

void Popup::place_locally()
{
    if (agent_.link().extended()) {
        wlr_xdg_surface_schedule_configure(popup_.base); // the daemon knows the constraints
        return;
    }
    // The box is relative to the content of the toplevel at the root of the chain.
    Point origin{};
    for (wlr_surface* above = popup_.parent; above;) {
        Window* const window = agent_.find_window(*above);
        wlr_xdg_popup* const popup = wlr_xdg_popup_try_from_wlr_surface(above);
        if (window && !popup)
            origin = window->position();
        above = popup ? popup->parent : nullptr;
    }
    Size const screen = agent_.work_area();
    wlr_box const box{-origin.x, -origin.y, screen.width, screen.height};
    wlr_xdg_popup_unconstrain_from_box(&popup_, &box);
}

void Popup::handle_commit()
{
    if (popup_.base->initial_commit) {
        place_locally();
        return;
    }
    if (!shown())
        return;
    std::uint32_t const applied = popup_.base->current.configure_serial;
    if (order_ && static_cast<std::int32_t>(applied - order_->first) >= 0) {
        picture().set_serial(order_->second);
        order_.reset();
    }
    update_content();
    send_geometry();
}

void Popup::handle_reposition()
{
    if (shown() && agent_.link().extended())
        send_popup();
    else
        place_locally();
}

void Popup::handle_configure(wire::from_daemon::Configure const& order)
{
    told_ = order.geometry;
    agent_.link().send(from_agent::Configure{id(), order.geometry});
}

void Popup::handle_popup_configure(wire::from_daemon::PopupConfigure const& place)
{
    if (place.token != token_)
        return; // of a place asked for earlier
    wlr_box const now = popup_.scheduled.geometry;
    wlr_box box{place.geometry.x, place.geometry.y, place.geometry.width, place.geometry.height};
    if (box.width == 0 || box.height == 0) {
        box.width = now.width;
        box.height = now.height;
    }
    if (wlr_box_equal(&box, &now)) {
        picture().set_serial(place.serial);
        return;
    }
    popup_.scheduled.geometry = box;
    order_ = {wlr_xdg_surface_schedule_configure(popup_.base), place.serial};
}

} // namespace vitrail::agent
