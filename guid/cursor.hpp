#pragma once

#include <cstdint>

namespace vitrail::guid {

inline constexpr std::uint32_t cursor_shape_default = 1;

/// The shape (number in wp_cursor_shape_device_v1) for a glyph of X's cursor font.
/// Source: fact sheet gui-protocol §13.
[[nodiscard]] std::uint32_t glyph_shape(std::uint8_t glyph);

} // namespace vitrail::guid
