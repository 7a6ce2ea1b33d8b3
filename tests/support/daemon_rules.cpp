#include "tests/support/daemon_rules.hpp"

#include <bitset>
#include <deque>
#include <format>
#include <map>
#include <optional>

namespace vitrail::test {

namespace {

using wire::Type;

constexpr std::uint32_t button_bits = 0x1f00;

/// Bytes of each message that a daemon of 1.8 may send; nothing for any other.
std::optional<std::uint32_t> length_from_daemon(Type type)
{
    switch (type) {
    case Type::keypress:
    case Type::button:
    case Type::configure: return 20;
    case Type::motion: return 16;
    case Type::crossing: return 28;
    case Type::focus: return 12;
    case Type::map:
    case Type::window_flags: return 8;
    case Type::keymap_notify: return 32;
    case Type::destroy:
    case Type::close:
    case Type::clipboard_req:
    case Type::window_dump_ack: return 0;
    default: return std::nullopt;
    }
}

class Judge {
public:
    void handle(Exchange const& exchange)
    {
        header_ = exchange.message.header;
        if (exchange.from_daemon) {
            judge(exchange.message);
            before_ = exchange.message.type();
        } else {
            follow(exchange.message);
        }
        ++place_;
    }
    void finish()
    {
        for (std::uint32_t const window : unacknowledged_)
            complain(std::format("the dump of window {:#x} was never acknowledged", window));
        for (std::uint32_t const window : dying_)
            complain(std::format("DESTROY of window {:#x} was never answered", window));
    }
    std::vector<std::string> broken;

private:
    struct Window {
        bool docked = false, mapped = false;
        bool dying = false;      ///< destroyed by its agent, not made anew since
        bool asked = false;      ///< a CONFIGURE to the agent is unanswered
        std::uint32_t flags = 0; ///< the last that both ends know
    };

    void complain(std::string const& what)
    {
        broken.push_back(std::format("message {} (type {}, window {:#x}): {}", place_, header_.type,
                                     header_.window, what));
    }
    void must(bool holds, char const* what)
    {
        if (!holds)
            complain(what);
    }

    // ---- what the agent said ----
    void follow(Received const& message)
    {
        std::uint32_t const window = message.header.window;
        switch (message.type()) {
        case Type::create: windows_[window] = {}; break;
        case Type::destroy:
            dying_.push_back(window);
            windows_[window].dying = true;
            break;
        case Type::window_dump: unacknowledged_.push_back(window); break;
        case Type::configure: windows_[window].asked = false; break;
        case Type::map: windows_[window].mapped = true; break;
        case Type::unmap: windows_[window].mapped = false; break;
        case Type::dock: windows_[window].docked = true; break;
        case Type::window_flags:
            if (!windows_[window].mapped)
                windows_[window].flags = message.as<wire::WindowFlags>().flags_set & 3;
            break;
        default: break;
        }
    }

    // ---- what the daemon said ----
    void judge(Received const& message)
    {
        Type const type = message.type();
        auto const length = length_from_daemon(type);
        if (type == Type::clipboard_data)
            return;
        if (!length)
            return complain("a daemon of 1.8 sends no such message");
        must(message.body.size() == *length, "its length is wrong");
        if (type == Type::keymap_notify) {
            must(message.header.window == 0, "KEYMAP_NOTIFY is for no window");
            keymap_ = message.as<wire::KeymapNotify>();
            return;
        }
        auto const at = windows_.find(message.header.window);
        if (at == windows_.end())
            return complain("there is no such window");
        judge(message, type, at->second);
    }
    void judge(Received const& message, Type type, Window& window)
    {
        switch (type) {
        case Type::window_dump_ack: return judge_ack();
        case Type::destroy: return judge_destroy();
        case Type::configure: return judge_configure(message.as<wire::Configure>(), window);
        case Type::focus: return judge_focus(message.as<wire::Focus>());
        case Type::crossing: return judge_crossing(message.as<wire::Crossing>());
        case Type::motion: {
            auto const motion = message.as<wire::Motion>();
            must(pointer_ == header_.window, "MOTION of a window where the pointer is not");
            judge_buttons(motion.state);
            where_ = {motion.x, motion.y};
            return;
        }
        case Type::button: return judge_button(message.as<wire::Button>());
        case Type::keypress: return judge_key(message.as<wire::Keypress>());
        case Type::window_flags: return judge_flags(message.as<wire::WindowFlags>(), window);
        case Type::map: {
            auto const map = message.as<wire::Map>();
            must(window.docked, "MAP of a window that is no tray icon");
            must(map.transient_for == 0 && map.override_redirect == 0,
                 "MAP says more than that it is mapped");
            return;
        }
        default: return;
        }
    }
    void judge_ack()
    {
        if (unacknowledged_.empty())
            return complain("WINDOW_DUMP_ACK without a dump");
        must(unacknowledged_.front() == header_.window,
             "WINDOW_DUMP_ACK out of the order of the dumps");
        unacknowledged_.pop_front();
    }
    void judge_destroy()
    {
        if (dying_.empty() || dying_.front() != header_.window)
            return complain("DESTROY that the agent did not ask for next");
        dying_.pop_front();
        if (windows_[header_.window].dying) // else the agent uses the number again already
            windows_.erase(header_.window);
        if (focus_ == header_.window)
            focus_.reset();
        if (pointer_ == header_.window)
            pointer_.reset();
    }
    void judge_configure(wire::Configure const& place, Window& window)
    {
        must(!window.asked, "a second CONFIGURE while one is unanswered");
        must(place.width > 0 && place.height > 0, "CONFIGURE to nothing");
        must(place.override_redirect == 0, "CONFIGURE with override_redirect");
        window.asked = true;
    }
    void judge_focus(wire::Focus const& focus)
    {
        must(focus.mode == 0, "FOCUS of a mode");
        if (focus.type == wire::event_focus_in) {
            must(!focus_, "FOCUS in while another window has it");
            must(before_ == Type::keymap_notify, "FOCUS in without KEYMAP_NOTIFY before it");
            focus_ = header_.window;
            for (std::size_t code = 0; code < down_.size(); ++code)
                down_.set(code, (keymap_.keys[code / 8] >> code % 8 & 1) != 0);
            return;
        }
        must(focus.type == wire::event_focus_out, "FOCUS that is neither in nor out");
        must(focus_ == header_.window, "FOCUS out of a window that has it not");
        must(down_.none(), "FOCUS out with keys left down");
        focus_.reset();
    }
    void judge_crossing(wire::Crossing const& crossing)
    {
        must(crossing.mode == 0, "CROSSING of a mode");
        if (crossing.type == wire::event_enter) {
            must(!pointer_, "Enter while the pointer is in another window");
            must(before_ == Type::keymap_notify, "Enter without KEYMAP_NOTIFY before it");
            pointer_ = header_.window;
            pressed_ = 0;
            where_ = {crossing.x, crossing.y};
            return;
        }
        must(crossing.type == wire::event_leave, "CROSSING that is neither Enter nor Leave");
        must(pointer_ == header_.window, "Leave of a window where the pointer is not");
        pointer_.reset();
    }
    void judge_buttons(std::uint32_t state)
    {
        must((state & button_bits) == pressed_, "state names other buttons than those held");
    }
    void judge_button(wire::Button const& button)
    {
        must(pointer_ == header_.window, "BUTTON in a window where the pointer is not");
        must(button.button >= 1 && button.button <= 9, "no such button");
        must(where_ == Point{button.x, button.y}, "BUTTON where no MOTION went before");
        judge_buttons(button.state);
        std::uint32_t const bit = button.button <= 5 ? 128U << button.button : 0;
        if (button.type == wire::event_button_press) {
            must((pressed_ & bit) == 0, "press of a button that is down");
            pressed_ |= bit;
            return;
        }
        must(button.type == wire::event_button_release, "BUTTON neither pressed nor released");
        must(bit == 0 || (pressed_ & bit) != 0, "release of a button that is up");
        pressed_ &= ~bit;
    }
    void judge_key(wire::Keypress const& key)
    {
        must(focus_ == header_.window, "KEYPRESS for a window without the focus");
        if (key.keycode < 8 || key.keycode > 255)
            return complain("no keycode of X");
        bool const press = key.type == wire::event_key_press;
        must(press || key.type == wire::event_key_release, "KEYPRESS neither pressed nor released");
        must(down_.test(key.keycode) != press,
             press ? "press of a key that is down" : "release of a key that is up");
        down_.set(key.keycode, press);
    }
    void judge_flags(wire::WindowFlags const& flags, Window& window)
    {
        must((flags.flags_set & flags.flags_unset) == 0, "a flag both set and unset");
        must(((flags.flags_set | flags.flags_unset) & ~7U) == 0, "a flag that does not exist");
        must((flags.flags_set | flags.flags_unset) != 0, "WINDOW_FLAGS that says nothing");
        must((flags.flags_set & window.flags) == 0 && (flags.flags_unset & ~window.flags) == 0,
             "WINDOW_FLAGS that is no change");
        window.flags = (window.flags | flags.flags_set) & ~flags.flags_unset;
    }

    std::size_t place_ = 0; ///< in the conversation
    wire::Header header_{};
    std::optional<Type> before_; ///< the daemon's message before this one
    std::map<std::uint32_t, Window> windows_;
    std::deque<std::uint32_t> unacknowledged_, dying_;
    std::optional<std::uint32_t> focus_, pointer_;
    wire::KeymapNotify keymap_{};
    std::bitset<256> down_;
    std::uint32_t pressed_ = 0; ///< bits of the state word
    Point where_;
};

} // namespace

std::vector<std::string> broken_rules(std::span<Exchange const> conversation, bool complete)
{
    Judge judge;
    for (Exchange const& exchange : conversation)
        judge.handle(exchange);
    if (complete)
        judge.finish();
    return judge.broken;
}

} // namespace vitrail::test
