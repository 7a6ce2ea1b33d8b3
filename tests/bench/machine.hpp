#pragma once

#include "tests/bench/record.hpp"

#include <sys/types.h>

#include <optional>
#include <span>
#include <string>

namespace vitrail::bench {

/// What the run is measured on, and whether it is quiet enough to measure.
class Machine {
public:
    /// `noisy`: measure all the same; the table is marked.
    explicit Machine(bool noisy) : noisy_(noisy) {}
    /// Before each block: at least 92 % of all CPUs idle, the memcpy control within 10 % of the
    /// first block's. Waits a while for a quiet moment; ends the program (status 75) when none
    /// comes.
    void check_quiet(int block) { check(block, 0.1); }
    /// The same without the control: for what takes hundreds of ms of many programs' work, in which
    /// copies do not count.
    void check_idle(int block) { check(block, 1e9); }

private:
    void check(int block, double may_move);
    bool noisy_;
    double first_control_us_ = 0;
};

/// Plain memcpy, and a copy with stores that bypass the caches.
void copy_plain(std::span<std::uint32_t> to, std::span<std::uint32_t const> from);
void copy_streaming(std::span<std::uint32_t> to, std::span<std::uint32_t const> from);

/// A process' CPU time, all its threads.
[[nodiscard]] Nanoseconds cpu_time(pid_t process);
/// How often a task (a thread's or a one-threaded process' number) slept and was woken.
[[nodiscard]] std::int64_t wake_ups(pid_t task);
/// The number that follows `key` in a file of /proc.
[[nodiscard]] std::optional<std::int64_t> proc_value(std::string const& file,
                                                     std::string const& key);
/// KiB of memory that is this process' alone and not a copy of any file.
[[nodiscard]] double private_dirty_kib(pid_t process);

} // namespace vitrail::bench
