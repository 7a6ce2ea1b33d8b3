#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace vitrail {

/// A process and all that descend from it, the process first. Source: /proc/PID/task/TID/children.
[[nodiscard]] std::vector<pid_t> process_tree(pid_t top);

struct TreeUsage {
    std::uint64_t resident_kib = 0;
    std::uint64_t cpu_ns = 0; ///< of those that still run
};
[[nodiscard]] TreeUsage tree_usage(pid_t top);

/// Sends a signal to each but the top itself, again until no new one appears: stopping all of a
/// tree while it forks.
void signal_below(pid_t top, int number);

} // namespace vitrail
