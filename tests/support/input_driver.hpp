#pragma once

#include "lib/base/geometry.hpp"
#include "tests/support/session_client.hpp"

#include <linux/input-event-codes.h>
#include <xkbcommon/xkbcommon.h>

#include <string_view>
#include <vector>

struct zwlr_virtual_pointer_v1;
struct zwp_virtual_keyboard_v1;

namespace vitrail::test {

/// A person's hands: a virtual keyboard with the US layout and a virtual pointer.
///
/// Keys travel to qubes as key codes (protocol 1.8 has no key map), so text can hold what the US
/// layout has; another character makes type() fail. Each function returns when the compositor has
/// worked off what it sent.
class InputDriver {
public:
    [[nodiscard]] static Result<std::unique_ptr<InputDriver>> create(SessionClient& client,
                                                                     Size layout);
    ~InputDriver();
    InputDriver(InputDriver const&) = delete;
    InputDriver& operator=(InputDriver const&) = delete;

    /// '\n' is Return, '\t' Tab.
    [[nodiscard]] Result<> type(std::string_view utf8);
    /// Evdev codes, pressed in order and released in reverse: {KEY_LEFTALT, KEY_F4}.
    [[nodiscard]] Result<> chord(std::vector<std::uint32_t> const& keys);
    void press_key(std::uint32_t key) { key_event(key, true); }
    void release_key(std::uint32_t key) { key_event(key, false); }

    /// Layout units.
    [[nodiscard]] Result<> move_to(Point where);
    [[nodiscard]] Result<> click(Point where, std::uint32_t button = BTN_LEFT);
    /// Press at `from`, move in steps, release at `to`.
    [[nodiscard]] Result<> drag(Point from, Point to, std::uint32_t button = BTN_LEFT);
    void press_button(std::uint32_t button) { button_event(button, true); }
    void release_button(std::uint32_t button) { button_event(button, false); }
    /// Notches of the wheel; positive is down.
    [[nodiscard]] Result<> scroll(int notches);
    [[nodiscard]] Result<> flush() { return client_.roundtrip(); }

private:
    InputDriver(SessionClient& client, Size layout) : client_(client), layout_(layout) {}
    [[nodiscard]] Result<> set_up();
    void key_event(std::uint32_t key, bool pressed);
    void button_event(std::uint32_t button, bool pressed);
    void motion(Point where);
    [[nodiscard]] std::uint32_t next_time() { return ++time_; }

    SessionClient& client_;
    Size layout_;
    Handle<xkb_context, xkb_context_unref> context_;
    Handle<xkb_keymap, xkb_keymap_unref> keymap_;
    Handle<xkb_state, xkb_state_unref> state_;
    zwp_virtual_keyboard_v1* keyboard_ = nullptr;
    zwlr_virtual_pointer_v1* pointer_ = nullptr;
    std::uint32_t time_ = 1000; ///< milliseconds; grows by one an event
};

} // namespace vitrail::test
