#include "compositor/qube_windows.hpp"

#include "compositor/shared_buffer.hpp"

#include <algorithm>

namespace vitrail::compositor {

namespace {

constexpr std::int32_t rim = 2; ///< frame of a menu, layout units

/// What shows where a qube draws nothing, or draws translucently: never what lies behind it.
constexpr float ground_color[4] = {0.16F, 0.16F, 0.17F, 1};

wlr_surface_role const role{.name = "vitrail_window_v1"};

/// The node of the surface itself. wlr_scene_node_for_each_buffer() passes over it as long as it is
/// disabled, which it is until the surface has a buffer.
wlr_scene_buffer* buffer_of(wlr_scene_tree& tree, wlr_surface& surface)
{
    wlr_scene_node* node = nullptr;
    wl_list_for_each(node, &tree.children, link)
    {
        if (node->type == WLR_SCENE_NODE_TREE) {
            if (auto* const found = buffer_of(*wlr_scene_tree_from_node(node), surface))
                return found;
        } else if (node->type == WLR_SCENE_NODE_BUFFER) {
            wlr_scene_buffer* const buffer = wlr_scene_buffer_from_node(node);
            wlr_scene_surface const* const shown = wlr_scene_surface_try_from_buffer(buffer);
            if (shown && shown->surface == &surface)
                return buffer;
        }
    }
    return nullptr;
}

} // namespace

QubeManager::QubeManager(wl_resource* resource, Desktop& desktop, OriginSource& origins)
    : Resource(resource), desktop_(desktop), origins_(origins)
{
    send_layout();
    // Before any object of the client goes: in which order they go is the client's to choose.
    going_.self = this;
    going_.base.notify = [](wl_listener* listener, void*) noexcept {
        Going* going;
        going = wl_container_of(listener, going, base);
        going->self->handle_client_going();
    };
    wl_client_add_destroy_listener(wl_resource_get_client(resource), &going_.base);
    origins_.add_manager(*this);
}

void QubeManager::handle_client_going()
{
    wl_list_remove(&going_.base.link);
    wl_list_init(&going_.base.link);
    for (QubeWindow* const window : windows_)
        window->manager_gone();
    windows_.clear();
}

QubeManager::~QubeManager()
{
    wl_list_remove(&going_.base.link);
    origins_.remove_manager(*this);
    for (QubeWindow* const window : windows_)
        window->manager_gone(); // it hides: without a manager there is no label
}

OriginSource::Identity QubeManager::identity() const
{
    return origins_.identity(wl_resource_get_client(resource_));
}

void QubeManager::send_layout()
{
    Rect const bounds = desktop_.layout_bounds();
    vitrail_window_manager_v1_send_layout(resource_, static_cast<std::uint32_t>(bounds.width),
                                          static_cast<std::uint32_t>(bounds.height));
    Rect const area = desktop_.first_work_area();
    vitrail_window_manager_v1_send_work_area(resource_, area.x - bounds.x, area.y - bounds.y,
                                             static_cast<std::uint32_t>(area.width),
                                             static_cast<std::uint32_t>(area.height));
    if (Origin const* const origin = identity().origin)
        vitrail_window_manager_v1_send_permissions(resource_, origin->permissions & 3,
                                                   origin->max_clipboard);
    vitrail_window_manager_v1_send_color_scheme(resource_, desktop_.scheme() == Scheme::dark);
}

void QubeManager::create_window(std::uint32_t id, wl_resource* surface, std::uint32_t window,
                                std::uint32_t override_redirect)
{
    Origin const* const origin = identity().origin;
    if (std::ranges::any_of(windows_, [&](auto* w) { return w->number() == window; }))
        return wl_resource_post_error(resource_, VITRAIL_WINDOW_MANAGER_V1_ERROR_WINDOW,
                                      "window number in use");
    if (windows_.size() >= (origin ? origin->max_windows : max_unlabelled_windows))
        return wl_resource_post_error(resource_, VITRAIL_WINDOW_MANAGER_V1_ERROR_QUOTA,
                                      "more windows than allowed");
    wlr_surface* const on = wlr_surface_from_resource(surface);
    if (on->role || wlr_surface_has_buffer(on))
        return wl_resource_post_error(resource_, VITRAIL_WINDOW_MANAGER_V1_ERROR_ROLE,
                                      "the surface has a role or a buffer");
    wlr_surface_set_role(on, &role, resource_, VITRAIL_WINDOW_MANAGER_V1_ERROR_ROLE);
    QubeWindow* const made = QubeWindow::create(wl_resource_get_client(resource_), 1, id, desktop_,
                                                *this, on, window, override_redirect != 0);
    if (made)
        windows_.push_back(made);
}

void QubeManager::create_buffer(std::uint32_t id, std::int32_t fd, wl_array* runs,
                                std::uint32_t width, std::uint32_t height, std::uint32_t stride,
                                std::uint32_t format)
{
    Fd owned{fd};
    SharedBufferSize const size{width, height, stride, format};
    if (!shared_buffer_possible(size, *runs))
        return wl_resource_post_error(resource_, VITRAIL_WINDOW_MANAGER_V1_ERROR_BUFFER,
                                      "impossible size, stride, format or runs");
    wl_client* const client = wl_resource_get_client(resource_);
    Origin const* const origin = identity().origin;
    if (!origin || mapped_pages(client) + shared_pages(*runs) > origin->max_pages)
        return wl_resource_post_error(resource_, VITRAIL_WINDOW_MANAGER_V1_ERROR_QUOTA,
                                      "more pages than allowed");
    wl_resource* made = nullptr;
    if (!create_shared_buffer(client, id, std::move(owned), *runs, size, made) && made)
        vitrail_window_manager_v1_send_buffer_failed(resource_, made);
}

void QubeManager::identity_changed()
{
    send_layout();
    for (QubeWindow* const window : windows_)
        window->identity_changed();
}

QubeWindow::QubeWindow(wl_resource* resource, Desktop& desktop, QubeManager& manager,
                       wlr_surface* surface, std::uint32_t window, bool override_redirect)
    : FramedView(desktop),
      Resource(resource),
      manager_(&manager),
      surface_(surface),
      number_(window),
      override_redirect_(override_redirect),
      ground_(wlr_scene_rect_create(content_, 0, 0, ground_color)),
      surface_tree_(wlr_scene_subsurface_tree_create(content_, surface))
{
    commit_.emplace(*this, surface->events.commit);
    destroy_.emplace(*this, surface->events.destroy);
    if (wlr_scene_buffer* const buffer = buffer_of(*surface_tree_, *surface)) {
        outputs_.emplace(*this, buffer->events.outputs_update);
        sample_.emplace(*this, buffer->events.output_sample);
        leave_.emplace(*this, buffer->events.output_leave);
    }
    float const nothing[4] = {};
    for (wlr_scene_rect*& one : rims_) {
        one = wlr_scene_rect_create(tree_, 0, 0, nothing);
        wlr_scene_node_set_enabled(&one->node, false);
    }
    if (manager.extended())
        vitrail_window_v1_send_scale(resource_, desktop_.scale_120());
}

QubeWindow::~QubeWindow()
{
    hide(); // before its list forgets it: menus that hang on it are placed without it
    desktop_.remove_tray_icon(*this);
    if (manager_) {
        for (QubeWindow* const other : manager_->windows())
            if (other->parent_ == this)
                other->parent_ = nullptr;
        auto const who = manager_->identity();
        manager_->origins().handle_window_gone(who.origin ? who.origin->number : 0, number_,
                                               who.epoch);
        manager_->forget(this);
    }
}

WindowKey QubeWindow::key() const
{
    auto const who = manager_ ? manager_->identity() : OriginSource::Identity{};
    return {who.origin ? who.origin->number : 0, number_, who.epoch};
}

void QubeWindow::manager_gone()
{
    wants_map_ = false;
    // Its guid died: the user keeps seeing where it was. An origin that was removed has no label
    // any more, and without a label nothing is shown.
    if (mapped() && key().origin != 0)
        desktop_.lost_windows().keep(*this, key(), surface_tree_);
    hide();
    parent_ = nullptr;
    manager_ = nullptr;
}

Badge QubeWindow::badge() const
{
    Origin const* const origin = manager_ ? manager_->identity().origin : nullptr;
    return origin ? origin->badge : Badge{Badge::Kind::qube, "?", "black", 0, "??"};
}

std::uint32_t QubeWindow::origin() const
{
    Origin const* const origin = manager_ ? manager_->identity().origin : nullptr;
    return origin ? origin->number : 0;
}

Size QubeWindow::wanted_size() const
{
    if (surface_ && surface_->current.width > 0)
        return {surface_->current.width, surface_->current.height};
    return {geometry_.width, geometry_.height};
}

std::optional<Point> QubeWindow::wanted_place() const
{
    if (!has_geometry_ || !manager_ || manager_->extended())
        return std::nullopt;
    Rect const bounds = desktop_.layout_bounds();
    return Point{geometry_.x + bounds.x, geometry_.y + bounds.y};
}

bool QubeWindow::fixed_size() const
{
    return most_.width > 0 && most_ == least_;
}

std::uint32_t QubeWindow::states() const
{
    return (state_.maximized ? 1U : 0U) | (state_.fullscreen ? 2U : 0U) | (focused() ? 4U : 0U) |
           (state_.snap != Snap::none ? 16U : 0U) | (state_.minimized ? 32U : 0U);
}

void QubeWindow::send_configure(Rect const& place, std::uint32_t token)
{
    Rect const bounds = desktop_.layout_bounds();
    bool const positions = manager_ && !manager_->extended();
    std::int32_t const x = popup_ ? popup_place_.x : positions ? place.x - bounds.x : 0;
    std::int32_t const y = popup_ ? popup_place_.y : positions ? place.y - bounds.y : 0;
    last_serial_ = wl_display_next_serial(desktop_.display());
    configured_ = true;
    vitrail_window_v1_send_configure(
        resource_, last_serial_, x, y, static_cast<std::uint32_t>(std::max(place.width, 0)),
        static_cast<std::uint32_t>(std::max(place.height, 0)), states(), token);
}

void QubeWindow::clip_content()
{
    // Pixels beyond the content rectangle would lie over the frame or over other qubes' windows.
    wlr_box const clip{0, 0, state_.content.width, state_.content.height};
    wlr_scene_subsurface_tree_set_clip(&surface_tree_->node, &clip);
    wlr_scene_rect_set_size(ground_, clip.width, clip.height);
}

void QubeWindow::ack_configure(std::uint32_t serial)
{
    // Serials wrap: a difference "backwards" is one from the future.
    if (!configured_ || static_cast<std::int32_t>(last_serial_ - serial) < 0)
        wl_resource_post_error(resource_, VITRAIL_WINDOW_MANAGER_V1_ERROR_STATE,
                               "no such configure was sent");
}

void QubeWindow::set_pointer_lock(std::uint32_t mode)
{
    if (mode > 2)
        return wl_resource_post_error(resource_, VITRAIL_WINDOW_MANAGER_V1_ERROR_VALUE,
                                      "no such mode");
    desktop_.set_pointer_hold(*this, static_cast<PointerHold>(mode));
}

void QubeWindow::relative_motion(std::uint32_t time, double dx, double dy)
{
    vitrail_window_v1_send_relative_motion(resource_, time, wl_fixed_from_double(dx),
                                           wl_fixed_from_double(dy));
}

void QubeWindow::handle_placed()
{
    tell_visibility();
    if (!manager_)
        return;
    for (QubeWindow* const other : manager_->windows())
        if (other->parent_ == this && other->menu() && other->shown_)
            other->place_menu();
}

void QubeWindow::handle_layout()
{
    if (menu() && shown_)
        place_menu();
    if (manager_ && manager_->extended())
        vitrail_window_v1_send_scale(resource_, desktop_.scale_120());
}

void QubeWindow::dismiss()
{
    if (grabs_ && shown_)
        vitrail_window_v1_send_popup_done(resource_);
}

void QubeWindow::identity_changed()
{
    Origin const* const origin = manager_ ? manager_->identity().origin : nullptr;
    if (!shown_)
        return try_show(); // it may have waited for a label
    if (menu())
        return origin && !popup_ && !docked_ &&
                       !(origin->permissions & Origin::may_override_redirect)
                   ? hide()
                   : place_menu();
    if (state_.fullscreen && origin && !(origin->permissions & Origin::may_fullscreen))
        desktop_.set_fullscreen(*this, false);
    refresh();
}

void QubeWindow::configure(Size size)
{
    // Now, not at the next commit: a qube that never commits again must not keep its old extent.
    if (shown_) // while its surface, and so the tree under it, lives
        clip_content();
    send_configure({state_.content.x, state_.content.y, size.width, size.height}, 0);
}

void QubeWindow::activate(bool)
{
    if (mapped())
        send_configure(state_.content, 0);
}

void QubeWindow::set_geometry(std::int32_t x, std::int32_t y, std::uint32_t width,
                              std::uint32_t height)
{
    constexpr std::int32_t limit = 1 << 20;
    if (width == 0 || height == 0 || width > max_side || height > max_side || x > limit ||
        x < -limit || y > limit || y < -limit)
        return wl_resource_post_error(resource_, VITRAIL_WINDOW_MANAGER_V1_ERROR_GEOMETRY,
                                      "size of 0 or over the limit");
    geometry_ = {x, y, static_cast<std::int32_t>(width), static_cast<std::int32_t>(height)};
    has_geometry_ = true;
    if (menu()) {
        if (shown_)
            place_menu();
        return;
    }
    if (!mapped())
        return;
    State state = state_;
    if (!state.maximized && !state.fullscreen && state.snap == Snap::none) {
        state.content.width = geometry_.width;
        state.content.height = geometry_.height;
        if (auto const place = wanted_place()) {
            state.content.x = place->x;
            state.content.y = place->y;
        }
        state.content = desktop_.reachable(state.content);
    }
    set_state(state); // answers with a configure, whatever came of it
}

void QubeWindow::set_override_redirect(std::uint32_t on)
{
    if (wants_map_)
        return wl_resource_post_error(resource_, VITRAIL_WINDOW_MANAGER_V1_ERROR_STATE,
                                      "override_redirect of a mapped window");
    override_redirect_ = on != 0;
}

void QubeWindow::set_transient_for(wl_resource* parent)
{
    QubeWindow* const other = parent ? QubeWindow::from(parent) : nullptr;
    if (!manager_)
        return;
    if (other && other->manager_ != manager_) // nobody would tell us of its end
        return wl_resource_post_error(resource_, VITRAIL_WINDOW_MANAGER_V1_ERROR_PARENT,
                                      "the parent has no manager");
    for (QubeWindow const* up = other; up; up = up->parent_)
        if (up == this)
            return wl_resource_post_error(resource_, VITRAIL_WINDOW_MANAGER_V1_ERROR_PARENT,
                                          "a window cannot be its own parent");
    parent_ = other;
}

void QubeWindow::set_popup(wl_resource* parent, std::int32_t anchor_x, std::int32_t anchor_y,
                           std::uint32_t anchor_width, std::uint32_t anchor_height,
                           std::uint32_t anchor, std::uint32_t gravity, std::uint32_t constraint,
                           std::int32_t offset_x, std::int32_t offset_y, std::uint32_t width,
                           std::uint32_t height, std::uint32_t token, std::uint32_t grab)
{
    constexpr std::int32_t limit = 1 << 20;
    auto const far = [](std::int32_t v) { return v > limit || v < -limit; };
    if (anchor > 8 || gravity > 8 || constraint > 63)
        return wl_resource_post_error(resource_, VITRAIL_WINDOW_MANAGER_V1_ERROR_VALUE,
                                      "no such anchor, gravity or adjustment");
    if (width == 0 || height == 0 || width > max_side || height > max_side ||
        anchor_width > max_side || anchor_height > max_side || far(anchor_x) || far(anchor_y) ||
        far(offset_x) || far(offset_y))
        return wl_resource_post_error(resource_, VITRAIL_WINDOW_MANAGER_V1_ERROR_GEOMETRY,
                                      "impossible popup");
    // A window in its frame does not slip out of it by calling itself a popup.
    if (shown_ && !menu())
        return;
    set_transient_for(parent);
    if (!parent_)
        return;
    popup_ = true;
    grabs_ = grab != 0;
    wlr_xdg_positioner_rules rules{};
    rules.anchor_rect = {anchor_x, anchor_y, static_cast<int>(anchor_width),
                         static_cast<int>(anchor_height)};
    rules.anchor = static_cast<xdg_positioner_anchor>(anchor);
    rules.gravity = static_cast<xdg_positioner_gravity>(gravity);
    rules.constraint_adjustment = static_cast<xdg_positioner_constraint_adjustment>(constraint);
    rules.size.width = static_cast<int>(width);
    rules.size.height = static_cast<int>(height);
    rules.offset.x = offset_x;
    rules.offset.y = offset_y;
    wlr_box box;
    wlr_xdg_positioner_rules_get_geometry(&rules, &box);
    Point const base{parent_->state_.content.x, parent_->state_.content.y};
    if (wlr_output* const on = parent_->output()) {
        Rect const screen = menu_room(on);
        wlr_box const room{screen.x - base.x + rim, screen.y - base.y + rim, screen.width - 2 * rim,
                           screen.height - 2 * rim};
        wlr_xdg_positioner_rules_unconstrain_box(&rules, &room, &box);
    }
    popup_place_ = {box.x, box.y};
    geometry_ = {base.x + box.x, base.y + box.y, std::max(box.width, 1), std::max(box.height, 1)};
    has_geometry_ = true;
    send_configure(geometry_, token);
    if (shown_)
        place_menu();
}

void QubeWindow::map_request()
{
    wants_map_ = true;
    try_show();
}

void QubeWindow::unmap_request()
{
    wants_map_ = false;
    hide();
}

void QubeWindow::try_show()
{
    if (!wants_map_ || shown_ || !surface_ || !wlr_surface_has_buffer(surface_) || !manager_)
        return;
    Origin const* const origin = manager_->identity().origin;
    if (!origin) // a window without a label is never mapped
        return;
    if (override_redirect_ && !popup_ && !docked_ &&
        !(origin->permissions & Origin::may_override_redirect))
        override_redirect_ = false;
    shown_ = true;
    // Its input region is not honoured: a press on a qube's pixels never reaches what lies behind.
    wlr_scene_node_for_each_buffer(
        &surface_tree_->node,
        [](wlr_scene_buffer* buffer, int, int, void*) noexcept {
            buffer->point_accepts_input = nullptr;
        },
        nullptr);
    wlr_surface_map(surface_);
    if (menu()) {
        hide_frame();
        desktop_.menu_shown(*this);
        place_menu();
        wlr_scene_node_raise_to_top(&tree_->node);
    } else if (LostView* const before = desktop_.lost_windows().find(key())) {
        map_in_place_of(*before);
        desktop_.lost_windows().forget(*before);
    } else if (auto const known = desktop_.lost_windows().recall(key())) {
        LostWindows& lost = desktop_.lost_windows();
        map_at(known->state, lost.above(known->stacking), known->focused);
        lost.recalled(*this, known->stacking);
    } else {
        map();
    }
    // Covered from its first moment on, the scene says nothing of it: it draws until it does.
    told_visible_ = true;
    vitrail_window_v1_send_visibility(resource_, 1);
}

/// The scene says on which outputs any pixel of it is: none when it is covered, minimised or on
/// another workspace. Then its application need not draw.
void QubeWindow::handle_outputs(wlr_scene_outputs_update_event& event)
{
    on_output_ = event.size > 0;
    tell_visibility();
}

/// The scene says nothing when a window is disabled, nor when it is enabled as it was before.
void QubeWindow::tell_visibility()
{
    int x = 0;
    int y = 0;
    bool const visible = on_output_ && wlr_scene_node_coords(&tree_->node, &x, &y);
    if (!shown_ || visible == told_visible_)
        return;
    told_visible_ = visible;
    vitrail_window_v1_send_visibility(resource_, visible);
}

void QubeWindow::handle_sample(wlr_scene_output_sample_event& event)
{
    if (committed_ && !present_)
        present_.emplace(*this, event.output->output->events.present);
}

void QubeWindow::handle_output_leave()
{
    present_.reset(); // the output may be going away
}

void QubeWindow::handle_present(wlr_output_event_present& event)
{
    committed_ = false;
    if (event.presented) {
        auto const seconds = static_cast<std::uint64_t>(event.when->tv_sec);
        vitrail_window_v1_send_presented(resource_, static_cast<std::uint32_t>(seconds >> 32U),
                                         static_cast<std::uint32_t>(seconds & 0xffffffffU),
                                         static_cast<std::uint32_t>(event.when->tv_nsec),
                                         static_cast<std::uint32_t>(std::max(event.refresh, 0)),
                                         event.flags);
    }
    present_.reset(); // last: it is what called us
}

void QubeWindow::hide()
{
    if (!shown_)
        return;
    shown_ = false;
    desktop_.menu_hidden(*this);
    if (mapped())
        unmap();
    wlr_scene_node_set_enabled(&tree_->node, false);
    if (surface_)
        wlr_surface_unmap(surface_);
    if (menu() && manager_) // there is room for others of the qube again
        for (QubeWindow* const other : manager_->windows())
            if (other->menu() && other->shown_ && !other->tree_->node.enabled)
                other->place_menu();
}

/// Several menus together could hide the whole work area, which none may alone: one that would
/// bring its qube over nine tenths is not shown until others have gone.
bool QubeWindow::may_cover(Rect const& place) const
{
    std::int64_t covered = std::int64_t{place.width} * place.height;
    std::int64_t room = 0;
    for (Rect const& area : desktop_.work_areas())
        room += std::int64_t{area.width} * area.height;
    std::size_t depth = 0;
    for (QubeWindow const* up = parent_; up; up = up->parent_)
        depth += up->popup_ ? 1U : 0U;
    for (QubeWindow const* const other : manager_->windows())
        if (other != this && other->menu() && !other->docked_ && other->shown_ &&
            other->tree_->node.enabled)
            covered += std::int64_t{other->state_.content.width} * other->state_.content.height;
    constexpr std::size_t deepest = 16;
    return covered * 10 <= room * 9 && depth < deepest;
}

void QubeWindow::allow_menu(bool allowed)
{
    wlr_scene_node_set_enabled(&tree_->node, allowed);
    tell_visibility();
}

/// A menu goes with the window it belongs to: to another workspace, or into its minimised state.
bool QubeWindow::parent_seen() const
{
    QubeWindow const* up = parent_;
    while (up && up->menu() && up->parent_)
        up = up->parent_;
    return !up || up->menu() || up->visible();
}

/// Where menus may be: not over panels, but over the whole output beside a full-screen window.
Rect QubeWindow::menu_room(wlr_output* output) const
{
    return desktop_.menu_layer(origin(), output) == desktop_.menu_layer(0, nullptr)
               ? desktop_.work_area_of(output)
               : desktop_.output_rect(output);
}

void QubeWindow::place_menu()
{
    if (docked_) {
        auto const before = std::ranges::count_if(manager_->windows(), [this](auto* other) {
            return other != this && other->docked_ && other->shown_ && other->tree_->node.enabled;
        });
        constexpr std::ptrdiff_t most_icons = 8;
        wlr_scene_node_reparent(&tree_->node, desktop_.menu_layer(0, nullptr));
        allow_menu(before < most_icons);
        return show_menu_at(desktop_.tray_place(*this, wanted_size()));
    }
    Rect const bounds = desktop_.layout_bounds();
    Size const size = wanted_size();
    Rect place{geometry_.x, geometry_.y, std::max(size.width, 1), std::max(size.height, 1)};
    if (popup_ && parent_) {
        place.x = parent_->state_.content.x + popup_place_.x;
        place.y = parent_->state_.content.y + popup_place_.y;
    } else if (!popup_) {
        place.x += bounds.x;
        place.y += bounds.y;
    }
    // Its whole rim stays on the screen, and it never covers a whole output: where the work area is
    // not much larger than it, it is cut (fact sheet gui-protocol §6: 90 %).
    wlr_output* const on = desktop_.output_near({place.x, place.y});
    if (!on)
        return;
    if (wlr_scene_tree* const layer = desktop_.menu_layer(origin(), on);
        tree_->node.parent != layer)
        wlr_scene_node_reparent(&tree_->node, layer);
    Rect const screen = menu_room(on);
    if (std::int64_t{place.width} * place.height * 10 >
        std::int64_t{screen.width} * screen.height * 9)
        place.height = static_cast<std::int32_t>(std::int64_t{screen.width} * screen.height * 9 /
                                                 10 / std::max(place.width, 1));
    place.width = std::min(place.width, screen.width - 2 * rim);
    place.height = std::min(place.height, screen.height - 2 * rim);
    place.x = static_cast<std::int32_t>(
        std::clamp<std::int64_t>(place.x, screen.x + rim, screen.right() - rim - place.width));
    place.y = static_cast<std::int32_t>(
        std::clamp<std::int64_t>(place.y, screen.y + rim, screen.bottom() - rim - place.height));
    allow_menu(parent_seen() && may_cover(place));
    show_menu_at(place);
}

/// A tray icon stands in the corner until a panel takes it: small, whatever size it has, in a rim
/// of its label's colour.
void QubeWindow::dock()
{
    if (wants_map_)
        return wl_resource_post_error(resource_, VITRAIL_WINDOW_MANAGER_V1_ERROR_STATE,
                                      "a mapped window cannot become a tray icon");
    docked_ = true;
    wants_map_ = true; // docking is its map: it is shown with its first picture
    desktop_.add_tray_icon(*this);
    vitrail_window_v1_send_docked(resource_);
    send_configure(desktop_.tray_place(*this, wanted_size()), 0);
}

void QubeWindow::show_menu_at(Rect const& place)
{
    state_.content = place;
    wlr_scene_node_set_position(&tree_->node, place.x, place.y);
    clip_content();
    Color const color = frame_color(badge(), desktop_.scheme());
    float const rgba[4] = {static_cast<float>(color.red), static_cast<float>(color.green),
                           static_cast<float>(color.blue), 1};
    std::array<Rect, 4> const places{{{-rim, -rim, place.width + 2 * rim, rim},
                                      {-rim, place.height, place.width + 2 * rim, rim},
                                      {-rim, 0, rim, place.height},
                                      {place.width, 0, rim, place.height}}};
    for (std::size_t i = 0; i < rims_.size(); ++i) {
        wlr_scene_rect_set_color(rims_[i], rgba);
        wlr_scene_rect_set_size(rims_[i], places[i].width, places[i].height);
        wlr_scene_node_set_position(&rims_[i]->node, places[i].x, places[i].y);
        wlr_scene_node_set_enabled(&rims_[i]->node, true);
    }
    // Popups of this one move along.
    for (QubeWindow* const other : manager_->windows())
        if (other->parent_ == this && other->popup_ && other->shown_)
            other->place_menu();
}

void QubeWindow::set_hints(std::uint32_t flags, std::uint32_t min_width, std::uint32_t min_height,
                           std::uint32_t max_width, std::uint32_t max_height, std::uint32_t,
                           std::uint32_t, std::uint32_t, std::uint32_t)
{
    auto const size = [](std::uint32_t w, std::uint32_t h) {
        return Size{static_cast<std::int32_t>(std::min(w, max_side)),
                    static_cast<std::int32_t>(std::min(h, max_side))};
    };
    least_ = flags & 2 ? size(min_width, min_height) : Size{};
    most_ = flags & 4 ? size(max_width, max_height) : Size{};
    if (mapped())
        refresh();
}

void QubeWindow::set_flags(std::uint32_t set, std::uint32_t unset)
{
    if (!mapped())
        return;
    Origin const* const origin = manager_ ? manager_->identity().origin : nullptr;
    if (set & 1) {
        if (origin && (origin->permissions & Origin::may_fullscreen))
            desktop_.set_fullscreen(*this, true);
        else
            desktop_.set_maximized(*this, true);
    } else if (unset & 1) {
        desktop_.set_fullscreen(*this, false);
    }
    if (set & 2)
        set_attention(true);
    else if (unset & 2)
        set_attention(false);
    if (set & 4)
        desktop_.set_minimized(*this, true);
    // A qube may not bring a minimised window back by itself: it asks for attention.
    else if ((unset & 4) && state_.minimized)
        set_attention(true);
}

void QubeWindow::set_title(char const* untrusted)
{
    title_ = UntrustedText(std::string(untrusted));
    announce();
}

void QubeWindow::set_class(char const* untrusted_class, char const*)
{
    class_ = UntrustedText(std::string(untrusted_class));
    announce();
}

void QubeWindow::interactive(std::uint32_t kind, std::uint32_t edges)
{
    if (!mapped() || desktop_.seat()->pointer_state.focused_surface != surface_ ||
        desktop_.seat()->pointer_state.button_count == 0)
        return;
    switch (kind) {
    case 1: desktop_.begin_move(*this); break;
    case 2:
        if (edges != 0 && edges <= 10 && edges != 3 && edges != 7)
            desktop_.begin_resize(*this, edges);
        break;
    case 3: desktop_.set_maximized(*this, true); break;
    case 4: desktop_.set_maximized(*this, false); break;
    case 5: break;
    default:
        wl_resource_post_error(resource_, VITRAIL_WINDOW_MANAGER_V1_ERROR_VALUE, "no such kind");
    }
}

void QubeWindow::set_content_size(std::uint32_t width, std::uint32_t height)
{
    if (width == 0 || height == 0 || width > max_side || height > max_side)
        return wl_resource_post_error(resource_, VITRAIL_WINDOW_MANAGER_V1_ERROR_GEOMETRY,
                                      "size of 0 or over the limit");
    if (!surface_)
        return;
    // As wp_viewport.set_destination does: part of the surface's pending state.
    surface_->pending.committed |= WLR_SURFACE_STATE_VIEWPORT;
    surface_->pending.viewport.has_dst = true;
    surface_->pending.viewport.dst_width = static_cast<int>(width);
    surface_->pending.viewport.dst_height = static_cast<int>(height);
}

void QubeWindow::handle_commit()
{
    committed_ = true;
    if (!shown_)
        return try_show();
    if (!wlr_surface_has_buffer(surface_))
        return hide();
    if (menu())
        return place_menu();
    content_sized(wanted_size());
    clip_content();
}

void QubeWindow::handle_surface_destroy()
{
    hide();
    surface_ = nullptr;
    outputs_.reset();
    sample_.reset();
    leave_.reset();
    present_.reset();
    commit_.reset();
    destroy_.reset();
}

} // namespace vitrail::compositor
