#pragma once

#include "lib/qube/label.hpp"

#include <array>
#include <string>
#include <string_view>

namespace vitrail::qube {

/// Two letters that tell a label apart without its colour. The codes are Vitrail's, in the order of
/// the standard labels; a label that the user made has the first letters of its name.
[[nodiscard]] inline std::string label_code(std::string_view name)
{
    constexpr std::array<std::string_view, standard_labels.size()> codes{"RE", "OR", "YE", "GN",
                                                                         "GY", "BL", "PU", "BK"};
    for (std::size_t i = 0; i < codes.size(); ++i)
        if (standard_labels[i].name == name)
            return std::string(codes[i]);
    std::string code(name.substr(0, 2));
    for (char& c : code)
        if (c >= 'a' && c <= 'z')
            c = static_cast<char>(c - 'a' + 'A');
    return code;
}

} // namespace vitrail::qube
