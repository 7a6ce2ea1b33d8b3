#pragma once

#include "lib/base/result.hpp"

#include <string>

namespace vitrail::agent {

/// Sets the environment in which applications find what they should know of the desktop, where the
/// qube's user has not said otherwise: renderers that need no GPU (fact sheet local-host §4), and,
/// in settings files below `runtime` that toolkits read before the user's own, that a window needs
/// no buttons of its own, because the frame around it has them.
[[nodiscard]] Result<> set_application_defaults(std::string const& runtime);

} // namespace vitrail::agent
