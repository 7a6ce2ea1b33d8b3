#pragma once

#include "lib/qube/label.hpp"
#include "lib/qube/label_code.hpp"

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

using qube::label_code;

/// One of the eight standard labels.
[[nodiscard]] inline std::optional<Label> find_label(std::string_view name)
{
    for (qube::StandardLabel const& label : qube::standard_labels)
        if (label.name == name)
            return Label{std::string(name), label.rgb, label_code(name)};
    return std::nullopt;
}

} // namespace vitrail::session
