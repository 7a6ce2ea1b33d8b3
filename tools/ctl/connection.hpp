#pragma once

#include "lib/base/result.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace vitrail::ctl {

/// One question to the running desktop, over $XDG_RUNTIME_DIR/vitrail/ctl.sock; waits for the
/// answer. Fails when no desktop runs, or with what the desktop says is wrong.
[[nodiscard]] Result<nlohmann::json> ask(nlohmann::json const& request);

/// $XDG_RUNTIME_DIR/vitrail, or an error that says what to set.
[[nodiscard]] Result<std::string> session_folder();

} // namespace vitrail::ctl
