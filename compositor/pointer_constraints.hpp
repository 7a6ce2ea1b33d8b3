#pragma once

#include "compositor/listener.hpp"
#include "compositor/wlr.hpp"

#include <optional>

namespace vitrail::compositor {

/// The hold that a program of the session has on the pointer (pointer-constraints-v1): locked where
/// it is, or confined to a region of a surface. In force from when that surface has the pointer,
/// inside of the region, and may have it for itself; until it has it no more. Tier qube does not
/// see this global: what a qube may do is Desktop::set_pointer_hold().
class PointerConstraints {
public:
    struct Owner {
        [[nodiscard]] virtual bool may_constrain(wlr_surface& surface) const = 0;
        /// A program that held the pointer says where it left it; layout units.
        virtual void handle_pointer_left(double dx, double dy) = 0;

    protected:
        ~Owner() = default;
    };
    PointerConstraints(wl_display* display, wlr_seat* seat, Owner& owner);

    /// The pointer moved, or what may_constrain() answers changed.
    void update();
    /// What is left of a movement of the mouse for the pointer.
    void limit(double& dx, double& dy) const;

private:
    void handle_new_constraint(wlr_pointer_constraint_v1&) { update(); }
    void handle_region() { update(); }
    void handle_destroy();
    [[nodiscard]] wlr_pointer_constraint_v1* wanted() const;
    [[nodiscard]] bool inside(wlr_pointer_constraint_v1 const& constraint) const;
    void activate(wlr_pointer_constraint_v1& constraint);
    void release(bool tell);

    wlr_seat* seat_;
    Owner& owner_;
    wlr_pointer_constraints_v1* handle_;
    wlr_pointer_constraint_v1* active_ = nullptr;
    std::optional<Listener<&PointerConstraints::handle_region>> region_;
    std::optional<Listener<&PointerConstraints::handle_destroy>> destroy_;
    Listener<&PointerConstraints::handle_new_constraint> new_constraint_;
};

} // namespace vitrail::compositor
