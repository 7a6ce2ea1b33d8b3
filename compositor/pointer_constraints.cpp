#include "compositor/pointer_constraints.hpp"

#include <cmath>

namespace vitrail::compositor {

PointerConstraints::PointerConstraints(wl_display* display, wlr_seat* seat, Owner& owner)
    : seat_(seat),
      owner_(owner),
      handle_(wlr_pointer_constraints_v1_create(display)),
      new_constraint_(*this, handle_->events.new_constraint)
{
}

bool PointerConstraints::inside(wlr_pointer_constraint_v1 const& constraint) const
{
    auto const in = [this](pixman_region32_t const& region) {
        return pixman_region32_contains_point(
                   &region, static_cast<int>(std::floor(seat_->pointer_state.sx)),
                   static_cast<int>(std::floor(seat_->pointer_state.sy)), nullptr) != 0;
    };
    // wlroots takes the region that a constraint was made with for the surface's next state.
    pixman_region32_t const& next = constraint.pending.region;
    bool const waits = (constraint.pending.committed & WLR_POINTER_CONSTRAINT_V1_STATE_REGION) &&
                       pixman_region32_not_empty(&next);
    return in(constraint.region) && (!waits || in(next));
}

wlr_pointer_constraint_v1* PointerConstraints::wanted() const
{
    wlr_surface* const surface = seat_->pointer_state.focused_surface;
    if (!surface || !owner_.may_constrain(*surface))
        return nullptr;
    wlr_pointer_constraint_v1* const found =
        wlr_pointer_constraints_v1_constraint_for_surface(handle_, surface, seat_);
    // A lock in force asks for no region any more: the pointer does not move.
    bool const holds = found && found == active_ && found->type == WLR_POINTER_CONSTRAINT_V1_LOCKED;
    return found && (holds || inside(*found)) ? found : nullptr;
}

void PointerConstraints::update()
{
    wlr_pointer_constraint_v1* const next = wanted();
    if (next == active_)
        return;
    release(true);
    if (next)
        activate(*next);
}

void PointerConstraints::activate(wlr_pointer_constraint_v1& constraint)
{
    active_ = &constraint;
    region_.emplace(*this, constraint.events.set_region);
    destroy_.emplace(*this, constraint.events.destroy);
    wlr_pointer_constraint_v1_send_activated(&constraint);
}

void PointerConstraints::release(bool tell)
{
    if (!active_)
        return;
    wlr_pointer_constraint_v1& constraint = *active_;
    active_ = nullptr;
    region_.reset();
    destroy_.reset();
    bool const left = constraint.type == WLR_POINTER_CONSTRAINT_V1_LOCKED &&
                      constraint.current.cursor_hint.enabled &&
                      seat_->pointer_state.focused_surface == constraint.surface;
    double const dx = constraint.current.cursor_hint.x - seat_->pointer_state.sx;
    double const dy = constraint.current.cursor_hint.y - seat_->pointer_state.sy;
    if (tell)
        wlr_pointer_constraint_v1_send_deactivated(&constraint); // ends it, if it is for once
    if (left)
        owner_.handle_pointer_left(dx, dy);
}

void PointerConstraints::handle_destroy()
{
    release(false);
}

void PointerConstraints::limit(double& dx, double& dy) const
{
    if (!active_)
        return;
    double x = seat_->pointer_state.sx;
    double y = seat_->pointer_state.sy;
    // Not inside any more (its region has changed): the pointer is free until it is.
    if (active_->type == WLR_POINTER_CONSTRAINT_V1_CONFINED &&
        !wlr_region_confine(&active_->region, seat_->pointer_state.sx, seat_->pointer_state.sy,
                            seat_->pointer_state.sx + dx, seat_->pointer_state.sy + dy, &x, &y))
        return;
    dx = x - seat_->pointer_state.sx;
    dy = y - seat_->pointer_state.sy;
}

} // namespace vitrail::compositor
