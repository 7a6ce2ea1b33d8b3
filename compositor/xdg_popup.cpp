#include "compositor/xdg_popup.hpp"

namespace vitrail::compositor {

void XdgPopup::create(Owner& owner, wlr_xdg_popup& popup, wlr_scene_tree* parent,
                      Rect const& bounds)
{
    new XdgPopup(owner, popup, parent, bounds); // deleted by handle_destroy
}

void XdgPopup::follow(wlr_xdg_surface& parent, Rect const& bounds)
{
    wlr_xdg_popup* popup;
    wl_list_for_each(popup, &parent.popups, link)
    {
        auto* const self = static_cast<XdgPopup*>(popup->base->data);
        if (!self || !popup->base->initialized || !popup->current.reactive)
            continue;
        self->bounds_ = bounds;
        self->unconstrain();
    }
}

XdgPopup::XdgPopup(Owner& owner, wlr_xdg_popup& popup, wlr_scene_tree* parent, Rect const& bounds)
    : owner_(owner),
      popup_(popup),
      parent_(parent),
      tree_(wlr_scene_xdg_surface_create(parent, popup.base)),
      bounds_(bounds),
      commit_(*this, popup.base->surface->events.commit),
      map_(*this, popup.base->surface->events.map),
      unmap_(*this, popup.base->surface->events.unmap),
      new_popup_(*this, popup.base->events.new_popup),
      reposition_(*this, popup.events.reposition),
      destroy_(*this, popup.events.destroy)
{
    popup.base->data = this;
}

void XdgPopup::handle_commit()
{
    if (popup_.base->initial_commit)
        unconstrain();
}

void XdgPopup::unconstrain()
{
    // wlroots counts from the root surface of the chain, not from the direct parent.
    int x = 0;
    int y = 0;
    wlr_scene_node_coords(&parent_->node, &x, &y);
    wlr_xdg_surface* surface = wlr_xdg_surface_try_from_wlr_surface(popup_.parent);
    while (surface && surface->role == WLR_XDG_SURFACE_ROLE_POPUP && surface->popup) {
        x -= surface->popup->current.geometry.x;
        y -= surface->popup->current.geometry.y;
        if (!surface->popup->parent)
            break;
        surface = wlr_xdg_surface_try_from_wlr_surface(surface->popup->parent);
    }
    wlr_box const box{bounds_.x - x, bounds_.y - y, bounds_.width, bounds_.height};
    wlr_xdg_popup_unconstrain_from_box(&popup_, &box);
}

void XdgPopup::handle_reposition()
{
    unconstrain();
}

void XdgPopup::handle_new_popup(wlr_xdg_popup& popup)
{
    create(owner_, popup, tree_, bounds_);
}

void XdgPopup::handle_destroy()
{
    popup_.base->data = nullptr;
    delete this;
}

} // namespace vitrail::compositor
