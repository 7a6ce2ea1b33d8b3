#pragma once

#include "guid/outbox.hpp"
#include "lib/base/geometry.hpp"
#include "lib/base/strong.hpp"
#include "lib/wire/message.hpp"

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <span>

namespace vitrail::guid {

/// Keys, pointer and touch of the compositor's seat as the agent shall see them.
///
/// Keyboard codes come in evdev numbers and go out as X keycodes (evdev + 8); fixed is Wayland's
/// 24.8. Source: fact sheet gui-protocol §3.3 and §5.5.
class Input {
public:
    explicit Input(Outbox& outbox) : outbox_(outbox) {}
    void set_extended(bool on) { extended_ = on; }

    void keyboard_enter(WindowId window, std::span<std::uint32_t const> keys);
    /// Releases what is held, then says FOCUS out.
    void keyboard_leave();
    void key(std::uint32_t key, bool pressed);
    void key_repeat(std::uint32_t key);
    /// The masks of wl_keyboard.modifiers.
    void modifiers(std::uint32_t depressed, std::uint32_t latched, std::uint32_t locked,
                   std::uint32_t group);

    void pointer_enter(WindowId window, std::int32_t fixed_x, std::int32_t fixed_y);
    void pointer_leave();
    void pointer_motion(std::uint32_t time, std::int32_t fixed_x, std::int32_t fixed_y);
    void pointer_button(std::uint32_t button, bool pressed);
    struct Axis {
        std::uint32_t time = 0;
        std::int32_t fixed_value = 0;
        std::int32_t value_120 = 0; ///< 0 for sources without steps
        std::uint32_t source = 0;
        std::uint32_t direction = 0;
    };
    /// axis: 0 vertical, 1 horizontal.
    void pointer_axis(std::uint32_t axis, Axis const& event);
    void relative_motion(std::uint32_t time, std::int32_t fixed_dx, std::int32_t fixed_dy);
    /// 1.8 has no touch: the first finger is the pointer with its left button there.
    void touch(WindowId window, wire::XTouch const& event);

    /// The window is gone; nothing may name it any more.
    void forget(WindowId window);
    [[nodiscard]] std::optional<WindowId> focus() const { return focus_; }
    [[nodiscard]] std::optional<WindowId> under_pointer() const { return pointer_; }

private:
    void touch_as_pointer(WindowId window, wire::XTouch const& event);
    void send_keymap();
    void send_key(std::uint32_t keycode, bool pressed);
    void send_crossing(std::uint32_t type);
    void send_wheel(std::uint32_t axis, std::int32_t steps);
    void send_motion(std::uint32_t time);
    [[nodiscard]] std::uint32_t state() const;
    [[nodiscard]] Point position() const;

    Outbox& outbox_;
    bool extended_ = false;

    std::optional<WindowId> focus_;
    std::bitset<256> held_; ///< X keycodes that are down for the focused window
    std::uint32_t modifiers_ = 0, group_ = 0;

    std::optional<WindowId> pointer_;
    std::int32_t fixed_x_ = 0, fixed_y_ = 0;
    std::uint32_t buttons_ = 0;           ///< X state bits
    std::optional<std::int32_t> finger_;  ///< that is the pointer
    std::array<std::int32_t, 2> wheel_{}; ///< 120ths not sent yet, per axis
};

} // namespace vitrail::guid
