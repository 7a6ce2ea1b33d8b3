#include "compositor/desktop.hpp"
#include "compositor/desktop_private.hpp"
#include "compositor/pointer_constraints.hpp"

#include <linux/input-event-codes.h>

#include <algorithm>
#include <cmath>

namespace vitrail::compositor {

Desktop::Hit Desktop::hit(double x, double y) const
{
    Hit found;
    wlr_scene_node* node = wlr_scene_node_at(&scene_->tree.node, x, y, &found.x, &found.y);
    if (!node)
        return found;
    if (node->type == WLR_SCENE_NODE_BUFFER)
        if (wlr_scene_surface* const surface =
                wlr_scene_surface_try_from_buffer(wlr_scene_buffer_from_node(node)))
            found.surface = surface->surface;
    for (wlr_scene_tree* tree = node->parent; tree; tree = tree->node.parent)
        if (tree->node.data &&
            (tree->node.parent == layers_.views || tree->node.parent == layers_.menus ||
             tree->node.parent == layers_.fullscreen)) {
            found.view = static_cast<FramedView*>(tree->node.data);
            break;
        }
    return found;
}

namespace {

std::uint32_t edges_of(FramePart part)
{
    switch (part) {
    case FramePart::top: return WLR_EDGE_TOP;
    case FramePart::bottom: return WLR_EDGE_BOTTOM;
    case FramePart::left: return WLR_EDGE_LEFT;
    case FramePart::right: return WLR_EDGE_RIGHT;
    case FramePart::top_left: return WLR_EDGE_TOP | WLR_EDGE_LEFT;
    case FramePart::top_right: return WLR_EDGE_TOP | WLR_EDGE_RIGHT;
    case FramePart::bottom_left: return WLR_EDGE_BOTTOM | WLR_EDGE_LEFT;
    case FramePart::bottom_right: return WLR_EDGE_BOTTOM | WLR_EDGE_RIGHT;
    default: return WLR_EDGE_NONE;
    }
}

} // namespace

FramedView* Desktop::frame_at(Point p, FramePart& part) const
{
    for (auto it = stack_.rbegin(); it != stack_.rend(); ++it) {
        FramedView* const view = *it;
        if (!view->visible() || view->state().fullscreen)
            continue;
        Rect const outer = view->outer();
        bool const fixed = view->state().maximized || view->fixed_size();
        part = frame_part_at({outer.width, outer.height}, {p.x - outer.x, p.y - outer.y},
                             fixed ? Resizing::fixed : Resizing::allowed, view->fixed_size());
        if (part != FramePart::none)
            return view;
    }
    return nullptr;
}

void Desktop::set_pointer_shape(char const* name)
{
    shape_ = name;
    cursor_image_->show_shape(name);
}

void Desktop::pointer_moved(std::uint32_t time)
{
    notify_activity();
    Point const p = whole(cursor_);
    if (grab_ == Grab::move || grab_ == Grab::resize)
        return drag(p);
    if (seat_->drag)
        wlr_scene_node_set_position(&layers_.drag->node, p.x, p.y);
    update_pointer(time);
}

void Desktop::update_pointer(std::uint32_t time)
{
    Hit const found = hit(cursor_->x, cursor_->y);
    bool const held = button_held_against(found);
    FramePart part = FramePart::none;
    FramedView* const over = held || found.surface || lock_->locked() || is_menu(found.view)
                                 ? nullptr
                                 : frame_at(whole(cursor_), part);
    hover(over, part);
    if (held)
        tell_button_holder(time, found);
    else if (found.surface)
        point_into(time, found);
    else
        point_at_frame(over, part);
    constraints_->update();
}

void Desktop::point_into(std::uint32_t time, Hit const& found)
{
    wlr_seat_pointer_notify_enter(seat_, found.surface, found.x, found.y);
    wlr_seat_pointer_notify_motion(seat_, time, found.x, found.y);
    pointer_surface_x_ = cursor_->x - found.x;
    pointer_surface_y_ = cursor_->y - found.y;
    shape_.clear();
}

void Desktop::point_at_frame(FramedView const* over, FramePart part)
{
    wlr_seat_pointer_notify_clear_focus(seat_);
    char const* const shape =
        over && edges_of(part) != WLR_EDGE_NONE
            ? wlr_xcursor_get_resize_name(static_cast<wlr_edges>(edges_of(part)))
            : "default";
    if (shape_ != shape)
        set_pointer_shape(shape);
}

void Desktop::hover(FramedView* over, FramePart part)
{
    if (hovered_ && hovered_ != over)
        hovered_->set_hovered(std::nullopt, false);
    hovered_ = over;
    if (over)
        over->set_hovered(button_of(part), grab_ == Grab::button && pressed_part_ == part);
}

// What lies under the pointer, while it stands still

void Desktop::scene_changed()
{
    if (!following_)
        following_ = wl_event_loop_add_idle(
            loop(),
            [](void* data) noexcept {
                auto& self = *static_cast<Desktop*>(data);
                self.following_ = nullptr;
                self.follow_scene();
            },
            this);
}

void Desktop::settle_scene()
{
    if (!following_)
        return;
    wl_event_source_remove(following_);
    following_ = nullptr;
    follow_scene();
}

void Desktop::follow_scene()
{
    if (grab_ == Grab::move || grab_ == Grab::resize)
        return;
    auto const& pointer = seat_->pointer_state;
    // A drag's target would hear of each of these as a motion, and may answer by drawing anew.
    if (seat_->drag && seat_->drag->focus == hit(cursor_->x, cursor_->y).surface)
        return;
    wlr_surface const* const before = pointer.focused_surface;
    double const x = pointer.sx;
    double const y = pointer.sy;
    update_pointer(now_ms());
    // Coming and going end their own frames.
    if (before && before == pointer.focused_surface && (x != pointer.sx || y != pointer.sy))
        wlr_seat_pointer_notify_frame(seat_);
}

// A button that is held

/// Who was pressed keeps the pointer until every button is released, wherever it goes and whatever
/// comes to lie under it: nobody gets half of a click. A qube sorts its own surfaces out by itself.
bool Desktop::button_held_against(Hit const& found) const
{
    auto const& pointer = seat_->pointer_state;
    if (pointer.button_count == 0 || wlr_seat_pointer_has_grab(seat_))
        return false;
    bool const within_qube = found.view && found.view->untrusted() && pointer.focused_surface &&
                             client_of(found.surface) == client_of(pointer.focused_surface);
    return !within_qube;
}

void Desktop::tell_button_holder(std::uint32_t time, Hit const& found)
{
    wlr_surface* const surface = seat_->pointer_state.focused_surface;
    if (!surface)
        return;
    if (!surface->mapped)
        return wlr_seat_pointer_notify_clear_focus(seat_);
    if (found.surface == surface) {
        pointer_surface_x_ = cursor_->x - found.x;
        pointer_surface_y_ = cursor_->y - found.y;
    }
    wlr_seat_pointer_notify_motion(seat_, time, cursor_->x - pointer_surface_x_,
                                   cursor_->y - pointer_surface_y_);
}

bool Desktop::button_told(std::uint32_t button) const
{
    auto const& pointer = seat_->pointer_state;
    return std::ranges::find(pointer.buttons, pointer.buttons + pointer.button_count, button) !=
           pointer.buttons + pointer.button_count;
}

void Desktop::release_buttons()
{
    auto const& pointer = seat_->pointer_state;
    while (pointer.button_count > 0)
        wlr_seat_pointer_notify_button(seat_, now_ms(), pointer.buttons[0],
                                       WL_POINTER_BUTTON_STATE_RELEASED);
    wlr_seat_pointer_notify_frame(seat_);
}

void Desktop::pointer_button(std::uint32_t time, std::uint32_t button, bool pressed)
{
    notify_activity();
    claim_.reset();
    tapped_.reset();
    if (pressed)
        pointer_pressed(time, button);
    else
        pointer_released(time, button);
}

void Desktop::pointer_released(std::uint32_t time, std::uint32_t button)
{
    if (grab_ != Grab::none)
        return finish_grab(time);
    // A button whose press was nobody's is nobody's when it is released.
    if (button_told(button))
        wlr_seat_pointer_notify_button(seat_, time, button, WL_POINTER_BUTTON_STATE_RELEASED);
    if (seat_->pointer_state.button_count == 0)
        update_pointer(time);
}

void Desktop::pointer_pressed(std::uint32_t time, std::uint32_t button)
{
    clipboard_->proceed();
    if (grab_ != Grab::none)
        return;
    if (seat_->drag) {
        wlr_seat_pointer_notify_button(seat_, time, button, WL_POINTER_BUTTON_STATE_PRESSED);
        return;
    }
    update_pointer(time); // what is pressed is what lies there now
    Hit const found = hit(cursor_->x, cursor_->y);
    if (!prompts_->may_press(found.surface))
        return;
    // A press beside the menus of a program closes them, and is nothing else to anybody but us.
    wlr_xdg_popup_grab const* const menu = menu_grab();
    bool const closes = menu && client_of(found.surface) != menu->client;
    if (closes)
        wlr_seat_pointer_end_grab(seat_);
    auto const tell = [&] {
        if (!closes)
            wlr_seat_pointer_notify_button(seat_, time, button, WL_POINTER_BUTTON_STATE_PRESSED);
    };
    if (lock_->locked() || button_held_against(found))
        return tell();
    dismiss_menus(found);
    if (found.surface) {
        use_pressed(found);
        wlr_keyboard* const keyboard = wlr_seat_get_keyboard(seat_);
        bool const super =
            keyboard && (wlr_keyboard_get_modifiers(keyboard) & Modifier::super) != 0;
        if (found.view && found.view->mapped() && super && button == BTN_LEFT)
            return begin_move(*found.view);
        return tell();
    }
    if (is_menu(found.view))
        return; // the rim of a menu is nobody's, least of all the window's under it
    FramePart part = FramePart::none;
    FramedView* const view = frame_at(whole(cursor_), part);
    if (!view)
        return tell();
    activate(*view);
    if (button == BTN_LEFT)
        press_frame(time, *view, part);
}

void Desktop::dismiss_menus(Hit const& found)
{
    for (FramedView* const menu : std::vector(menus_))
        if (!found.view || !is_menu(found.view) || found.view->origin() != menu->origin())
            menu->dismiss();
}

void Desktop::use_pressed(Hit const& found)
{
    if (FramedView* const view = found.view) {
        bool const managed = std::ranges::find(stack_, view) != stack_.end();
        if (managed && (view != focused_ || stack_.back() != view || layer_focus_))
            activate(*view);
    } else if (layer_shell_->takes_keys(found.surface)) {
        layer_focus_ = wlr_surface_get_root_surface(found.surface);
        layer_clicked_ = true;
        update_focus();
    }
}

void Desktop::press_frame(std::uint32_t time, FramedView& view, FramePart part)
{
    if (button_of(part)) {
        grab_ = Grab::button;
        grabbed_ = &view;
        pressed_part_ = part;
        view.set_hovered(button_of(part), true);
    } else if (edges_of(part) != WLR_EDGE_NONE) {
        begin_resize(view, edges_of(part));
    } else if (part == FramePart::title) {
        if (last_title_click_ != 0 && time - last_title_click_ < 400) {
            last_title_click_ = 0;
            set_maximized(view, !view.state().maximized);
            return;
        }
        last_title_click_ = time;
        begin_move(view);
    }
}

// Events of devices

void Desktop::handle_cursor_motion(wlr_pointer_motion_event& event)
{
    wlr_relative_pointer_manager_v1_send_relative_motion(
        globals_->relative_pointer, seat_, std::uint64_t{event.time_msec} * 1000, event.delta_x,
        event.delta_y, event.unaccel_dx, event.unaccel_dy);
    if (holds_pointer(event))
        return;
    double dx = event.delta_x;
    double dy = event.delta_y;
    constraints_->limit(dx, dy);
    wlr_cursor_move(cursor_, &event.pointer->base, dx, dy);
    pointer_moved(event.time_msec);
}

void Desktop::handle_cursor_absolute(wlr_pointer_motion_absolute_event& event)
{
    double x = 0;
    double y = 0;
    wlr_cursor_absolute_to_layout_coords(cursor_, &event.pointer->base, event.x, event.y, &x, &y);
    double dx = x - cursor_->x;
    double dy = y - cursor_->y;
    constraints_->limit(dx, dy);
    wlr_cursor_warp_closest(cursor_, &event.pointer->base, cursor_->x + dx, cursor_->y + dy);
    pointer_moved(event.time_msec);
}

void Desktop::handle_cursor_button(wlr_pointer_button_event& event)
{
    pointer_button(event.time_msec, event.button, event.state == WL_POINTER_BUTTON_STATE_PRESSED);
}

void Desktop::handle_cursor_axis(wlr_pointer_axis_event& event)
{
    notify_activity();
    wlr_seat_pointer_notify_axis(seat_, event.time_msec, event.orientation, event.delta,
                                 event.delta_discrete, event.source, event.relative_direction);
}

void Desktop::handle_cursor_frame()
{
    wlr_seat_pointer_notify_frame(seat_);
}

void Desktop::handle_set_cursor(wlr_seat_pointer_request_set_cursor_event& event)
{
    if (event.seat_client != seat_->pointer_state.focused_client)
        return;
    FramedView* const view = owner_of(seat_->pointer_state.focused_surface);
    if (view && view->untrusted())
        cursor_image_->show_within(*view, event.surface, {event.hotspot_x, event.hotspot_y});
    else
        cursor_image_->show_surface(event.surface, {event.hotspot_x, event.hotspot_y});
}

void Desktop::handle_pointer_focus(wlr_seat_pointer_focus_change_event& event)
{
    // Nobody's picture is shown over another's surface, not even until that one says its own.
    FramedView const* const before = owner_of(event.old_surface);
    if (event.new_surface && (client_of(event.new_surface) != client_of(event.old_surface) ||
                              (before && before->untrusted())))
        cursor_image_->show_shape("default");
    if (holder_ && event.new_surface != holder_->surface())
        end_pointer_hold();
    constraints_->update();
}

// A program that holds the pointer

bool Desktop::may_constrain(wlr_surface& surface) const
{
    return !lock_->locked() && focused_ && view_of(&surface) == focused_ &&
           seat_->keyboard_state.focused_surface == focused_->surface();
}

void Desktop::handle_pointer_left(double dx, double dy)
{
    wlr_cursor_move(cursor_, nullptr, dx, dy);
    scene_changed();
}

// A qube that holds the pointer

void Desktop::set_pointer_hold(FramedView& view, PointerHold hold)
{
    if (hold == PointerHold::none) {
        if (holder_ == &view)
            end_pointer_hold();
        return;
    }
    bool const in_use = !lock_->locked() && focused_ == &view && view.surface() &&
                        seat_->keyboard_state.focused_surface == view.surface() &&
                        seat_->pointer_state.focused_surface == view.surface();
    if (!in_use || (holder_ == &view && hold_ == hold))
        return;
    holder_ = &view;
    hold_ = hold;
    notices_->show_fullscreen_owner(view.badge(),
                                    "holds the pointer \xe2\x80\x94 Super+Escape frees it");
}

void Desktop::end_pointer_hold()
{
    holder_ = nullptr;
    hold_ = PointerHold::none;
}

bool Desktop::holds_pointer(wlr_pointer_motion_event& event)
{
    if (!holder_)
        return false;
    notify_activity();
    holder_->relative_motion(event.time_msec, event.delta_x, event.delta_y);
    if (hold_ == PointerHold::confined) {
        Rect const room = holder_->state().content;
        wlr_cursor_warp_closest(
            cursor_, nullptr,
            std::clamp(cursor_->x + event.delta_x, double(room.x), double(room.right() - 1)),
            std::clamp(cursor_->y + event.delta_y, double(room.y), double(room.bottom() - 1)));
        pointer_moved(event.time_msec);
    }
    return true;
}

void Desktop::handle_cursor_shape(wlr_cursor_shape_manager_v1_request_set_shape_event& event)
{
    if (event.seat_client == seat_->pointer_state.focused_client &&
        event.device_type == WLR_CURSOR_SHAPE_MANAGER_V1_DEVICE_TYPE_POINTER)
        cursor_image_->show_shape(wlr_cursor_shape_v1_name(event.shape));
}

} // namespace vitrail::compositor
