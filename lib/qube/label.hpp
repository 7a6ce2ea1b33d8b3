#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::qube {

/// A colour with a name, which the frame of a qube's windows carries.
struct Label {
    unsigned index = 0; ///< 1 to 8 are the standard ones
    std::string name;
    std::uint32_t rgb = 0; ///< 0xRRGGBB
    friend bool operator==(Label const&, Label const&) = default;
};

struct StandardLabel {
    unsigned index;
    std::string_view name;
    std::uint32_t rgb;
};

/// Source: fact sheet admin-api §10.
inline constexpr std::array<StandardLabel, 8> standard_labels{{
    {1, "red", 0xcc0000},
    {2, "orange", 0xf57900},
    {3, "yellow", 0xedd400},
    {4, "green", 0x73d216},
    {5, "gray", 0x555555},
    {6, "blue", 0x3465a4},
    {7, "purple", 0x75507b},
    {8, "black", 0x000000},
}};

[[nodiscard]] std::vector<Label> make_standard_labels();
/// The index that a new label gets: above all, and never a standard one.
[[nodiscard]] unsigned next_label_index(std::vector<Label> const& labels);

} // namespace vitrail::qube
