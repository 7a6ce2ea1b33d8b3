#include "lib/wire/parse_common.hpp"

#include <algorithm>

/// Extension 1 as guid reads it (docs/protocols/gui-extension-1.md).
namespace vitrail::wire::parsing {

using namespace from_agent;

namespace {

using Parsed = std::expected<AgentMessage, Violation>;

constexpr std::uint32_t max_stride = 4 * max_window_width;

std::expected<BufferId, Violation> check_buffer(Context const& at, std::uint32_t untrusted)
{
    if (untrusted == 0)
        return at.refuse(Rule::bad_buffer, untrusted);
    return BufferId(untrusted);
}

Parsed parse_buffer(Context const& at)
{
    auto const untrusted = at.fixed<XBuffer>();
    BufferId const buffer = TRY(check_buffer(at, untrusted.buffer));
    Size const size = TRY(check_size(at, untrusted.width, untrusted.height, Rule::bad_buffer));
    if (untrusted.stride < 4 * untrusted.width || untrusted.stride > max_stride ||
        untrusted.stride % 4 != 0)
        return at.refuse(Rule::bad_buffer, untrusted.stride);
    if (untrusted.format > static_cast<std::uint32_t>(BufferFormat::argb8888))
        return at.refuse(Rule::bad_buffer, untrusted.format);
    auto const format = static_cast<BufferFormat>(untrusted.format);
    if (format == BufferFormat::argb8888 &&
        std::max(untrusted.width, untrusted.height) > max_cursor_side)
        return at.refuse(Rule::bad_buffer, std::max(untrusted.width, untrusted.height));
    auto refs = references(at.tail<XBuffer>());
    std::uint64_t const needed = std::uint64_t{untrusted.stride} * untrusted.height;
    if (refs.size() * std::uint64_t{page_size} < needed)
        return at.refuse(Rule::bad_buffer, refs.size());
    return Buffer{at.window, buffer, size, untrusted.stride, format, std::move(refs)};
}

Parsed parse_buffer_destroy(Context const& at)
{
    return BufferDestroy{at.window, TRY(check_buffer(at, at.fixed<XBufferDestroy>().buffer))};
}

/// The part of a damage rectangle that any buffer can have.
Rect clip_damage(Rectangle const& untrusted)
{
    auto const side = [](std::uint32_t untrusted_side) {
        return static_cast<std::int32_t>(
            std::min(untrusted_side, static_cast<std::uint32_t>(INT32_MAX)));
    };
    return intersection({untrusted.x, untrusted.y, side(untrusted.width), side(untrusted.height)},
                        {0, 0, max_window_width, max_window_height});
}

Parsed parse_commit(Context const& at)
{
    auto const untrusted = at.fixed<XCommit>();
    Commit message;
    message.window = at.window;
    message.buffer = TRY(check_buffer(at, untrusted.buffer));
    message.serial = untrusted.serial;
    message.size = TRY(check_size(at, untrusted.width, untrusted.height, Rule::bad_geometry));
    for (auto rest = at.tail<XCommit>(); !rest.empty(); rest = rest.subspan(sizeof(Rectangle)))
        message.damage.add(load<Rectangle>(rest.first<sizeof(Rectangle)>()).check(clip_damage));
    return message;
}

Parsed parse_popup(Context const& at)
{
    auto const untrusted = at.fixed<XPopup>();
    if (untrusted.parent == at.window.value)
        return at.refuse(Rule::bad_popup, untrusted.parent);
    for (std::uint32_t const untrusted_corner : {untrusted.anchor, untrusted.gravity})
        if (untrusted_corner > 8)
            return at.refuse(Rule::bad_popup, untrusted_corner);
    if (untrusted.constraint_adjustment > 63)
        return at.refuse(Rule::bad_popup, untrusted.constraint_adjustment);
    if (untrusted.grab > 1)
        return at.refuse(Rule::bad_popup, untrusted.grab);
    Point const anchor = clamp_position(untrusted.anchor_x, untrusted.anchor_y);
    Size const anchor_size = TRY(
        check_size_or_zero(at, untrusted.anchor_width, untrusted.anchor_height, Rule::bad_popup));
    Popup message;
    message.window = at.window;
    message.parent = WindowId(untrusted.parent);
    message.anchor_rect = {anchor.x, anchor.y, anchor_size.width, anchor_size.height};
    message.anchor = untrusted.anchor;
    message.gravity = untrusted.gravity;
    message.constraint_adjustment = untrusted.constraint_adjustment;
    message.offset = clamp_position(untrusted.offset_x, untrusted.offset_y);
    message.size = TRY(check_size(at, untrusted.width, untrusted.height, Rule::bad_popup));
    message.token = untrusted.token;
    message.grab = untrusted.grab == 1;
    return message;
}

Parsed parse_cursor_image(Context const& at)
{
    auto const untrusted = at.fixed<XCursorImage>();
    if (untrusted.buffer == 0)
        return CursorImage{at.window, std::nullopt};
    for (std::uint32_t const untrusted_side : {untrusted.width, untrusted.height})
        if (untrusted_side == 0 || untrusted_side > max_cursor_side)
            return at.refuse(Rule::bad_cursor, untrusted_side);
    constexpr std::int32_t limit = max_cursor_side;
    CursorImage::Image const image{BufferId(untrusted.buffer),
                                   clamp_size(untrusted.width, untrusted.height),
                                   {std::clamp(untrusted.hotspot_x, -limit, limit),
                                    std::clamp(untrusted.hotspot_y, -limit, limit)}};
    return CursorImage{at.window, image};
}

/// xdg_toplevel's edges: top 1, bottom 2, left 4, right 8, each pair that is a corner.
bool is_edge(std::uint32_t untrusted_edges)
{
    constexpr std::uint32_t vertical = 3, horizontal = 12;
    return untrusted_edges != 0 && untrusted_edges < 16 &&
           (untrusted_edges & vertical) != vertical && (untrusted_edges & horizontal) != horizontal;
}

Parsed parse_request(Context const& at)
{
    auto const untrusted = at.fixed<XRequest>();
    if (untrusted.kind < static_cast<std::uint32_t>(RequestKind::move) ||
        untrusted.kind > static_cast<std::uint32_t>(RequestKind::show_menu))
        return at.refuse(Rule::bad_request, untrusted.kind);
    Request message{at.window, static_cast<RequestKind>(untrusted.kind), 0};
    if (message.kind == RequestKind::resize) {
        if (!is_edge(untrusted.edges))
            return at.refuse(Rule::bad_request, untrusted.edges);
        message.edges = untrusted.edges;
    }
    return message;
}

Parsed parse_pointer_lock(Context const& at)
{
    std::uint32_t const untrusted = at.fixed<XPointerLock>().mode;
    if (untrusted > static_cast<std::uint32_t>(PointerLockMode::confined))
        return at.refuse(Rule::bad_request, untrusted);
    return PointerLock{at.window, static_cast<PointerLockMode>(untrusted)};
}

Parsed parse_text_input(Context const& at)
{
    constexpr std::uint32_t last_purpose = 13, all_hints = 0x3ff;
    auto const untrusted = at.fixed<XTextInput>();
    if (untrusted.enabled > 1)
        return at.refuse(Rule::bad_request, untrusted.enabled);
    if (untrusted.purpose > last_purpose)
        return at.refuse(Rule::bad_request, untrusted.purpose);
    Point const position = clamp_position(untrusted.x, untrusted.y);
    Size const size = clamp_size(static_cast<std::uint32_t>(std::max(untrusted.width, 0)),
                                 static_cast<std::uint32_t>(std::max(untrusted.height, 0)));
    return TextInput{at.window,
                     untrusted.enabled == 1,
                     untrusted.purpose,
                     untrusted.hints & all_hints,
                     {position.x, position.y, size.width, size.height}};
}

} // namespace

std::expected<AgentMessage, Violation> parse_agent_extension(Context const& at)
{
    switch (at.type) {
    case Type::x_buffer: return parse_buffer(at);
    case Type::x_buffer_destroy: return parse_buffer_destroy(at);
    case Type::x_commit: return parse_commit(at);
    case Type::x_popup: return parse_popup(at);
    case Type::x_cursor_image: return parse_cursor_image(at);
    case Type::x_request: return parse_request(at);
    case Type::x_clipboard_offer: return parse_clipboard_offer(at);
    case Type::x_clipboard_chunk: return parse_clipboard_chunk(at);
    case Type::x_pointer_lock: return parse_pointer_lock(at);
    case Type::x_text_input: return parse_text_input(at);
    default: return at.refuse(Rule::unknown_type, static_cast<std::uint32_t>(at.type));
    }
}

} // namespace vitrail::wire::parsing
