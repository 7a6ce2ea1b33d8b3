#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace vitrail::session {

/// One of the eight standard labels. Source: fact sheet admin-api §6 (colours); the codes are
/// Vitrail's, so that a frame is told apart without its colour.
struct Label {
    std::string_view name;
    std::uint32_t rgb; ///< 0xRRGGBB
    std::string_view code;
};

inline constexpr std::array<Label, 8> labels{{
    {"red", 0xcc0000, "RE"},
    {"orange", 0xf57900, "OR"},
    {"yellow", 0xedd400, "YE"},
    {"green", 0x73d216, "GN"},
    {"gray", 0x555753, "GY"},
    {"blue", 0x3465a4, "BL"},
    {"purple", 0x75507b, "PU"},
    {"black", 0x000000, "BK"},
}};

[[nodiscard]] constexpr std::optional<Label> find_label(std::string_view name)
{
    for (Label const& label : labels)
        if (label.name == name)
            return label;
    return std::nullopt;
}

} // namespace vitrail::session
