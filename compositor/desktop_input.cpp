#include "compositor/desktop.hpp"
#include "compositor/desktop_private.hpp"

#include <linux/input-event-codes.h>

#include <algorithm>
#include <cmath>

namespace vitrail::compositor {

void Desktop::notify_activity()
{
    wlr_idle_notifier_v1_notify_activity(globals_->idle_notifier, seat_);
}

// Devices

void Desktop::handle_new_input(wlr_input_device& device)
{
    add_input(device);
}

void Desktop::add_input(wlr_input_device& device)
{
    switch (device.type) {
    case WLR_INPUT_DEVICE_KEYBOARD: {
        wlr_keyboard* const keyboard = wlr_keyboard_from_input_device(&device);
        apply_keymap(keyboard);
        keyboards_.push_back(std::make_unique<KeyboardDevice>(*this, keyboard));
        wlr_seat_set_keyboard(seat_, keyboard);
        break;
    }
    case WLR_INPUT_DEVICE_POINTER:
    case WLR_INPUT_DEVICE_TOUCH:
        wlr_cursor_attach_input_device(cursor_, &device);
        if (device.type == WLR_INPUT_DEVICE_TOUCH)
            wlr_seat_set_capabilities(seat_, seat_->capabilities | WL_SEAT_CAPABILITY_TOUCH);
        break;
    default: break;
    }
}

void Desktop::apply_keymap(wlr_keyboard* keyboard)
{
    KeyboardConfig const& k = config_.keyboard;
    Handle<xkb_context, xkb_context_unref> const context{xkb_context_new(XKB_CONTEXT_NO_FLAGS)};
    auto const text = [](std::string const& s) { return s.empty() ? nullptr : s.c_str(); };
    xkb_rule_names const names{nullptr, nullptr, text(k.layout), text(k.variant), text(k.options)};
    Handle<xkb_keymap, xkb_keymap_unref> keymap{
        xkb_keymap_new_from_names(context.get(), &names, XKB_KEYMAP_COMPILE_NO_FLAGS)};
    if (!keymap) {
        notices_->notify(machine_, "Unknown keyboard layout",
                         "\"" + k.layout + "\" is not known; the default layout is used.");
        keymap.reset(
            xkb_keymap_new_from_names(context.get(), nullptr, XKB_KEYMAP_COMPILE_NO_FLAGS));
    }
    if (keymap)
        wlr_keyboard_set_keymap(keyboard, keymap.get());
    wlr_keyboard_set_repeat_info(keyboard, k.repeat_rate, k.repeat_delay);
}

void Desktop::handle_virtual_keyboard(wlr_virtual_keyboard_v1& keyboard)
{
    // It brings its own keymap.
    keyboards_.push_back(std::make_unique<KeyboardDevice>(*this, &keyboard.keyboard));
}

void Desktop::handle_virtual_pointer(wlr_virtual_pointer_v1_new_pointer_event& event)
{
    wlr_input_device* const device = &event.new_pointer->pointer.base;
    wlr_cursor_attach_input_device(cursor_, device);
    if (event.suggested_output)
        wlr_cursor_map_input_to_output(cursor_, device, event.suggested_output);
}

// Keys

bool Desktop::key_pressed(KeyboardDevice& device, std::uint32_t keycode)
{
    std::uint32_t const modifiers = wlr_keyboard_get_modifiers(device.keyboard);
    auto const keysyms = binding_keysyms(device.keyboard->xkb_state, keycode + 8);
    for (xkb_keysym_t const keysym : keysyms)
        if (keysym >= XKB_KEY_XF86Switch_VT_1 && keysym <= XKB_KEY_XF86Switch_VT_12)
            return true;
    if (lock_->locked())
        return false;
    if (switcher_.walking() && !keysyms.empty() && keysyms.front() == XKB_KEY_Escape) {
        finish_switcher(false);
        return true;
    }
    Binding const* const binding = find_binding(config_.bindings, modifiers, keysyms);
    if (!binding)
        return false;
    perform(Binding(*binding)); // a copy: the action may reload the configuration
    return true;
}

void Desktop::modifiers_changed(std::uint32_t modifiers)
{
    if (switcher_.walking() && !(modifiers & (Modifier::alt | Modifier::super)))
        finish_switcher(true);
}

void Desktop::start_repeat(std::uint32_t time, std::uint32_t code)
{
    repeat_code_ = code;
    repeat_time_ = time;
    if (focused_ && focused_->origin() != 0 && config_.keyboard.repeat_rate > 0)
        repeat_->arm(std::chrono::milliseconds(config_.keyboard.repeat_delay));
}

void Desktop::stop_repeat()
{
    if (repeat_)
        repeat_->disarm();
}

void Desktop::handle_repeat()
{
    if (!focused_ || lock_->locked() || config_.keyboard.repeat_rate <= 0 ||
        seat_->keyboard_state.focused_surface != focused_->surface())
        return;
    auto const period = std::max(1, 1000 / config_.keyboard.repeat_rate);
    repeat_time_ += static_cast<std::uint32_t>(period);
    focused_->repeat_key(repeat_time_, repeat_code_);
    repeat_->arm(std::chrono::milliseconds(period));
}

// Pointer

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

/// A menu or a tray icon: shown, but not among the windows that have frame, buttons and stacking.
bool is_menu(FramedView const* view)
{
    return view && !view->mapped();
}

Point whole(wlr_cursor const* cursor)
{
    return {static_cast<std::int32_t>(std::floor(cursor->x)),
            static_cast<std::int32_t>(std::floor(cursor->y))};
}

} // namespace

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
    Hit const found = hit(cursor_->x, cursor_->y);
    FramePart part = FramePart::none;
    FramedView* const over =
        found.surface || lock_->locked() || is_menu(found.view) ? nullptr : frame_at(p, part);
    auto const button = over ? button_of(part) : std::nullopt;
    if (hovered_ && hovered_ != over)
        hovered_->set_hovered(std::nullopt, false);
    hovered_ = over;
    if (over)
        over->set_hovered(button, grab_ == Grab::button && pressed_part_ == part);
    if (found.surface) {
        wlr_seat_pointer_notify_enter(seat_, found.surface, found.x, found.y);
        wlr_seat_pointer_notify_motion(seat_, time, found.x, found.y);
        shape_.clear();
        return;
    }
    // A button held in a client's surface keeps its focus until it is released.
    if (seat_->pointer_state.button_count > 0 && seat_->pointer_state.focused_surface) {
        if (FramedView* const view = view_of(seat_->pointer_state.focused_surface)) {
            wlr_seat_pointer_notify_motion(seat_, time, cursor_->x - view->state().content.x,
                                           cursor_->y - view->state().content.y);
            return;
        }
    }
    wlr_seat_pointer_notify_clear_focus(seat_);
    char const* const shape =
        over && edges_of(part) != WLR_EDGE_NONE
            ? wlr_xcursor_get_resize_name(static_cast<wlr_edges>(edges_of(part)))
            : "default";
    if (shape_ != shape)
        set_pointer_shape(shape);
}

void Desktop::pointer_button(std::uint32_t time, std::uint32_t button, bool pressed)
{
    notify_activity();
    claim_.reset();
    if (!pressed) {
        if (grab_ != Grab::none) {
            FramedView* const view = grabbed_;
            FramePart part = FramePart::none;
            FramedView* const over = frame_at(whole(cursor_), part);
            bool const click = grab_ == Grab::button && over == view && part == pressed_part_;
            FramePart const what = pressed_part_;
            if (grab_ == Grab::move && view && view->state().snap == Snap::none) {
                SnapStep const offer =
                    snap_at_edge(whole(cursor_), output_rect(output_near(whole(cursor_))));
                if (offer != SnapStep{}) {
                    end_grab();
                    return snap(*view, offer);
                }
            }
            end_grab();
            if (click && view && what == FramePart::close)
                view->request_close();
            else if (click && view && what == FramePart::maximize)
                set_maximized(*view, !view->state().maximized);
            else if (click && view && what == FramePart::minimize)
                set_minimized(*view, true);
            pointer_moved(time);
            return;
        }
        wlr_seat_pointer_notify_button(seat_, time, button, WL_POINTER_BUTTON_STATE_RELEASED);
        if (seat_->pointer_state.button_count == 0)
            pointer_moved(time);
        return;
    }
    if (lock_->locked()) {
        wlr_seat_pointer_notify_button(seat_, time, button, WL_POINTER_BUTTON_STATE_PRESSED);
        return;
    }
    Hit const found = hit(cursor_->x, cursor_->y);
    for (FramedView* const menu : std::vector(menus_))
        if (!found.view || !is_menu(found.view) || found.view->origin() != menu->origin())
            menu->dismiss();
    if (found.surface) {
        if (FramedView* const view = found.view) {
            bool const managed = std::ranges::find(stack_, view) != stack_.end();
            if (managed && (view != focused_ || stack_.back() != view))
                activate(*view);
        } else if (layer_shell_->takes_keys_on_click(found.surface)) {
            focus_surface(wlr_surface_get_root_surface(found.surface));
        }
        wlr_keyboard* const keyboard = wlr_seat_get_keyboard(seat_);
        bool const super =
            keyboard && (wlr_keyboard_get_modifiers(keyboard) & Modifier::super) != 0;
        if (found.view && found.view->mapped() && super && button == BTN_LEFT)
            return begin_move(*found.view);
        wlr_seat_pointer_notify_button(seat_, time, button, WL_POINTER_BUTTON_STATE_PRESSED);
        return;
    }
    FramePart part = FramePart::none;
    if (is_menu(found.view))
        return; // the rim of a menu is nobody's, least of all the window's under it
    FramedView* const view = frame_at(whole(cursor_), part);
    // Without a frame or surface under it a press still goes where a held button keeps the focus.
    if (!view) {
        wlr_seat_pointer_notify_button(seat_, time, button, WL_POINTER_BUTTON_STATE_PRESSED);
        return;
    }
    activate(*view);
    if (button != BTN_LEFT)
        return;
    if (button_of(part)) {
        grab_ = Grab::button;
        grabbed_ = view;
        pressed_part_ = part;
        view->set_hovered(button_of(part), true);
    } else if (edges_of(part) != WLR_EDGE_NONE) {
        begin_resize(*view, edges_of(part));
    } else if (part == FramePart::title) {
        if (last_title_click_ != 0 && time - last_title_click_ < 400) {
            last_title_click_ = 0;
            set_maximized(*view, !view->state().maximized);
            return;
        }
        last_title_click_ = time;
        begin_move(*view);
    }
}

void Desktop::begin_move(FramedView& view)
{
    if (view.state().fullscreen)
        return;
    grab_ = Grab::move;
    grabbed_ = &view;
    grab_point_ = whole(cursor_);
    grab_rect_ = view.state().content;
    wlr_seat_pointer_notify_clear_focus(seat_);
}

void Desktop::begin_resize(FramedView& view, std::uint32_t edges)
{
    if (view.state().fullscreen || view.state().maximized)
        return;
    grab_ = Grab::resize;
    grabbed_ = &view;
    grab_edges_ = edges;
    grab_point_ = whole(cursor_);
    grab_rect_ = view.state().content;
    wlr_seat_pointer_notify_clear_focus(seat_);
    set_pointer_shape(wlr_xcursor_get_resize_name(static_cast<wlr_edges>(edges)));
}

void Desktop::drag(Point p)
{
    FramedView& view = *grabbed_;
    std::int32_t const dx = p.x - grab_point_.x;
    std::int32_t const dy = p.y - grab_point_.y;
    if (grab_ == Grab::move) {
        FramedView::State state = view.state();
        if (state.maximized || state.snap != Snap::none) {
            if (std::abs(dx) + std::abs(dy) < 12)
                return;
            // Torn loose: it keeps its old size, the pointer keeps its share of the title bar.
            double const share =
                static_cast<double>(grab_point_.x - grab_rect_.x) / grab_rect_.width;
            state.content.width = state.restore.width;
            state.content.height = state.restore.height;
            state.content.x =
                p.x - static_cast<std::int32_t>(share * std::max(state.restore.width, 1));
            state.maximized = false;
            state.snap = Snap::none;
            grab_rect_ = state.content;
            grab_point_ = p;
            return view.set_state(state);
        }
        std::vector<Rect> areas;
        wlr_output_layout_output* entry;
        wl_list_for_each(entry, &layout_->outputs, link)
            areas.push_back(layer_shell_->work_area(entry->output));
        Rect const wanted{grab_rect_.x + dx, grab_rect_.y + dy, state.content.width,
                          state.content.height};
        Rect const moved = content_within(keep_reachable(frame_around(wanted), areas));
        return move_view(view, {moved.x, moved.y});
    }
    FramedView::State state = view.state();
    constexpr std::int32_t least_width = 120;
    constexpr std::int32_t least_height = 40;
    Rect rect = grab_rect_;
    if (grab_edges_ & WLR_EDGE_RIGHT)
        rect.width = std::max(least_width, rect.width + dx);
    if (grab_edges_ & WLR_EDGE_BOTTOM)
        rect.height = std::max(least_height, rect.height + dy);
    if (grab_edges_ & WLR_EDGE_LEFT) {
        rect.width = std::max(least_width, grab_rect_.width - dx);
        rect.x = static_cast<std::int32_t>(grab_rect_.right()) - rect.width;
    }
    if (grab_edges_ & WLR_EDGE_TOP) {
        rect.height = std::max(least_height, grab_rect_.height - dy);
        rect.y = static_cast<std::int32_t>(grab_rect_.bottom()) - rect.height;
    }
    state.content = rect;
    state.snap = Snap::none;
    view.set_state(state);
}

void Desktop::end_grab()
{
    if (grabbed_ && grab_ == Grab::button)
        grabbed_->set_hovered(std::nullopt, false);
    if (grabbed_)
        host_.handle_view_changed(*grabbed_);
    grab_ = Grab::none;
    grabbed_ = nullptr;
    pressed_part_ = FramePart::none;
}

void Desktop::handle_cursor_motion(wlr_pointer_motion_event& event)
{
    wlr_relative_pointer_manager_v1_send_relative_motion(
        globals_->relative_pointer, seat_, std::uint64_t{event.time_msec} * 1000, event.delta_x,
        event.delta_y, event.unaccel_dx, event.unaccel_dy);
    if (wlr_pointer_constraint_v1* const constraint =
            seat_->pointer_state.focused_surface
                ? wlr_pointer_constraints_v1_constraint_for_surface(
                      constraints_, seat_->pointer_state.focused_surface, seat_)
                : nullptr;
        constraint && constraint->type == WLR_POINTER_CONSTRAINT_V1_LOCKED && !lock_->locked() &&
        focused_ && focused_->surface() == seat_->pointer_state.focused_surface) {
        wlr_pointer_constraint_v1_send_activated(constraint);
        return;
    }
    if (holds_pointer(event))
        return;
    wlr_cursor_move(cursor_, &event.pointer->base, event.delta_x, event.delta_y);
    pointer_moved(event.time_msec);
}

void Desktop::handle_cursor_absolute(wlr_pointer_motion_absolute_event& event)
{
    wlr_cursor_warp_absolute(cursor_, &event.pointer->base, event.x, event.y);
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

void Desktop::handle_constraint(wlr_pointer_constraint_v1& constraint)
{
    if (!lock_->locked() && focused_ && focused_->surface() == constraint.surface &&
        seat_->pointer_state.focused_surface == constraint.surface)
        wlr_pointer_constraint_v1_send_activated(&constraint);
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
    auto const client = [](wlr_surface* surface) {
        return surface ? wl_resource_get_client(surface->resource) : nullptr;
    };
    FramedView const* const before = owner_of(event.old_surface);
    if (event.new_surface &&
        (client(event.new_surface) != client(event.old_surface) || (before && before->untrusted())))
        cursor_image_->show_shape("default");
    if (holder_ && event.new_surface != holder_->surface())
        end_pointer_hold();
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

// Touch

void Desktop::touch_down(std::uint32_t time, std::int32_t id, double x, double y)
{
    notify_activity();
    Hit const found = hit(x, y);
    if (!found.surface)
        return;
    if (found.view && found.view->mapped() && found.view != focused_ && !lock_->locked())
        activate(*found.view);
    wlr_seat_touch_notify_down(seat_, found.surface, time, id, found.x, found.y);
}

void Desktop::touch_motion(std::uint32_t time, std::int32_t id, double x, double y)
{
    wlr_touch_point* const point = wlr_seat_touch_get_point(seat_, id);
    if (!point)
        return;
    Hit const found = hit(x, y);
    if (found.surface)
        wlr_seat_touch_point_focus(seat_, found.surface, time, id, found.x, found.y);
    // A finger keeps its surface: positions outside of it count from its corner.
    if (found.surface == point->surface) {
        wlr_seat_touch_notify_motion(seat_, time, id, found.x, found.y);
    } else if (FramedView const* const view = view_of(point->surface)) {
        wlr_seat_touch_notify_motion(seat_, time, id, x - view->state().content.x,
                                     y - view->state().content.y);
    }
}

void Desktop::touch_up(std::uint32_t time, std::int32_t id)
{
    if (wlr_seat_touch_get_point(seat_, id))
        wlr_seat_touch_notify_up(seat_, time, id);
}

void Desktop::handle_touch_down(wlr_touch_down_event& event)
{
    double x = 0;
    double y = 0;
    wlr_cursor_absolute_to_layout_coords(cursor_, &event.touch->base, event.x, event.y, &x, &y);
    touch_down(event.time_msec, event.touch_id, x, y);
}

void Desktop::handle_touch_motion(wlr_touch_motion_event& event)
{
    double x = 0;
    double y = 0;
    wlr_cursor_absolute_to_layout_coords(cursor_, &event.touch->base, event.x, event.y, &x, &y);
    touch_motion(event.time_msec, event.touch_id, x, y);
}

void Desktop::handle_touch_up(wlr_touch_up_event& event)
{
    touch_up(event.time_msec, event.touch_id);
}

void Desktop::handle_touch_frame()
{
    wlr_seat_touch_notify_frame(seat_);
}

// Selections and drags, within the session

void Desktop::handle_set_selection(wlr_seat_request_set_selection_event& event)
{
    wlr_seat_set_selection(seat_, event.source, event.serial);
}

void Desktop::handle_set_primary(wlr_seat_request_set_primary_selection_event& event)
{
    wlr_seat_set_primary_selection(seat_, event.source, event.serial);
}

void Desktop::handle_request_drag(wlr_seat_request_start_drag_event& event)
{
    wlr_touch_point* point = nullptr;
    if (wlr_seat_validate_pointer_grab_serial(seat_, event.origin, event.serial))
        wlr_seat_start_pointer_drag(seat_, event.drag, event.serial);
    else if (wlr_seat_validate_touch_grab_serial(seat_, event.origin, event.serial, &point))
        wlr_seat_start_touch_drag(seat_, event.drag, event.serial, point);
    else
        wlr_data_source_destroy(event.drag->source);
}

void Desktop::handle_start_drag(wlr_drag& drag)
{
    if (drag.icon)
        wlr_scene_drag_icon_create(layers_.drag, drag.icon);
    Point const p = whole(cursor_);
    wlr_scene_node_set_position(&layers_.drag->node, p.x, p.y);
}

} // namespace vitrail::compositor
