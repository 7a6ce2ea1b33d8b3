#pragma once

#include "lib/base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vitrail::ctl {

/// How a template's root is made: a file of data/images.
struct Recipe {
    std::string suite;
    std::vector<std::string> sources; ///< lines of sources.list
    std::vector<std::string> packages;
};

/// `mirror` takes the place of the recipe's first mirror; empty: it stays. The error begins with
/// `name` and the line.
[[nodiscard]] Result<Recipe> parse_recipe(std::string_view text, std::string_view name,
                                          std::string_view mirror);
/// "foot,firefox-esr" and the like: names of packages as Debian Policy 5.6.1 spells them.
[[nodiscard]] Result<std::vector<std::string>> parse_packages(std::string_view text);

/// What mmdebstrap is at, from a line that it says; empty: nothing new. In these words it has said
/// so since 1.0.
[[nodiscard]] std::string_view stage_of(std::string_view line);

/// What is wrong and what to do, from the last lines that mmdebstrap said; `free_space`: of the
/// folder in which the root was made.
[[nodiscard]] std::string explain_failure(std::string_view said, std::string_view free_space);

} // namespace vitrail::ctl
