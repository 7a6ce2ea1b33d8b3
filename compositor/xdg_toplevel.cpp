#include "compositor/xdg_toplevel.hpp"

#include "compositor/desktop.hpp"
#include "compositor/xdg_popup.hpp"

#include <algorithm>

namespace vitrail::compositor {

XdgToplevel::XdgToplevel(Desktop& desktop, wlr_xdg_toplevel& toplevel)
    : FramedView(desktop),
      toplevel_(toplevel),
      surface_tree_(wlr_scene_xdg_surface_create(content_, toplevel.base)),
      popups_(wlr_scene_tree_create(tree_)),
      commit_(*this, toplevel.base->surface->events.commit),
      map_(*this, toplevel.base->surface->events.map),
      unmap_(*this, toplevel.base->surface->events.unmap),
      destroy_(*this, toplevel.events.destroy),
      set_title_(*this, toplevel.events.set_title),
      set_app_id_(*this, toplevel.events.set_app_id),
      maximize_(*this, toplevel.events.request_maximize),
      fullscreen_(*this, toplevel.events.request_fullscreen),
      minimize_(*this, toplevel.events.request_minimize),
      move_(*this, toplevel.events.request_move),
      resize_(*this, toplevel.events.request_resize),
      new_popup_(*this, toplevel.base->events.new_popup)
{
}

Badge XdgToplevel::badge() const
{
    return desktop_.machine();
}

std::string XdgToplevel::title() const
{
    return toplevel_.title ? desktop_.shown_text(toplevel_.title) : "";
}

std::string XdgToplevel::app_id() const
{
    return toplevel_.app_id ? desktop_.shown_text(toplevel_.app_id) : "";
}

Size XdgToplevel::wanted_size() const
{
    wlr_box box;
    wlr_xdg_surface_get_geometry(toplevel_.base, &box);
    return {box.width, box.height};
}

bool XdgToplevel::fixed_size() const
{
    auto const& limits = toplevel_.current;
    return limits.max_width > 0 && limits.max_width == limits.min_width && limits.max_height > 0 &&
           limits.max_height == limits.min_height;
}

void XdgToplevel::configure(Size content)
{
    if (!toplevel_.base->initialized)
        return;
    wlr_xdg_toplevel_set_maximized(&toplevel_, state_.maximized);
    wlr_xdg_toplevel_set_fullscreen(&toplevel_, state_.fullscreen);
    wlr_xdg_toplevel_set_tiled(&toplevel_, state_.snap == Snap::none
                                               ? WLR_EDGE_NONE
                                               : WLR_EDGE_LEFT | WLR_EDGE_RIGHT | WLR_EDGE_TOP |
                                                     WLR_EDGE_BOTTOM);
    wlr_xdg_toplevel_set_size(&toplevel_, content.width, content.height);
}

void XdgToplevel::activate(bool focused)
{
    if (toplevel_.base->initialized)
        wlr_xdg_toplevel_set_activated(&toplevel_, focused);
}

void XdgToplevel::close()
{
    wlr_xdg_toplevel_send_close(&toplevel_);
}

void XdgToplevel::handle_commit()
{
    if (toplevel_.base->initial_commit && !mapped()) {
        // The client chooses its size; the capabilities say which buttons make sense.
        wlr_xdg_toplevel_set_size(&toplevel_, 0, 0);
        wlr_xdg_toplevel_set_wm_capabilities(&toplevel_,
                                             WLR_XDG_TOPLEVEL_WM_CAPABILITIES_MAXIMIZE |
                                                 WLR_XDG_TOPLEVEL_WM_CAPABILITIES_FULLSCREEN |
                                                 WLR_XDG_TOPLEVEL_WM_CAPABILITIES_MINIMIZE);
        return;
    }
    if (!mapped())
        return;
    // What lies outside the window geometry is the client's own shadow: not drawn in our frame.
    wlr_box geometry;
    wlr_xdg_surface_get_geometry(toplevel_.base, &geometry);
    if (state_.fullscreen || state_.maximized || state_.snap != Snap::none) {
        geometry.width = std::min(geometry.width, state_.content.width);
        geometry.height = std::min(geometry.height, state_.content.height);
    }
    wlr_scene_subsurface_tree_set_clip(&surface_tree_->node, &geometry);
    content_sized({geometry.width, geometry.height});
}

void XdgToplevel::handle_map()
{
    map();
    if (toplevel_.requested.fullscreen)
        desktop_.set_fullscreen(*this, true);
    else if (toplevel_.requested.maximized)
        desktop_.set_maximized(*this, true);
    handle_commit();
}

void XdgToplevel::handle_unmap()
{
    unmap();
}

void XdgToplevel::handle_destroy()
{
    delete this;
}

void XdgToplevel::handle_title()
{
    announce();
}

void XdgToplevel::handle_request_maximize()
{
    if (mapped())
        desktop_.set_maximized(*this, toplevel_.requested.maximized);
    else if (toplevel_.base->initialized)
        wlr_xdg_surface_schedule_configure(toplevel_.base);
}

void XdgToplevel::handle_request_fullscreen()
{
    if (mapped())
        desktop_.set_fullscreen(*this, toplevel_.requested.fullscreen);
    else if (toplevel_.base->initialized)
        wlr_xdg_surface_schedule_configure(toplevel_.base);
}

void XdgToplevel::handle_request_minimize()
{
    if (mapped())
        desktop_.set_minimized(*this, toplevel_.requested.minimized);
}

void XdgToplevel::handle_request_move(wlr_xdg_toplevel_move_event& event)
{
    if (wlr_seat_validate_pointer_grab_serial(desktop_.seat(), surface(), event.serial))
        desktop_.begin_move(*this);
}

void XdgToplevel::handle_request_resize(wlr_xdg_toplevel_resize_event& event)
{
    if (wlr_seat_validate_pointer_grab_serial(desktop_.seat(), surface(), event.serial))
        desktop_.begin_resize(*this, event.edges);
}

void XdgToplevel::handle_new_popup(wlr_xdg_popup& popup)
{
    wlr_output* const on = output();
    XdgPopup::create(popup, popups_, on ? desktop_.output_rect(on) : Rect{});
}

} // namespace vitrail::compositor
