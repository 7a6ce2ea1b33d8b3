#pragma once

#include "agents/gui/cursor.hpp"
#include "agents/gui/listener.hpp"
#include "agents/gui/wlr.hpp"
#include "agents/gui/x11_barrier.hpp"
#include "lib/wire/types.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vitrail::agent {

class Agent;
class Window;

/// Keyboard, pointer and touch of the qube, moved by the daemon's messages only.
class Seat {
public:
    explicit Seat(Agent& agent);
    ~Seat();

    [[nodiscard]] wlr_seat* get() const { return seat_; }
    [[nodiscard]] Window* pointer_window() const { return pointer_window_; }

    [[nodiscard]] bool has_focus(Window const& window) const { return keyboard_window_ == &window; }

    void handle_key(wire::from_daemon::Keypress const& key);
    void handle_button(wire::from_daemon::Button const& button);
    void handle_motion(Window& window, double x, double y, std::uint32_t time_ms);
    void handle_crossing(wire::from_daemon::Crossing const& crossing);
    void handle_focus(wire::from_daemon::Focus const& focus);
    void handle_keymap(wire::from_daemon::Keymap const& keymap);
    void handle_axis(wire::from_daemon::Axis const& axis);
    void handle_touch(wire::from_daemon::Touch const& touch);
    void handle_layout(wire::from_daemon::KeyboardLayout const& layout);
    /// The X server knows which window has the focus: keys that came since go there.
    void handle_x11_settled();

    /// A daemon came: in 1.8 it repeats keys itself, with the extension clients do.
    void set_client_repeat(bool clients_repeat);
    /// The window is going: no more input for it.
    void forget(Window& window);
    /// The daemon is gone or took the pointer: nothing is held down any more.
    void end_pointer();
    void release_all();

private:
    void key(std::uint32_t evdev, bool pressed);
    void pass_key(wire::from_daemon::Keypress const& key);
    void sync_modifiers(std::uint32_t x11_state);
    void wheel(std::uint32_t button);
    void enter_keyboard(Window& window);
    [[nodiscard]] bool set_keymap(xkb_rule_names const* names);

    void dismiss_popups();

    void handle_keyboard_key(wlr_keyboard_key_event& event);
    void handle_keyboard_modifiers();
    void handle_set_selection(wlr_seat_request_set_selection_event& event);
    void handle_set_primary(wlr_seat_request_set_primary_selection_event& event);
    void handle_start_drag(wlr_seat_request_start_drag_event& event);

    Agent& agent_;
    wlr_seat* seat_;
    wlr_keyboard keyboard_{};
    Cursor cursor_;
    Window* pointer_window_ = nullptr;
    Window* keyboard_window_ = nullptr;
    wl_event_source* dismissal_ = nullptr;
    std::optional<X11Barrier> barrier_;
    std::vector<wire::from_daemon::Keypress> waiting_; ///< for the barrier
    struct Grab {
        wlr_surface* surface;
        double dx, dy; ///< from window to surface coordinates
    };
    std::optional<Grab> grab_;              ///< the surface in which a button went down
    std::pair<double, double> last_offset_; ///< the same, of the last motion
    std::map<std::int32_t, std::pair<double, double>> touch_offsets_; ///< as last_offset_
    Listener<&Seat::handle_keyboard_key> key_;
    Listener<&Seat::handle_keyboard_modifiers> modifiers_;
    Listener<&Seat::handle_set_selection> set_selection_;
    Listener<&Seat::handle_set_primary> set_primary_;
    Listener<&Seat::handle_start_drag> start_drag_;
};

} // namespace vitrail::agent
