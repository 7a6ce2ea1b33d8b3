#include "images/decode.hpp"

#include <algorithm>

namespace vitrail::images {
namespace {

bool has_at(std::span<std::byte const> untrusted, std::size_t offset, std::string_view magic)
{
    auto const wanted = std::as_bytes(std::span(magic));
    return untrusted.size() >= offset + magic.size() &&
           std::ranges::equal(untrusted.subspan(offset, magic.size()), wanted);
}

} // namespace

std::string_view name_of(Refusal refusal)
{
    switch (refusal) {
    case Refusal::unknown: return "no PNG, JPEG or WebP";
    case Refusal::broken: return "broken or cut off";
    case Refusal::too_large: return "too many pixels";
    case Refusal::animated: return "animated";
    }
    return "?";
}

std::expected<Picture, Refusal> decode(std::span<std::byte const> untrusted, Limits const& limits)
{
    if (has_at(untrusted, 0, "\x89PNG\r\n\x1a\n"))
        return decode_png(untrusted, limits);
    if (has_at(untrusted, 0, "\xff\xd8\xff"))
        return decode_jpeg(untrusted, limits);
    if (has_at(untrusted, 0, "RIFF") && has_at(untrusted, 8, "WEBP"))
        return decode_webp(untrusted, limits);
    return std::unexpected(Refusal::unknown);
}

} // namespace vitrail::images
