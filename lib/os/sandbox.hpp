#pragma once

#include "lib/base/result.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace vitrail {

/// What a process of ours that holds a qube's bytes may still do.
struct SandboxRules {
    /// System calls, by number (SYS_…), beyond those of every such process: memory that is never
    /// code, fcntl's F_DUPFD_CLOEXEC, F_GETFL and F_SETFL, and signals to itself.
    std::span<int const> calls;
    std::uint64_t descriptors = 64;
    std::uint64_t memory = std::uint64_t{256} << 20; ///< bytes of address space
    unsigned seconds = 0;                            ///< of the processor, 0: as many as it wants
};

/// What of the confinement this kernel or this user could not have. seccomp is never among it.
struct Missing {
    std::vector<std::string> layers;
};

/// Confines this process for good, before any byte of a qube came: no new privileges, no core
/// dumps, few descriptors and little memory, namespaces of its own, an empty Landlock ruleset, and
/// an allow-list of system calls whose breach kills. Opens nothing, connects nowhere, starts
/// nothing after.
///
/// Fails when seccomp cannot be set: then the process must not go on. Source: security.md S3 to S5.
[[nodiscard]] Result<Missing> enter_sandbox(SandboxRules const& rules);
/// The same with the calls of guid, which is enough for whatever reads a qube's bytes from sockets;
/// the list and its reasons: docs/internals/guid-sandbox.md. `descriptors`: how many it may have
/// open.
[[nodiscard]] Result<Missing> enter_sandbox(unsigned descriptors = 64);
/// The same for whoever only moves bytes between descriptors that it has, with an event loop:
/// guid's calls without what Wayland needs, and shutdown, which tells a peer that all was said.
[[nodiscard]] Result<Missing> enter_pipe_sandbox();

} // namespace vitrail
