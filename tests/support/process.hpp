#pragma once

#include "lib/base/result.hpp"
#include "lib/os/fd.hpp"

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vitrail::test {

struct Command {
    std::vector<std::string> arguments; ///< the program first, looked up in PATH
    std::vector<std::pair<std::string, std::string>> environment; ///< added to ours
    std::filesystem::path output; ///< where stdout and stderr are appended; empty: as ours
};

/// A program that a test started. Ended with SIGTERM, then SIGKILL, when this goes.
class ChildProcess {
public:
    [[nodiscard]] static Result<ChildProcess> start(Command const& command);
    ChildProcess(ChildProcess&&) noexcept = default;
    ChildProcess& operator=(ChildProcess&& other) noexcept;
    ~ChildProcess() { end(); }

    [[nodiscard]] pid_t pid() const { return pid_; }
    /// Readable at its end.
    [[nodiscard]] int pidfd() const { return pidfd_.get(); }
    [[nodiscard]] bool running() const;
    void signal(int number) const;
    /// The exit status, 128 + n after signal n; nothing when it still runs after `deadline`.
    [[nodiscard]] std::optional<int> wait(std::chrono::milliseconds deadline);
    void end();

private:
    ChildProcess(pid_t pid, Fd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}

    pid_t pid_ = -1;
    Fd pidfd_;
};

/// Runs a program to its end and returns what it printed. Fails when its status is not 0.
[[nodiscard]] Result<std::string> output_of(Command command);

/// Orphans of what this process starts become its children from now on.
void adopt_orphans();
/// Ends every process that descends from this one, by number, and reaps it.
void end_descendants();
/// Direct and indirect children of `ancestor`, as /proc tells.
[[nodiscard]] std::vector<pid_t> descendants(pid_t ancestor);
/// The program's name of a process as /proc/PID/cmdline's first word, without its folder.
[[nodiscard]] std::string program_of(pid_t pid);
[[nodiscard]] std::vector<std::string> arguments_of(pid_t pid);

} // namespace vitrail::test
