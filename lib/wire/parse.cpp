#include "lib/wire/parse.hpp"

#include "lib/wire/framing.hpp"
#include "lib/wire/parse_common.hpp"

#include <algorithm>
#include <string_view>

namespace vitrail::wire {

using namespace from_agent;
using namespace parsing;

namespace {

using Parsed = std::expected<AgentMessage, Violation>;

/// Clamped as the original daemon does (fact sheet gui-protocol §3.2), but never 0: that would be
/// fatal there too, and the user is not asked.
std::expected<Rect, Violation> check_geometry(Context const& at, std::int32_t untrusted_x,
                                              std::int32_t untrusted_y,
                                              std::uint32_t untrusted_width,
                                              std::uint32_t untrusted_height)
{
    if (untrusted_width == 0 || untrusted_height == 0)
        return at.refuse(Rule::bad_geometry, 0);
    Point const position = clamp_position(untrusted_x, untrusted_y);
    Size const size = clamp_size(untrusted_width, untrusted_height);
    return Rect{position.x, position.y, size.width, size.height};
}

Parsed parse_create(Context const& at)
{
    auto const untrusted = at.fixed<wire::Create>();
    // Negative when read as signed: the original asks its user here, CONFIGURE clamps it.
    for (std::uint32_t const untrusted_side : {untrusted.width, untrusted.height})
        if (untrusted_side > std::uint32_t{INT32_MAX})
            return at.refuse(Rule::bad_geometry, untrusted_side);
    Rect const geometry =
        TRY(check_geometry(at, untrusted.x, untrusted.y, untrusted.width, untrusted.height));
    return from_agent::Create{at.window, geometry, untrusted.override_redirect != 0};
}

Parsed parse_map(Context const& at)
{
    auto const untrusted = at.fixed<wire::Map>();
    from_agent::Map message{at.window, std::nullopt, untrusted.override_redirect != 0};
    if (untrusted.transient_for != 0)
        message.transient_for = WindowId(untrusted.transient_for);
    return message;
}

Parsed parse_configure(Context const& at)
{
    auto const untrusted = at.fixed<wire::Configure>();
    Rect const geometry =
        TRY(check_geometry(at, untrusted.x, untrusted.y, untrusted.width, untrusted.height));
    return from_agent::Configure{at.window, geometry};
}

/// Anything negative when read as signed is ignored, the rest clipped by whoever knows the image.
Parsed parse_shmimage(Context const& at)
{
    auto const untrusted = at.fixed<ShmImage>();
    std::uint32_t const limit = INT32_MAX;
    if (untrusted.x < 0 || untrusted.y < 0 || untrusted.width > limit || untrusted.height > limit)
        return Damage{at.window, {}};
    auto const screen = Rect{0, 0, max_window_width, max_window_height};
    Rect const area{untrusted.x, untrusted.y, static_cast<std::int32_t>(untrusted.width),
                    static_cast<std::int32_t>(untrusted.height)};
    return Damage{at.window, intersection(area, screen)};
}

Parsed parse_clipboard_data(Context const& at, ProtocolVersion version)
{
    return from_agent::ClipboardData{at.body, at.body.size() > max_clipboard(version)};
}

Parsed parse_wmname(Context const& at)
{
    auto const untrusted = at.fixed<WmName>();
    return Title{at.window, text_field(untrusted.data)};
}

Parsed parse_wmclass(Context const& at)
{
    auto const untrusted = at.fixed<WmClass>();
    return Class{at.window, text_field(untrusted.res_class), text_field(untrusted.res_name)};
}

/// A group of two numbers if its flag is set and both are within the limits given.
std::optional<Size> hint_group(bool present, std::uint32_t untrusted_width,
                               std::uint32_t untrusted_height, std::uint32_t at_least,
                               std::uint32_t below_limit)
{
    if (!present || untrusted_width < at_least || untrusted_height < at_least ||
        untrusted_width > max_window_width - below_limit ||
        untrusted_height > max_window_height - below_limit)
        return std::nullopt;
    return Size{static_cast<std::int32_t>(untrusted_width),
                static_cast<std::int32_t>(untrusted_height)};
}

Parsed parse_hints(Context const& at)
{
    auto const untrusted = at.fixed<WindowHints>();
    auto const flag = [&](std::uint32_t bit) { return (untrusted.flags & bit) != 0; };
    Hints message;
    message.window = at.window;
    message.min =
        hint_group(flag(hint_p_min_size), untrusted.min_width, untrusted.min_height, 0, 0);
    message.max =
        hint_group(flag(hint_p_max_size), untrusted.max_width, untrusted.max_height, 1, 0);
    message.increment =
        hint_group(flag(hint_p_resize_inc), untrusted.width_inc, untrusted.height_inc, 0, 1);
    message.base =
        hint_group(flag(hint_p_base_size), untrusted.base_width, untrusted.base_height, 0, 0);
    message.us_position = flag(hint_us_position);
    message.p_position = flag(hint_p_position);
    return message;
}

Parsed parse_flags(Context const& at)
{
    auto const untrusted = at.fixed<WindowFlags>();
    std::uint32_t const both = untrusted.flags_set & untrusted.flags_unset;
    if (both != 0)
        return at.refuse(Rule::bad_flags, both);
    Flags message{at.window, state_flags(untrusted.flags_set), state_flags(untrusted.flags_unset)};
    message.unset.minimize = false; // a window comes back by MAP only
    return message;
}

Parsed parse_dump(Context const& at)
{
    auto const untrusted = at.fixed<WindowDump>();
    if (untrusted.type != dump_type_grant_refs)
        return at.refuse(Rule::bad_dump, untrusted.type);
    Size const size = TRY(check_size(at, untrusted.width, untrusted.height, Rule::bad_dump));
    auto refs = references(at.tail<WindowDump>());
    std::uint64_t const needed = std::uint64_t{4} * untrusted.width * untrusted.height;
    if (refs.size() * std::uint64_t{page_size} < needed)
        return at.refuse(Rule::bad_dump, refs.size());
    return Dump{at.window, size, std::move(refs)};
}

Parsed parse_cursor(Context const& at)
{
    std::uint32_t const untrusted = at.fixed<wire::Cursor>().cursor;
    from_agent::Cursor message{at.window, std::nullopt};
    if (untrusted == cursor_default)
        return message;
    if ((untrusted & cursor_x11) == 0 || untrusted >= cursor_x11_max)
        return at.refuse(Rule::bad_cursor, untrusted);
    // Odd numbers are the masks of X's cursor font: the default then, as in the original.
    std::uint32_t const glyph = untrusted & ~cursor_x11;
    if (glyph % 2 == 0)
        message.glyph = static_cast<std::uint8_t>(glyph);
    return message;
}

} // namespace

std::expected<AgentMessage, Violation>
parse_agent_message(Header const& header, std::span<std::byte const> body, ProtocolVersion version)
{
    Context const at = TRY(open_message(header, body, From::agent, version));
    switch (at.type) {
    case Type::create: return parse_create(at);
    case Type::destroy: return from_agent::Destroy{at.window};
    case Type::map: return parse_map(at);
    case Type::unmap: return Unmap{at.window};
    case Type::configure: return parse_configure(at);
    case Type::shmimage: return parse_shmimage(at);
    case Type::clipboard_data: return parse_clipboard_data(at, version);
    case Type::wmname: return parse_wmname(at);
    case Type::dock: return Dock{at.window};
    case Type::window_hints: return parse_hints(at);
    case Type::window_flags: return parse_flags(at);
    case Type::wmclass: return parse_wmclass(at);
    case Type::window_dump: return parse_dump(at);
    case Type::cursor: return parse_cursor(at);
    default: return parse_agent_extension(at);
    }
}

} // namespace vitrail::wire
