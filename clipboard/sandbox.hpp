#pragma once

#include "lib/os/sandbox.hpp"

namespace vitrail::clipboard {

/// The broker's confinement (lib/os/sandbox.hpp); the list of calls and its reasons:
/// docs/internals/guid-sandbox.md.
[[nodiscard]] Result<Missing> enter_sandbox();

} // namespace vitrail::clipboard
