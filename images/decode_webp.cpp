#include "images/decode.hpp"

#include <webp/decode.h>

namespace vitrail::images {

std::expected<Picture, Refusal> decode_webp(std::span<std::byte const> untrusted,
                                            Limits const& limits)
{
    auto const* const bytes = reinterpret_cast<std::uint8_t const*>(untrusted.data());
    WebPBitstreamFeatures features{};
    if (WebPGetFeatures(bytes, untrusted.size(), &features) != VP8_STATUS_OK ||
        features.width <= 0 || features.height <= 0)
        return std::unexpected(Refusal::broken);
    if (features.has_animation != 0)
        return std::unexpected(Refusal::animated);
    auto const width = static_cast<std::uint32_t>(features.width);
    auto const height = static_cast<std::uint32_t>(features.height);
    if (!limits.allow(width, height))
        return std::unexpected(Refusal::too_large);
    std::size_t const stride = std::size_t{width} * transport::image_pixel_bytes;
    Picture picture{width, height, std::vector<std::byte>(stride * height)};
    if (!WebPDecodeRGBAInto(bytes, untrusted.size(),
                            reinterpret_cast<std::uint8_t*>(picture.pixels.data()),
                            picture.pixels.size(), static_cast<int>(stride)))
        return std::unexpected(Refusal::broken);
    return picture;
}

} // namespace vitrail::images
