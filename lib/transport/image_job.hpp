#pragma once

#include <cstdint>
#include <type_traits>

/// What the processes say to each other that make a picture of one qube into one for another: the
/// clipboard broker, vitrail-image-decoder and vitrail-image-encoder (docs/decisions/0020).
namespace vitrail::transport {

/// The largest picture: what fits in the decoder's memory, and more than any screen shows.
inline constexpr std::uint32_t most_image_side = 16384;
inline constexpr std::uint32_t most_image_pixels = std::uint32_t{64} << 20;
inline constexpr std::uint32_t image_pixel_bytes = 4; ///< red, green, blue, alpha

/// How much larger than a qube's limit a picture may be that is given to it: it was encoded anew,
/// without loss, and a photograph grows by that.
inline constexpr std::uint32_t image_growth = 4;

/// Broker to decoder: the picture is there, this many bytes from the start of its file.
struct ImageStart {
    std::uint32_t bytes = 0;
};

/// Decoder to encoder, before width × height pixels, row by row, and nothing after them.
struct RawImageHeader {
    std::uint32_t width = 0, height = 0;
};

enum class ImageStatus : std::uint32_t {
    done = 1,
    broken,    ///< no picture of a kind that is known, or not whole
    too_large, ///< once encoded
};

/// Encoder to broker: what stands in the file of the encoded picture.
struct ImageResult {
    ImageStatus status = ImageStatus::broken;
    std::uint32_t width = 0, height = 0, bytes = 0;
};

/// Whether a picture may have this size.
[[nodiscard]] constexpr bool is_image_size(std::uint32_t width, std::uint32_t height)
{
    return width > 0 && height > 0 && width <= most_image_side && height <= most_image_side &&
           std::uint64_t{width} * height <= most_image_pixels;
}

static_assert(std::has_unique_object_representations_v<ImageStart> &&
              std::has_unique_object_representations_v<RawImageHeader> &&
              std::has_unique_object_representations_v<ImageResult>);
static_assert(is_image_size(8192, 8192) && !is_image_size(8192, 8193) && !is_image_size(1, 16385));

} // namespace vitrail::transport
