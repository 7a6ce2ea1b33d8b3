#pragma once

#include "lib/base/result.hpp"
#include "tools/prompt/request.hpp"

#include <string>

namespace vitrail::prompt {

/// Gives the panel what is to be told for a moment (panel/notification_desk.hpp): it has the one
/// place where that is done. `socket`: the panel's. Lost without one.
[[nodiscard]] Result<> tell_panel(std::string const& socket, Notice const& notice);

} // namespace vitrail::prompt
