#include "lib/base/utf8.hpp"
#include "lib/wire/parse_common.hpp"

#include <algorithm>
#include <string_view>

/// Extension 1 as the agent reads it (docs/protocols/gui-extension-1.md).
namespace vitrail::wire::parsing {

using namespace from_daemon;

namespace {

using Parsed = std::expected<DaemonMessage, Violation>;

std::expected<bool, Violation> check_bool(Context const& at, std::uint32_t untrusted)
{
    if (untrusted > 1)
        return at.refuse(Rule::bad_request, untrusted);
    return untrusted == 1;
}

template <typename Enum>
std::expected<Enum, Violation> check_enum(Context const& at, std::uint32_t untrusted, Enum last)
{
    if (untrusted > static_cast<std::uint32_t>(last))
        return at.refuse(Rule::bad_request, untrusted);
    return static_cast<Enum>(untrusted);
}

Parsed parse_buffer_release(Context const& at)
{
    std::uint32_t const untrusted = at.fixed<XBufferRelease>().buffer;
    if (untrusted == 0)
        return at.refuse(Rule::bad_buffer, untrusted);
    return BufferRelease{at.window, BufferId(untrusted)};
}

Parsed parse_presented(Context const& at)
{
    auto const untrusted = at.fixed<XPresented>();
    if (untrusted.nanoseconds >= 1'000'000'000)
        return at.refuse(Rule::bad_request, untrusted.nanoseconds);
    return Presented{at.window, std::uint64_t{untrusted.seconds_high} << 32 | untrusted.seconds_low,
                     untrusted.nanoseconds, untrusted.refresh_ns, untrusted.flags};
}

Parsed parse_scale(Context const& at)
{
    std::uint32_t const untrusted = at.fixed<XScale>().scale_120;
    if (untrusted < 30 || untrusted > 1920)
        return at.refuse(Rule::bad_request, untrusted);
    return Scale{at.window, untrusted};
}

Parsed parse_configure(Context const& at)
{
    constexpr std::uint32_t all_states =
        state_maximized | state_fullscreen | state_activated | state_resizing | state_tiled;
    auto const untrusted = at.fixed<XConfigure>();
    Size const size =
        TRY(check_size_or_zero(at, untrusted.width, untrusted.height, Rule::bad_geometry));
    return ConfigureX{at.window, untrusted.serial, size, untrusted.states & all_states,
                      clamp_size(untrusted.bounds_width, untrusted.bounds_height)};
}

Parsed parse_popup_configure(Context const& at)
{
    auto const untrusted = at.fixed<XPopupConfigure>();
    Point const position = clamp_position(untrusted.x, untrusted.y);
    Size const size = TRY(check_size(at, untrusted.width, untrusted.height, Rule::bad_geometry));
    return PopupConfigure{at.window,
                          untrusted.serial,
                          untrusted.token,
                          {position.x, position.y, size.width, size.height}};
}

Parsed parse_motion(Context const& at)
{
    auto const untrusted = at.fixed<XMotion>();
    return MotionX{at.window, untrusted.time_ms, Fixed(untrusted.x), Fixed(untrusted.y)};
}

Parsed parse_axis(Context const& at)
{
    auto const untrusted = at.fixed<XAxis>();
    AxisKind const axis = TRY(check_enum(at, untrusted.axis, AxisKind::horizontal));
    if (untrusted.source > 3)
        return at.refuse(Rule::bad_request, untrusted.source);
    if (untrusted.direction > 1)
        return at.refuse(Rule::bad_request, untrusted.direction);
    return Axis{
        at.window,        untrusted.time_ms,  axis, Fixed(untrusted.value), untrusted.value_120,
        untrusted.source, untrusted.direction};
}

Parsed parse_touch(Context const& at)
{
    auto const untrusted = at.fixed<XTouch>();
    TouchKind const kind = TRY(check_enum(at, untrusted.kind, TouchKind::cancel));
    return Touch{at.window,        kind, untrusted.id, Fixed(untrusted.x), Fixed(untrusted.y),
                 untrusted.time_ms};
}

Parsed parse_gesture(Context const& at)
{
    auto const untrusted = at.fixed<XGesture>();
    Gesture message;
    message.window = at.window;
    message.kind = TRY(check_enum(at, untrusted.kind, GestureKind::hold));
    message.phase = TRY(check_enum(at, untrusted.phase, GesturePhase::cancelled));
    if (untrusted.fingers < 1 || untrusted.fingers > 10)
        return at.refuse(Rule::bad_request, untrusted.fingers);
    message.fingers = untrusted.fingers;
    message.dx = Fixed(untrusted.dx);
    message.dy = Fixed(untrusted.dy);
    message.scale = Fixed(untrusted.scale);
    message.rotation = Fixed(untrusted.rotation);
    message.time_ms = untrusted.time_ms;
    return message;
}

/// Names go to a keymap compiler: nothing but what xkeyboard-config's names are made of.
bool is_layout_name(std::string_view untrusted)
{
    constexpr std::string_view others = "_-,:()+.";
    return std::ranges::all_of(untrusted, [&](char c) {
        bool const letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        return letter || (c >= '0' && c <= '9') || others.contains(c);
    });
}

Parsed parse_keyboard_layout(Context const& at)
{
    auto const untrusted = at.fixed<XKeyboardLayout>();
    KeyboardLayout message;
    message.layout = text_field(untrusted.layout).untrusted_bytes();
    message.variant = text_field(untrusted.variant).untrusted_bytes();
    message.options = text_field(untrusted.options).untrusted_bytes();
    for (auto const* untrusted_name : {&message.layout, &message.variant, &message.options})
        if (!is_layout_name(*untrusted_name))
            return at.refuse(Rule::bad_request, untrusted_name->size());
    return message;
}

Parsed parse_relative_motion(Context const& at)
{
    auto const untrusted = at.fixed<XRelativeMotion>();
    return RelativeMotion{at.window, untrusted.time_ms, Fixed(untrusted.dx), Fixed(untrusted.dy)};
}

Parsed parse_text_input_event(Context const& at)
{
    auto const untrusted = at.fixed<XTextInputEvent>();
    bool const commit = TRY(check_bool(at, untrusted.kind));
    auto const tail = at.tail<XTextInputEvent>();
    std::string text(tail.size(), '\0');
    if (!tail.empty())
        std::memcpy(text.data(), tail.data(), tail.size());
    if (!is_utf8(text) || text.contains('\0'))
        return at.refuse(Rule::bad_request, text.size());
    auto const size = static_cast<std::int32_t>(text.size());
    return TextInputEvent{at.window, commit, std::clamp(untrusted.cursor_begin, -1, size),
                          std::clamp(untrusted.cursor_end, -1, size), std::move(text)};
}

} // namespace

std::expected<DaemonMessage, Violation> parse_daemon_extension(Context const& at)
{
    switch (at.type) {
    case Type::x_buffer_release: return parse_buffer_release(at);
    case Type::x_frame_done: return FrameDone{at.window, at.fixed<XFrameDone>().time_ms};
    case Type::x_presented: return parse_presented(at);
    case Type::x_visibility:
        return Visibility{at.window, TRY(check_bool(at, at.fixed<XVisibility>().visible))};
    case Type::x_scale: return parse_scale(at);
    case Type::x_configure: return parse_configure(at);
    case Type::x_popup_configure: return parse_popup_configure(at);
    case Type::x_popup_done: return PopupDone{at.window};
    case Type::x_motion: return parse_motion(at);
    case Type::x_axis: return parse_axis(at);
    case Type::x_touch: return parse_touch(at);
    case Type::x_gesture: return parse_gesture(at);
    case Type::x_color_scheme:
        return ColorScheme{TRY(check_bool(at, at.fixed<XColorScheme>().dark))};
    case Type::x_keyboard_layout: return parse_keyboard_layout(at);
    case Type::x_clipboard_request: {
        auto const request = at.fixed<XClipboardRequest>();
        return ClipboardFetch{request.serial, request.mime};
    }
    case Type::x_relative_motion: return parse_relative_motion(at);
    case Type::x_text_input_event: return parse_text_input_event(at);
    case Type::x_clipboard_offer: return parse_clipboard_offer(at);
    case Type::x_clipboard_chunk: return parse_clipboard_chunk(at);
    default: return at.refuse(Rule::unknown_type, static_cast<std::uint32_t>(at.type));
    }
}

} // namespace vitrail::wire::parsing
