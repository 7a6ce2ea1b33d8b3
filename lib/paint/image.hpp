#pragma once

#include "lib/base/geometry.hpp"

#include <cstdint>
#include <vector>

namespace vitrail {

/// Pixels in memory: premultiplied ARGB in the byte order of this machine, rows without padding
/// (DRM_FORMAT_ARGB8888, CAIRO_FORMAT_ARGB32). Units: device pixels.
struct Image {
    Size size;
    std::vector<std::uint32_t> pixels;

    [[nodiscard]] std::uint32_t at(Point p) const
    {
        return pixels[static_cast<std::size_t>(p.y) * static_cast<std::size_t>(size.width) +
                      static_cast<std::size_t>(p.x)];
    }
};

} // namespace vitrail
