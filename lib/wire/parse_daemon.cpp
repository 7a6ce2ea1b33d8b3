#include "lib/wire/parse.hpp"

#include "lib/wire/parse_common.hpp"

#include <algorithm>

/// What an agent reads. guid is trusted with the qube's pixels anyway; the checks keep a confused
/// daemon from confusing the agent's own clients.
namespace vitrail::wire {

using namespace from_daemon;
using namespace parsing;

namespace {

using Parsed = std::expected<DaemonMessage, Violation>;

/// True for `yes`, false for `no`, else refused.
std::expected<bool, Violation> either(Context const& at, std::uint32_t untrusted, std::uint32_t yes,
                                      std::uint32_t no)
{
    if (untrusted != yes && untrusted != no)
        return at.refuse(Rule::bad_request, untrusted);
    return untrusted == yes;
}

Parsed parse_keypress(Context const& at)
{
    auto const untrusted = at.fixed<wire::Keypress>();
    bool const pressed = TRY(either(at, untrusted.type, event_key_press, event_key_release));
    if (untrusted.keycode < 8 || untrusted.keycode > 255)
        return at.refuse(Rule::bad_request, untrusted.keycode);
    return from_daemon::Keypress{at.window, pressed, clamp_position(untrusted.x, untrusted.y),
                                 untrusted.state, untrusted.keycode};
}

Parsed parse_button(Context const& at)
{
    auto const untrusted = at.fixed<wire::Button>();
    bool const pressed = TRY(either(at, untrusted.type, event_button_press, event_button_release));
    if (untrusted.button < 1 || untrusted.button > 255)
        return at.refuse(Rule::bad_request, untrusted.button);
    return from_daemon::Button{at.window, pressed, clamp_position(untrusted.x, untrusted.y),
                               untrusted.state, untrusted.button};
}

Parsed parse_motion(Context const& at)
{
    auto const untrusted = at.fixed<wire::Motion>();
    return from_daemon::Motion{at.window, clamp_position(untrusted.x, untrusted.y),
                               untrusted.state};
}

Parsed parse_crossing(Context const& at)
{
    auto const untrusted = at.fixed<wire::Crossing>();
    bool const entered = TRY(either(at, untrusted.type, event_enter, event_leave));
    return from_daemon::Crossing{
        at.window,           entered,        clamp_position(untrusted.x, untrusted.y),
        untrusted.state,     untrusted.mode, untrusted.detail,
        untrusted.focus != 0};
}

Parsed parse_focus(Context const& at)
{
    auto const untrusted = at.fixed<wire::Focus>();
    bool const focused = TRY(either(at, untrusted.type, event_focus_in, event_focus_out));
    return from_daemon::Focus{at.window, focused, untrusted.detail};
}

Parsed parse_configure(Context const& at)
{
    auto const untrusted = at.fixed<wire::Configure>();
    if (untrusted.width == 0 || untrusted.height == 0)
        return at.refuse(Rule::bad_geometry, 0);
    Point const position = clamp_position(untrusted.x, untrusted.y);
    Size const size = clamp_size(untrusted.width, untrusted.height);
    return from_daemon::Configure{at.window, {position.x, position.y, size.width, size.height}};
}

Parsed parse_keymap(Context const& at)
{
    auto const untrusted = at.fixed<KeymapNotify>();
    Keymap message;
    std::ranges::copy(untrusted.keys, message.keys.begin());
    return message;
}

Parsed parse_flags(Context const& at)
{
    auto const untrusted = at.fixed<WindowFlags>();
    std::uint32_t const both = untrusted.flags_set & untrusted.flags_unset;
    if (both != 0)
        return at.refuse(Rule::bad_flags, both);
    return Flags{at.window, state_flags(untrusted.flags_set), state_flags(untrusted.flags_unset)};
}

} // namespace

std::expected<DaemonMessage, Violation>
parse_daemon_message(Header const& header, std::span<std::byte const> body, ProtocolVersion version)
{
    Context const at = TRY(open_message(header, body, From::daemon, version));
    switch (at.type) {
    case Type::keypress: return parse_keypress(at);
    case Type::button: return parse_button(at);
    case Type::motion: return parse_motion(at);
    case Type::crossing: return parse_crossing(at);
    case Type::focus: return parse_focus(at);
    case Type::destroy: return from_daemon::Destroy{at.window};
    case Type::map:
        return from_daemon::Map{at.window, at.fixed<wire::Map>().override_redirect != 0};
    case Type::configure: return parse_configure(at);
    case Type::close: return Close{at.window};
    case Type::clipboard_req: return ClipboardRequest{at.window};
    case Type::clipboard_data: return from_daemon::ClipboardData{at.window, at.body};
    case Type::keymap_notify: return parse_keymap(at);
    case Type::window_flags: return parse_flags(at);
    case Type::window_dump_ack: return DumpAck{at.window};
    default: return parse_daemon_extension(at);
    }
}

} // namespace vitrail::wire
