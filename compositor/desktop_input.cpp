#include "compositor/desktop.hpp"
#include "compositor/desktop_private.hpp"

#include <algorithm>
#include <utility>

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
    bool const super = std::ranges::any_of(keysyms, [](xkb_keysym_t keysym) {
        return keysym == XKB_KEY_Super_L || keysym == XKB_KEY_Super_R;
    });
    tapped_.reset();
    if (super && (modifiers & Modifier::all & ~Modifier::super) == 0)
        tapped_ = keycode;
    bool const prompted = prompts_->keyboard_surface() != nullptr;
    if (prompted && !prompts_->take_key(keycode))
        return true;
    if (switcher_.walking() && !keysyms.empty() && keysyms.front() == XKB_KEY_Escape) {
        finish_switcher(false);
        return true;
    }
    if (clipboard_->waits()) {
        if (!keysyms.empty() && keysyms.front() == XKB_KEY_Escape) {
            clipboard_->cancel();
            return true;
        }
        clipboard_->proceed();
    }
    // Super alone acts when it is released.
    Binding const* const binding =
        super ? nullptr : find_binding(config_.bindings, modifiers, keysyms);
    if (!binding)
        return false;
    // What is asked is answered before anything else is done.
    if (prompted && binding->action != Action::lock && binding->action != Action::attention)
        return true;
    // A program of the session has the chord for itself: the clipboard between qubes is not its.
    bool const chord = binding->action == Action::copy || binding->action == Action::paste;
    if (chord && clipboard_->typed() == 0 && seat_->keyboard_state.focused_surface)
        return false;
    perform(Binding(*binding)); // a copy: the action may reload the configuration
    return true;
}

void Desktop::key_released(std::uint32_t keycode)
{
    prompts_->key_released(keycode);
    if (std::exchange(tapped_, std::nullopt) != keycode || lock_->locked() ||
        prompts_->keyboard_surface())
        return;
    xkb_keysym_t const super = XKB_KEY_Super_L;
    if (Binding const* const binding = find_binding(config_.bindings, 0, {&super, 1}))
        perform(Binding(*binding));
}

std::vector<std::uint32_t> Desktop::keys_down() const
{
    std::vector<std::uint32_t> all;
    for (auto const& one : keyboards_)
        all.insert(all.end(), one->keyboard->keycodes,
                   one->keyboard->keycodes + one->keyboard->num_keycodes);
    return all;
}

/// The one whose layout is shown: a person's, not a program's.
wlr_keyboard* Desktop::layout_keyboard() const
{
    wlr_keyboard* const last = wlr_seat_get_keyboard(seat_);
    if (last && !wlr_input_device_get_virtual_keyboard(&last->base))
        return last;
    for (auto const& one : keyboards_)
        if (!wlr_input_device_get_virtual_keyboard(&one->keyboard->base))
            return one->keyboard;
    return nullptr;
}

Desktop::KeyboardLayout Desktop::keyboard_layout() const
{
    wlr_keyboard const* const keyboard = layout_keyboard();
    if (!keyboard || !keyboard->keymap)
        return {};
    char const* const name =
        xkb_keymap_layout_get_name(keyboard->keymap, keyboard->modifiers.group);
    return {shown_text(name ? name : ""), xkb_keymap_num_layouts(keyboard->keymap)};
}

void Desktop::next_layout()
{
    for (auto const& one : keyboards_) {
        wlr_keyboard* const keyboard = one->keyboard;
        if (wlr_input_device_get_virtual_keyboard(&keyboard->base) || !keyboard->keymap)
            continue;
        xkb_layout_index_t const count = xkb_keymap_num_layouts(keyboard->keymap);
        if (count > 1)
            wlr_keyboard_notify_modifiers(keyboard, keyboard->modifiers.depressed,
                                          keyboard->modifiers.latched, keyboard->modifiers.locked,
                                          (keyboard->modifiers.group + 1) % count);
    }
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

// Touch

void Desktop::touch_down(std::uint32_t time, std::int32_t id, double x, double y)
{
    notify_activity();
    claim_.reset();
    clipboard_->proceed();
    Hit const found = hit(x, y);
    if (!prompts_->may_press(found.surface))
        return;
    if (!lock_->locked())
        dismiss_menus(found);
    if (!found.surface)
        return;
    if (!lock_->locked())
        use_pressed(found);
    touches_[id] = std::make_unique<Touch>(*this, id, found, x, y);
    wlr_seat_touch_notify_down(seat_, found.surface, time, id, found.x, found.y);
}

void Desktop::touch_motion(std::uint32_t time, std::int32_t id, double x, double y)
{
    notify_activity();
    auto const touch = touches_.find(id);
    if (touch == touches_.end() || !wlr_seat_touch_get_point(seat_, id))
        return;
    if (!seat_->drag) {
        // A finger keeps its surface: positions outside of it count from its corner.
        wlr_seat_touch_notify_motion(seat_, time, id, x - touch->second->x, y - touch->second->y);
        return;
    }
    wlr_scene_node_set_position(&layers_.drag->node, static_cast<int>(x), static_cast<int>(y));
    Hit const found = hit(x, y);
    if (!found.surface)
        return wlr_seat_touch_point_clear_focus(seat_, time, id);
    wlr_seat_touch_point_focus(seat_, found.surface, time, id, found.x, found.y);
    wlr_seat_touch_notify_motion(seat_, time, id, found.x, found.y);
}

void Desktop::touch_up(std::uint32_t time, std::int32_t id)
{
    if (wlr_seat_touch_get_point(seat_, id))
        wlr_seat_touch_notify_up(seat_, time, id);
    touches_.erase(id);
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
