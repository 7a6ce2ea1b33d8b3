#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace vitrail::ctl {

/// An inspection's answer as aligned columns for a person. `what`: windows, clients, outputs,
/// qubes, tree. A value that is missing is shown as "-".
[[nodiscard]] std::string as_text(std::string const& what, nlohmann::json const& answer);

/// The lines of a text, as a JSON array.
[[nodiscard]] nlohmann::json lines_of(std::string const& text);

} // namespace vitrail::ctl
