#pragma once

#include "lib/base/result.hpp"

#include <string>
#include <vector>

namespace vitrail {

/// What of the confinement this kernel or this user could not have. seccomp is never among it.
struct Missing {
    std::vector<std::string> layers;
};

/// Confines this process for good (guid, and what reads a qube's qrexec), before any byte of a qube
/// came: no new privileges, no core
/// dumps, few descriptors and little memory, namespaces of its own, an empty Landlock ruleset, and
/// an allow-list of system calls whose breach kills. Opens nothing, connects nowhere, starts
/// nothing after.
///
/// Fails when seccomp cannot be set: then the process must not go on. The list and its reasons:
/// docs/internals/guid-sandbox.md; security.md S3 to S5. `descriptors`: how many it may have open.
[[nodiscard]] Result<Missing> enter_sandbox(unsigned descriptors = 64);

} // namespace vitrail
