#include "agents/gui/seat.hpp"

#include "agents/gui/agent.hpp"

#include <linux/input-event-codes.h>

#include <algorithm>
#include <array>

namespace vitrail::agent {

namespace {

constexpr std::uint32_t x11_keycode_offset = 8;
constexpr std::uint32_t real_modifiers = 0xff; // the first eight are the same in X11 and xkb
constexpr std::uint32_t lock_modifiers = WLR_MODIFIER_CAPS | WLR_MODIFIER_MOD2;
constexpr double wheel_step = 15;
/// Keys kept for an X server that does not answer; more is not a person any more.
constexpr std::size_t max_waiting = 1024;

constexpr wlr_keyboard_impl keyboard_impl{.name = "vitrail-agent", .led_update = nullptr};

std::uint32_t evdev_button(std::uint32_t x11)
{
    switch (x11) {
    case 1: return BTN_LEFT;
    case 2: return BTN_MIDDLE;
    case 3: return BTN_RIGHT;
    case 8: return BTN_SIDE;
    case 9: return BTN_EXTRA;
    default: return x11 > 9 && x11 < 16 ? BTN_FORWARD + (x11 - 10) : 0;
    }
}

double to_double(wire::Fixed value)
{
    return value.value / 256.0;
}

} // namespace

Seat::Seat(Agent& agent)
    : agent_(agent),
      seat_(wlr_seat_create(agent.display(), "seat0")),
      cursor_((wlr_keyboard_init(&keyboard_, &keyboard_impl, "vitrail-agent"), agent), *seat_),
      key_(*this, keyboard_.events.key),
      modifiers_(*this, keyboard_.events.modifiers),
      set_selection_(*this, seat_->events.request_set_selection),
      set_primary_(*this, seat_->events.request_set_primary_selection),
      start_drag_(*this, seat_->events.request_start_drag)
{
    if (!set_keymap(nullptr))
        wlr_log(WLR_ERROR, "no keymap: install xkb-data");
    wlr_keyboard_set_repeat_info(&keyboard_, 25, 600);
    wlr_seat_set_keyboard(seat_, &keyboard_);
    wlr_seat_set_capabilities(seat_, WL_SEAT_CAPABILITY_KEYBOARD | WL_SEAT_CAPABILITY_POINTER |
                                         WL_SEAT_CAPABILITY_TOUCH);
}

Seat::~Seat()
{
    if (dismissal_)
        wl_event_source_remove(dismissal_);
    wlr_seat_set_keyboard(seat_, nullptr);
    wlr_keyboard_finish(&keyboard_);
}

bool Seat::set_keymap(xkb_rule_names const* names)
{
    Handle<xkb_context, xkb_context_unref> const context(xkb_context_new(XKB_CONTEXT_NO_FLAGS));
    if (!context)
        return false;
    Handle<xkb_keymap, xkb_keymap_unref> const keymap(
        xkb_keymap_new_from_names(context.get(), names, XKB_KEYMAP_COMPILE_NO_FLAGS));
    return keymap && wlr_keyboard_set_keymap(&keyboard_, keymap.get());
}

void Seat::handle_layout(wire::from_daemon::KeyboardLayout const& layout)
{
    xkb_rule_names const names{nullptr, nullptr, layout.layout.c_str(), layout.variant.c_str(),
                               layout.options.c_str()};
    if (!set_keymap(&names))
        wlr_log(WLR_ERROR, "no such keyboard layout: %s", layout.layout.c_str());
}

void Seat::set_client_repeat(bool clients_repeat)
{
    wlr_keyboard_set_repeat_info(&keyboard_, clients_repeat ? 25 : 0, clients_repeat ? 600 : 0);
}

// ---- keyboard ----

void Seat::key(std::uint32_t evdev, bool pressed)
{
    wlr_keyboard_key_event event{
        .time_msec = agent_.now_ms(),
        .keycode = evdev,
        .update_state = true,
        .state = pressed ? WL_KEYBOARD_KEY_STATE_PRESSED : WL_KEYBOARD_KEY_STATE_RELEASED,
    };
    wlr_keyboard_notify_key(&keyboard_, &event);
}

void Seat::handle_key(wire::from_daemon::Keypress const& message)
{
    if (barrier_ && waiting_.size() < max_waiting)
        waiting_.push_back(message);
    else
        pass_key(message);
}

void Seat::handle_x11_settled()
{
    barrier_.reset();
    for (auto const& message : std::exchange(waiting_, {}))
        pass_key(message);
}

void Seat::pass_key(wire::from_daemon::Keypress const& message)
{
    std::uint32_t const evdev = message.keycode - x11_keycode_offset;
    auto const held = std::span(keyboard_.keycodes, keyboard_.num_keycodes);
    bool const down = std::ranges::find(held, evdev) != held.end();
    if (!message.pressed && !down)
        return; // pressed elsewhere
    sync_modifiers(message.state);
    if (message.pressed && down)
        key(evdev, false); // a repeat of the daemon's
    key(evdev, message.pressed);
}

void Seat::sync_modifiers(std::uint32_t x11_state)
{
    auto const& now = keyboard_.modifiers;
    std::uint32_t const wanted = x11_state & real_modifiers;
    if (((now.depressed | now.latched | now.locked) & real_modifiers) == wanted)
        return;
    std::uint32_t const locked = (now.locked & ~lock_modifiers) | (wanted & lock_modifiers);
    wlr_keyboard_notify_modifiers(&keyboard_, wanted & ~locked & ~lock_modifiers, 0, locked,
                                  now.group);
}

void Seat::handle_keymap(wire::from_daemon::Keymap const& keymap)
{
    handle_x11_settled(); // it tells of the time after the keys that wait
    std::array<std::uint32_t, WLR_KEYBOARD_KEYS_CAP> held{};
    std::size_t const count = keyboard_.num_keycodes;
    std::copy_n(keyboard_.keycodes, count, held.begin());
    for (std::uint32_t const evdev : std::span(held).first(count))
        if (evdev + x11_keycode_offset > 255 ||
            !keymap.down(static_cast<std::uint8_t>(evdev + x11_keycode_offset)))
            key(evdev, false);
}

void Seat::handle_keyboard_key(wlr_keyboard_key_event& event)
{
    wlr_seat_keyboard_notify_key(seat_, event.time_msec, event.keycode, event.state);
}

void Seat::handle_keyboard_modifiers()
{
    wlr_seat_keyboard_notify_modifiers(seat_, &keyboard_.modifiers);
}

void Seat::enter_keyboard(Window& window)
{
    keyboard_window_ = &window;
    wlr_seat_keyboard_notify_enter(seat_, window.surface(), keyboard_.keycodes,
                                   keyboard_.num_keycodes, &keyboard_.modifiers);
}

void Seat::handle_focus(wire::from_daemon::Focus const& focus)
{
    Window* const window = agent_.window(focus.window);
    if (!window)
        return;
    handle_x11_settled(); // what waits was for the window that had the focus
    if (focus.focused) {
        if (keyboard_window_ && keyboard_window_ != window)
            keyboard_window_->handle_focus(false);
        window->handle_focus(true);
        enter_keyboard(*window);
        if (xcb_connection_t* const connection = window->x11() ? agent_.x11_connection() : nullptr)
            barrier_.emplace(agent_, *connection);
    } else if (keyboard_window_ == window) {
        keyboard_window_ = nullptr;
        window->handle_focus(false);
        wlr_seat_keyboard_notify_clear_focus(seat_);
        // 1.8 does not say that the user clicked elsewhere: focus that goes to no other window
        // of ours does (fact sheet gui-protocol §12.4).
        if (!agent_.link().extended() && !dismissal_)
            dismissal_ = wl_event_loop_add_idle(
                agent_.loop(), [](void* data) { static_cast<Seat*>(data)->dismiss_popups(); },
                this);
    }
}

void Seat::dismiss_popups()
{
    dismissal_ = nullptr;
    if (!keyboard_window_)
        agent_.dismiss_popups();
}

// ---- pointer ----

void Seat::handle_motion(Window& window, double x, double y, std::uint32_t time_ms)
{
    if (!window.shown())
        return;
    double sx = 0, sy = 0;
    wlr_surface* surface = nullptr;
    if (grab_ && !seat_->drag && pointer_window_ == &window) {
        surface = grab_->surface;
        sx = x + grab_->dx;
        sy = y + grab_->dy;
    } else {
        pointer_window_ = &window;
        surface = window.picture().surface_at(x, y, sx, sy);
    }
    if (!surface) {
        wlr_seat_pointer_notify_clear_focus(seat_);
        return;
    }
    wlr_seat_pointer_notify_enter(seat_, surface, sx, sy);
    wlr_seat_pointer_notify_motion(seat_, time_ms, sx, sy);
    wlr_seat_pointer_notify_frame(seat_);
    if (!grab_)
        last_offset_ = {sx - x, sy - y};
}

void Seat::handle_crossing(wire::from_daemon::Crossing const& crossing)
{
    Window* const window = agent_.window(crossing.window);
    if (!window || crossing.mode != 0)
        return;
    if (crossing.entered) {
        handle_motion(*window, crossing.position.x, crossing.position.y, agent_.now_ms());
    } else if (pointer_window_ == window && !grab_) {
        pointer_window_ = nullptr;
        wlr_seat_pointer_notify_clear_focus(seat_);
    }
}

void Seat::handle_button(wire::from_daemon::Button const& button)
{
    if (button.button >= 4 && button.button <= 7) {
        if (button.pressed)
            wheel(button.button);
        return;
    }
    std::uint32_t const code = evdev_button(button.button);
    if (code == 0)
        return;
    Window* const window = agent_.window(button.window);
    // What is below the pointer may have changed since it moved.
    if (window && button.pressed && !grab_ && pointer_window_ != window)
        handle_motion(*window, button.position.x, button.position.y, agent_.now_ms());
    auto* const focused = seat_->pointer_state.focused_surface;
    if (button.pressed && !grab_ && focused)
        grab_ = Grab{focused, last_offset_.first, last_offset_.second};
    wlr_seat_pointer_notify_button(seat_, agent_.now_ms(), code,
                                   button.pressed ? WL_POINTER_BUTTON_STATE_PRESSED
                                                  : WL_POINTER_BUTTON_STATE_RELEASED);
    wlr_seat_pointer_notify_frame(seat_);
    if (seat_->pointer_state.button_count == 0)
        grab_.reset();
}

void Seat::wheel(std::uint32_t button)
{
    bool const horizontal = button >= 6;
    int const sign = button % 2 == 0 ? -1 : 1;
    wlr_seat_pointer_notify_axis(
        seat_, agent_.now_ms(),
        horizontal ? WL_POINTER_AXIS_HORIZONTAL_SCROLL : WL_POINTER_AXIS_VERTICAL_SCROLL,
        sign * wheel_step, sign * WLR_POINTER_AXIS_DISCRETE_STEP, WL_POINTER_AXIS_SOURCE_WHEEL,
        WL_POINTER_AXIS_RELATIVE_DIRECTION_IDENTICAL);
    wlr_seat_pointer_notify_frame(seat_);
}

void Seat::handle_axis(wire::from_daemon::Axis const& axis)
{
    wlr_seat_pointer_notify_axis(
        seat_, axis.time_ms,
        axis.axis == wire::from_daemon::AxisKind::horizontal ? WL_POINTER_AXIS_HORIZONTAL_SCROLL
                                                             : WL_POINTER_AXIS_VERTICAL_SCROLL,
        to_double(axis.value), axis.value_120, static_cast<wl_pointer_axis_source>(axis.source),
        static_cast<wl_pointer_axis_relative_direction>(axis.direction));
    wlr_seat_pointer_notify_frame(seat_);
}

void Seat::handle_touch(wire::from_daemon::Touch const& touch)
{
    Window* const window = agent_.window(touch.window);
    switch (touch.kind) {
    case wire::from_daemon::TouchKind::up:
        if (wlr_seat_touch_get_point(seat_, touch.id))
            wlr_seat_touch_notify_up(seat_, touch.time_ms, touch.id);
        touch_offsets_.erase(touch.id);
        return;
    case wire::from_daemon::TouchKind::down:
    case wire::from_daemon::TouchKind::motion: {
        if (!window || !window->shown())
            return;
        double const x = to_double(touch.x), y = to_double(touch.y);
        double sx = 0, sy = 0;
        if (touch.kind == wire::from_daemon::TouchKind::down) {
            wlr_surface* const surface = window->picture().surface_at(x, y, sx, sy);
            if (!surface)
                return;
            touch_offsets_[touch.id] = {sx - x, sy - y};
            wlr_seat_touch_notify_down(seat_, surface, touch.time_ms, touch.id, sx, sy);
        } else if (wlr_seat_touch_get_point(seat_, touch.id)) {
            // A finger stays with the surface that it came down on.
            auto const [dx, dy] = touch_offsets_[touch.id];
            wlr_seat_touch_notify_motion(seat_, touch.time_ms, touch.id, x + dx, y + dy);
        }
        return;
    }
    case wire::from_daemon::TouchKind::frame: wlr_seat_touch_notify_frame(seat_); return;
    case wire::from_daemon::TouchKind::cancel:
        if (wlr_touch_point* const point = wlr_seat_touch_get_point(seat_, touch.id))
            wlr_seat_touch_notify_cancel(seat_, point->client);
        return;
    }
}

void Seat::end_pointer()
{
    grab_.reset();
    wlr_seat_pointer_notify_clear_focus(seat_);
    std::array<std::uint32_t, WLR_POINTER_BUTTONS_CAP> held{};
    std::size_t const count = seat_->pointer_state.button_count;
    for (std::size_t i = 0; i < count; ++i)
        held[i] = seat_->pointer_state.buttons[i];
    for (std::uint32_t const code : std::span(held).first(count))
        wlr_seat_pointer_notify_button(seat_, agent_.now_ms(), code,
                                       WL_POINTER_BUTTON_STATE_RELEASED);
    pointer_window_ = nullptr;
}

void Seat::release_all()
{
    handle_keymap({});
    end_pointer();
    keyboard_window_ = nullptr;
    wlr_seat_keyboard_notify_clear_focus(seat_);
}

void Seat::forget(Window& window)
{
    cursor_.forget(window);
    if (pointer_window_ == &window) {
        pointer_window_ = nullptr;
        grab_.reset();
    }
    if (keyboard_window_ == &window) {
        keyboard_window_ = nullptr;
        barrier_.reset();
        waiting_.clear();
    }
}

// ---- what clients ask for ----

void Seat::handle_set_selection(wlr_seat_request_set_selection_event& event)
{
    wlr_seat_set_selection(seat_, event.source, event.serial);
}

void Seat::handle_set_primary(wlr_seat_request_set_primary_selection_event& event)
{
    wlr_seat_set_primary_selection(seat_, event.source, event.serial);
}

void Seat::handle_start_drag(wlr_seat_request_start_drag_event& event)
{
    if (wlr_seat_validate_pointer_grab_serial(seat_, event.origin, event.serial))
        wlr_seat_start_pointer_drag(seat_, event.drag, event.serial);
    else
        wlr_data_source_destroy(event.drag->source);
}

} // namespace vitrail::agent
