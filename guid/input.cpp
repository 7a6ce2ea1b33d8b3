#include "guid/input.hpp"

#include <linux/input-event-codes.h>

#include <algorithm>
#include <cstdlib>

namespace vitrail::guid {

namespace {

/// Pixels of smooth scrolling that make one step of a wheel, as libinput counts degrees.
constexpr std::int32_t fixed_per_step = 15 * 256;
/// Of one event; more would only be a flood.
constexpr std::int32_t max_steps = 32;
constexpr std::uint32_t detail_nonlinear = 3;

/// X button of an evdev button, 0 for one that X has no number for.
std::uint32_t x_button(std::uint32_t button)
{
    switch (button) {
    case BTN_LEFT: return 1;
    case BTN_MIDDLE: return 2;
    case BTN_RIGHT: return 3;
    case BTN_SIDE:
    case BTN_BACK: return 8;
    case BTN_EXTRA:
    case BTN_FORWARD: return 9;
    default: return 0;
    }
}

/// X keycode of an evdev key, 0 where X has none.
std::uint32_t x_keycode(std::uint32_t key)
{
    return key <= 247 ? key + 8 : 0;
}

} // namespace

std::uint32_t Input::state() const
{
    return modifiers_ | buttons_ | group_ << 13;
}

Point Input::position() const
{
    return {fixed_x_ >> 8, fixed_y_ >> 8};
}

void Input::send_keymap()
{
    wire::KeymapNotify keymap{};
    for (std::size_t code = 0; code < held_.size(); ++code)
        if (held_[code])
            keymap.keys[code / 8] =
                static_cast<std::uint8_t>(keymap.keys[code / 8] | 1U << code % 8);
    outbox_.send(wire::Type::keymap_notify, WindowId{0}, keymap);
}

void Input::keyboard_enter(WindowId window, std::span<std::uint32_t const> keys)
{
    held_.reset();
    for (std::uint32_t const key : keys)
        if (std::uint32_t const code = x_keycode(key))
            held_.set(code);
    focus_ = window;
    send_keymap();
    outbox_.send(wire::Type::focus, window, wire::Focus{wire::event_focus_in, 0, detail_nonlinear});
}

void Input::keyboard_leave()
{
    if (!focus_)
        return;
    for (std::uint32_t code = 0; code < held_.size(); ++code)
        if (held_[code])
            send_key(code, false);
    held_.reset();
    outbox_.send(wire::Type::focus, *focus_,
                 wire::Focus{wire::event_focus_out, 0, detail_nonlinear});
    focus_.reset();
}

void Input::send_key(std::uint32_t keycode, bool pressed)
{
    Point const at = focus_ == pointer_ ? position() : Point{};
    outbox_.send(wire::Type::keypress, *focus_,
                 wire::Keypress{pressed ? wire::event_key_press : wire::event_key_release, at.x,
                                at.y, state(), keycode});
}

void Input::key(std::uint32_t key, bool pressed)
{
    std::uint32_t const code = x_keycode(key);
    if (!focus_ || code == 0)
        return;
    send_key(code, pressed);
    held_.set(code, pressed);
}

void Input::key_repeat(std::uint32_t key)
{
    std::uint32_t const code = x_keycode(key);
    if (extended_ || !focus_ || code == 0 || !held_[code])
        return;
    send_key(code, false);
    send_key(code, true);
}

void Input::modifiers(std::uint32_t depressed, std::uint32_t latched, std::uint32_t locked,
                      std::uint32_t group)
{
    // The first eight modifiers of every XKB keymap are X's, in the order of its state bits.
    modifiers_ = (depressed | latched | locked) & 0xff;
    group_ = group & 3;
}

void Input::send_crossing(std::uint32_t type)
{
    Point const at = position();
    bool const focused = focus_ == pointer_;
    outbox_.send(wire::Type::crossing, *pointer_,
                 wire::Crossing{type, at.x, at.y, state(), 0, detail_nonlinear, focused});
}

void Input::send_motion(std::uint32_t time)
{
    if (extended_)
        outbox_.move(*pointer_, wire::XMotion{time, fixed_x_, fixed_y_});
    else
        outbox_.move(*pointer_, wire::Motion{position().x, position().y, state(), 0});
}

void Input::pointer_enter(WindowId window, std::int32_t fixed_x, std::int32_t fixed_y)
{
    pointer_ = window;
    fixed_x_ = fixed_x;
    fixed_y_ = fixed_y;
    wheel_ = {};
    send_keymap();
    send_crossing(wire::event_enter);
    send_motion(0);
}

void Input::pointer_leave()
{
    if (!pointer_)
        return;
    send_crossing(wire::event_leave);
    pointer_.reset();
    buttons_ = 0;
}

void Input::pointer_motion(std::uint32_t time, std::int32_t fixed_x, std::int32_t fixed_y)
{
    fixed_x_ = fixed_x;
    fixed_y_ = fixed_y;
    if (pointer_)
        send_motion(time);
}

void Input::pointer_button(std::uint32_t button, bool pressed)
{
    std::uint32_t const number = x_button(button);
    if (!pointer_ || number == 0)
        return;
    Point const at = position();
    outbox_.send(wire::Type::button, *pointer_,
                 wire::Button{pressed ? wire::event_button_press : wire::event_button_release, at.x,
                              at.y, state(), number});
    if (number > 5)
        return;
    std::uint32_t const bit = 128U << number;
    buttons_ = pressed ? buttons_ | bit : buttons_ & ~bit;
}

void Input::send_wheel(std::uint32_t axis, std::int32_t steps)
{
    std::uint32_t const number = (axis == 0 ? 4U : 6U) + (steps > 0 ? 1U : 0U);
    Point const at = position();
    for (std::int32_t i = std::min(std::abs(steps), max_steps); i > 0; --i) {
        outbox_.send(wire::Type::button, *pointer_,
                     wire::Button{wire::event_button_press, at.x, at.y, state(), number});
        std::uint32_t const held = number <= 5 ? 128U << number : 0;
        outbox_.send(wire::Type::button, *pointer_,
                     wire::Button{wire::event_button_release, at.x, at.y, state() | held, number});
    }
}

void Input::pointer_axis(std::uint32_t axis, Axis const& event)
{
    if (!pointer_ || axis > 1)
        return;
    if (extended_) {
        outbox_.send(wire::Type::x_axis, *pointer_,
                     wire::XAxis{event.time, axis, event.fixed_value, event.value_120, event.source,
                                 event.direction});
        return;
    }
    std::int32_t const steps_120 =
        event.value_120 != 0
            ? event.value_120
            : static_cast<std::int32_t>(std::int64_t{event.fixed_value} * 120 / fixed_per_step);
    std::int32_t& pending = wheel_[axis];
    if ((pending > 0) != (steps_120 > 0)) // a turn back starts anew
        pending = 0;
    pending = std::clamp(pending + std::clamp(steps_120, -120 * max_steps, 120 * max_steps),
                         -120 * max_steps, 120 * max_steps);
    std::int32_t const steps = pending / 120;
    pending -= steps * 120;
    if (steps != 0)
        send_wheel(axis, steps);
}

void Input::relative_motion(std::uint32_t time, std::int32_t fixed_dx, std::int32_t fixed_dy)
{
    if (extended_ && pointer_)
        outbox_.send(wire::Type::x_relative_motion, *pointer_,
                     wire::XRelativeMotion{time, fixed_dx, fixed_dy});
}

void Input::touch(WindowId window, wire::XTouch const& event)
{
    if (extended_)
        outbox_.send(wire::Type::x_touch, window, event);
    else
        touch_as_pointer(window, event);
}

void Input::touch_as_pointer(WindowId window, wire::XTouch const& event)
{
    constexpr std::uint32_t up = 0, down = 1, motion = 2, cancel = 4;
    if (event.kind == down && !finger_) {
        if (pointer_ != window) {
            pointer_leave();
            pointer_enter(window, event.x, event.y);
        }
        pointer_motion(event.time_ms, event.x, event.y);
        pointer_button(BTN_LEFT, true);
        finger_ = event.id;
    } else if (event.kind == motion && finger_ == event.id) {
        pointer_motion(event.time_ms, event.x, event.y);
    } else if (finger_ && ((event.kind == up && finger_ == event.id) || event.kind == cancel)) {
        pointer_button(BTN_LEFT, false);
        finger_.reset();
    }
}

void Input::forget(WindowId window)
{
    if (focus_ == window) {
        focus_.reset();
        held_.reset();
    }
    if (pointer_ == window) {
        pointer_.reset();
        buttons_ = 0;
        finger_.reset();
    }
}

} // namespace vitrail::guid
