#pragma once

#include "lib/base/result.hpp"
#include "lib/os/fd.hpp"

#include <sys/types.h>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vitrail {

/// Variables of a process. Programs are started with what is written here and nothing else: stray
/// variables change what runs (fact sheet building-and-testing §1).
using Environment = std::map<std::string, std::string>;

/// The variables of this process that `names` lists, as far as they are set.
[[nodiscard]] Environment inherited_environment(std::vector<std::string_view> const& names);

/// All variables of this process.
[[nodiscard]] Environment whole_environment();

struct Spawn {
    std::vector<std::string> arguments; ///< the program first; a path, or looked up in our PATH
    Environment environment;
    /// Descriptors the child gets: ours, and the number it has there. Those of 0 to 2 that are not
    /// named are /dev/null (0) and ours (1, 2). Everything else of ours is closed on exec.
    std::vector<std::pair<int, int>> descriptors;
    bool new_session = false; ///< setsid: no signal of our terminal reaches it
};

/// A child. Ends with nobody's help: whoever owns it decides; its end makes pidfd() readable.
class Process {
public:
    /// Fails when the program is not there or may not be run; names it.
    [[nodiscard]] static Result<Process> start(Spawn const& spawn);

    Process() = default;
    Process(Process&&) noexcept = default;
    Process& operator=(Process&&) noexcept = default;

    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] int pidfd() const { return pidfd_.get(); }
    [[nodiscard]] explicit operator bool() const { return static_cast<bool>(pidfd_); }
    void signal(int number) const;
    /// After pidfd() was readable: the exit status, or 128 + n after signal n. Reaps it.
    int reap();

private:
    Process(pid_t pid, Fd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}

    pid_t pid_ = -1;
    Fd pidfd_;
};

/// A running process that may be no child of ours, by its number. Fails when there is none.
[[nodiscard]] Result<Fd> open_process(pid_t pid);
void signal_process(int pidfd, int number);

} // namespace vitrail
