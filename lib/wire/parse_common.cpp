#include "lib/wire/parse_common.hpp"

#include "lib/wire/framing.hpp"
#include "lib/wire/parse.hpp"

#include <algorithm>

namespace vitrail::wire {

Size check_xconf(XConf const& untrusted_xconf)
{
    auto const side = [](std::uint32_t untrusted) {
        return static_cast<std::int32_t>(std::clamp(untrusted, 1u, max_window_width));
    };
    return {side(untrusted_xconf.width), side(untrusted_xconf.height)};
}

namespace parsing {

namespace {

constexpr std::size_t max_mime_types = 64;
constexpr std::size_t max_mime_length = 255;

bool printable(char c)
{
    return c > ' ' && c < 0x7f;
}

} // namespace

std::expected<Context, Violation> open_message(Header const& untrusted_header,
                                               std::span<std::byte const> body, From sender,
                                               ProtocolVersion version)
{
    Header whole = untrusted_header;
    // Below 1.6 the header may say another length than what was read; the body is what counts.
    whole.length = static_cast<std::uint32_t>(std::min(body.size(), std::size_t{UINT32_MAX}));
    std::uint32_t const length = TRY(check_header(whole, sender, version));
    if (length != body.size())
        return std::unexpected(Violation{Rule::bad_length, untrusted_header.type,
                                         untrusted_header.window, body.size()});
    return Context{static_cast<Type>(untrusted_header.type), WindowId(untrusted_header.window),
                   body};
}

Point clamp_position(std::int32_t untrusted_x, std::int32_t untrusted_y)
{
    constexpr std::int32_t x_limit = max_window_width;
    constexpr std::int32_t y_limit = max_window_height;
    return {std::clamp(untrusted_x, -x_limit, x_limit), std::clamp(untrusted_y, -y_limit, y_limit)};
}

Size clamp_size(std::uint32_t untrusted_width, std::uint32_t untrusted_height)
{
    return {static_cast<std::int32_t>(std::min(untrusted_width, max_window_width)),
            static_cast<std::int32_t>(std::min(untrusted_height, max_window_height))};
}

std::expected<Size, Violation> check_size_or_zero(Context const& at, std::uint32_t untrusted_width,
                                                  std::uint32_t untrusted_height, Rule rule)
{
    if (untrusted_width > max_window_width)
        return at.refuse(rule, untrusted_width);
    if (untrusted_height > max_window_height)
        return at.refuse(rule, untrusted_height);
    return clamp_size(untrusted_width, untrusted_height);
}

std::expected<Size, Violation> check_size(Context const& at, std::uint32_t untrusted_width,
                                          std::uint32_t untrusted_height, Rule rule)
{
    if (untrusted_width == 0 || untrusted_height == 0)
        return at.refuse(rule, 0);
    return check_size_or_zero(at, untrusted_width, untrusted_height, rule);
}

StateFlags state_flags(std::uint32_t untrusted_bits)
{
    auto const flag = [&](std::uint32_t bit) { return (untrusted_bits & bit) != 0; };
    return {flag(flag_fullscreen), flag(flag_demands_attention), flag(flag_minimize)};
}

std::vector<std::uint32_t> references(std::span<std::byte const> tail)
{
    std::vector<std::uint32_t> refs(tail.size() / sizeof(std::uint32_t));
    if (!refs.empty())
        std::memcpy(refs.data(), tail.data(), refs.size() * sizeof(std::uint32_t));
    return refs;
}

std::expected<ClipboardOffer, Violation> parse_clipboard_offer(Context const& at)
{
    ClipboardOffer offer;
    offer.serial = at.fixed<XClipboardOffer>().serial;
    std::string name;
    for (std::byte const untrusted_byte : at.tail<XClipboardOffer>()) {
        char const c = static_cast<char>(untrusted_byte);
        if (c != '\0') {
            if (!printable(c) || name.size() == max_mime_length)
                return at.refuse(Rule::bad_request, static_cast<unsigned char>(c));
            name.push_back(c);
            continue;
        }
        if (name.empty() || offer.mime_types.size() == max_mime_types)
            return at.refuse(Rule::bad_request, offer.mime_types.size());
        offer.mime_types.push_back(std::exchange(name, {}));
    }
    if (!name.empty())
        return at.refuse(Rule::bad_request, name.size());
    return offer;
}

std::expected<ClipboardChunk, Violation> parse_clipboard_chunk(Context const& at)
{
    auto const untrusted = at.fixed<XClipboardChunk>();
    if (untrusted.mime >= max_mime_types)
        return at.refuse(Rule::bad_request, untrusted.mime);
    if (untrusted.last > 1)
        return at.refuse(Rule::bad_request, untrusted.last);
    return ClipboardChunk{untrusted.serial, untrusted.mime, untrusted.last == 1,
                          at.tail<XClipboardChunk>()};
}

} // namespace parsing
} // namespace vitrail::wire
