#pragma once

#include "lib/base/result.hpp"

namespace vitrail {

/// Makes the calling process root of a user namespace in which there is nobody but the caller: it,
/// and what it starts, may do to the caller's own files what root does to a machine's, and has no
/// right over anything else. What it mounts it alone sees.
///
/// Package managers give files to users of their own; where there is one user they cannot. So what
/// changes an owner or an id, and what makes a device, is answered as done and not done. A program
/// that makes sure of it sees that it is not (apt: set APT::Sandbox::User to root).
///
/// For a process of one thread that has nothing else to do than to exec. Fails where the kernel
/// gives this user no user namespaces.
[[nodiscard]] Result<> become_apparent_root();

} // namespace vitrail
