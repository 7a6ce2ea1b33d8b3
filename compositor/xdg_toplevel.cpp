#include "compositor/xdg_toplevel.hpp"

#include "compositor/desktop.hpp"
#include "compositor/xdg_popup.hpp"

#include <algorithm>
#include <utility>

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

void XdgToplevel::handle_placed()
{
    if (wlr_output* const on = output())
        XdgPopup::follow(*toplevel_.base, desktop_.output_rect(on));
}

std::optional<Point> XdgToplevel::wanted_place() const
{
    return last_place_;
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

/// Before its first picture: as large as it will be shown, or as the client chooses.
void XdgToplevel::configure_first()
{
    Size size;
    if (wlr_output* const on = desktop_.output_for_new()) {
        Rect const area = content_within(desktop_.work_area_of(on));
        if (toplevel_.requested.fullscreen)
            size = {desktop_.output_rect(on).width, desktop_.output_rect(on).height};
        else if (toplevel_.requested.maximized)
            size = {area.width, area.height};
    }
    wlr_xdg_toplevel_set_fullscreen(&toplevel_, toplevel_.requested.fullscreen);
    wlr_xdg_toplevel_set_maximized(&toplevel_, toplevel_.requested.maximized);
    wlr_xdg_toplevel_set_size(&toplevel_, size.width, size.height);
}

void XdgToplevel::handle_commit()
{
    if (toplevel_.base->initial_commit) {
        if (!mapped())
            configure_first();
        // Which buttons make sense.
        wlr_xdg_toplevel_set_wm_capabilities(&toplevel_,
                                             WLR_XDG_TOPLEVEL_WM_CAPABILITIES_MAXIMIZE |
                                                 WLR_XDG_TOPLEVEL_WM_CAPABILITIES_FULLSCREEN |
                                                 WLR_XDG_TOPLEVEL_WM_CAPABILITIES_MINIMIZE);
    }
    if (!mapped())
        return;
    // What lies outside the window geometry is the client's own shadow: not drawn in our frame.
    wlr_box geometry;
    wlr_xdg_surface_get_geometry(toplevel_.base, &geometry);
    keep_origin({geometry.x, geometry.y});
    if (state_.fullscreen || state_.maximized || state_.snap != Snap::none) {
        geometry.width = std::min(geometry.width, state_.content.width);
        geometry.height = std::min(geometry.height, state_.content.height);
    }
    wlr_scene_subsurface_tree_set_clip(&surface_tree_->node, &geometry);
    content_sized({geometry.width, geometry.height});
}

/// Without a geometry of its own it is as large as its subsurfaces make it: one that comes to stick
/// out at the left or the top makes the window larger there, and moves nothing of it.
void XdgToplevel::keep_origin(Point origin)
{
    Point const before = std::exchange(origin_, origin);
    bool const own = !wlr_box_empty(&toplevel_.base->current.geometry);
    if (own || state_.fullscreen || state_.maximized || state_.snap != Snap::none ||
        origin == before)
        return;
    Rect content = state_.content;
    content.x += origin.x - before.x;
    content.y += origin.y - before.y;
    content = desktop_.on_screen(content);
    desktop_.move_view(*this, {content.x, content.y});
}

void XdgToplevel::handle_map()
{
    wlr_box geometry;
    wlr_xdg_surface_get_geometry(toplevel_.base, &geometry);
    origin_ = {geometry.x, geometry.y};
    map();
    bool const fullscreen = toplevel_.requested.fullscreen;
    if (fullscreen)
        desktop_.set_fullscreen(*this, true);
    else if (toplevel_.requested.maximized)
        desktop_.set_maximized(*this, true);
    if (fullscreen || toplevel_.requested.maximized) {
        // It never had another size: one for when the user wants it smaller.
        Rect const area = desktop_.work_area_of(output());
        state_.restore = content_within({area.x + area.width / 8, area.y + area.height / 8,
                                         area.width * 3 / 4, area.height * 3 / 4});
    }
    handle_commit();
}

void XdgToplevel::handle_unmap()
{
    // It comes back where the user left it.
    last_place_ = Point{state_.content.x, state_.content.y};
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
    if (toplevel_.requested.maximized)
        show_again();
    if (mapped())
        desktop_.set_maximized(*this, toplevel_.requested.maximized);
    else if (toplevel_.base->initialized)
        configure_first();
}

void XdgToplevel::handle_request_fullscreen()
{
    if (toplevel_.requested.fullscreen)
        show_again();
    if (mapped())
        desktop_.set_fullscreen(*this, toplevel_.requested.fullscreen);
    else if (toplevel_.base->initialized)
        configure_first();
}

/// Minimised, it asks for a state that is to be seen: it has it, but not the focus.
void XdgToplevel::show_again()
{
    if (!mapped() || !state_.minimized)
        return;
    State state = state_;
    state.minimized = false;
    set_state(state);
    set_attention(true);
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
    XdgPopup::create(desktop_, popup, popups_, on ? desktop_.output_rect(on) : Rect{});
}

} // namespace vitrail::compositor
