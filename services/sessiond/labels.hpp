#pragma once

#include "lib/qube/label.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vitrail::session {

/// A label as a frame shows it.
struct Label {
    std::string name;
    std::uint32_t rgb = 0; ///< 0xRRGGBB
    std::string code;      ///< two letters: a frame is told apart without its colour
};

/// The codes are Vitrail's, in the order of the standard labels; a label that the user made has the
/// first letters of its name.
[[nodiscard]] inline std::string label_code(std::string_view name)
{
    constexpr std::array<std::string_view, qube::standard_labels.size()> codes{
        "RE", "OR", "YE", "GN", "GY", "BL", "PU", "BK"};
    for (std::size_t i = 0; i < codes.size(); ++i)
        if (qube::standard_labels[i].name == name)
            return std::string(codes[i]);
    std::string code(name.substr(0, 2));
    for (char& c : code)
        if (c >= 'a' && c <= 'z')
            c = static_cast<char>(c - 'a' + 'A');
    return code;
}

/// One of the eight standard labels.
[[nodiscard]] inline std::optional<Label> find_label(std::string_view name)
{
    for (qube::StandardLabel const& label : qube::standard_labels)
        if (label.name == name)
            return Label{std::string(name), label.rgb, label_code(name)};
    return std::nullopt;
}

} // namespace vitrail::session
