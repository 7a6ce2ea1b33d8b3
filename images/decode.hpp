#pragma once

#include "lib/transport/image_job.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string_view>
#include <vector>

namespace vitrail::images {

/// Pixels, row after row from the top: red, green, blue, alpha (not multiplied), a byte each.
struct Picture {
    std::uint32_t width = 0, height = 0;
    std::vector<std::byte> pixels;
};

enum class Refusal : std::uint8_t {
    unknown,   ///< no PNG, JPEG or WebP
    broken,    ///< cut off, or not as its format wants it
    too_large, ///< in pixels, before any of them was decoded
    animated,
};
[[nodiscard]] std::string_view name_of(Refusal refusal);

/// The largest picture that is decoded. Smaller in tests.
struct Limits {
    std::uint32_t side = transport::most_image_side;
    std::uint32_t pixels = transport::most_image_pixels;
    [[nodiscard]] bool allow(std::uint64_t width, std::uint64_t height) const
    {
        return width > 0 && height > 0 && width <= side && height <= side &&
               width * height <= pixels;
    }
};

/// The pixels of a PNG, JPEG or WebP that is whole; what it is, its first bytes say. Nothing else
/// of it is kept: colour profiles, orientation and text are ignored, 16 bits a channel become 8,
/// of an animated PNG the still picture counts, what stands behind the picture's end is not looked
/// at.
[[nodiscard]] std::expected<Picture, Refusal> decode(std::span<std::byte const> untrusted,
                                                     Limits const& limits = {});

// One format each (decode_png.cpp and so on).
[[nodiscard]] std::expected<Picture, Refusal> decode_png(std::span<std::byte const> untrusted,
                                                         Limits const& limits);
[[nodiscard]] std::expected<Picture, Refusal> decode_jpeg(std::span<std::byte const> untrusted,
                                                          Limits const& limits);
[[nodiscard]] std::expected<Picture, Refusal> decode_webp(std::span<std::byte const> untrusted,
                                                          Limits const& limits);

} // namespace vitrail::images
