#pragma once

#include "lib/base/result.hpp"
#include "lib/os/event_loop.hpp"
#include "lib/os/fd.hpp"

#include <sys/types.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace vitrail::agent {

/// Starts the qube's applications: those of the command line, and one for each line of JSON (an
/// array of strings, the argv) that comes on $XDG_RUNTIME_DIR/vitrail-agent.sock.
class Launcher {
public:
    explicit Launcher(wl_event_loop* loop);
    ~Launcher();

    [[nodiscard]] Result<> listen(std::string const& path);
    /// The same lines on a connected socket that was inherited: from a keeper outside the qube,
    /// which so needs no name in it.
    [[nodiscard]] Result<> serve(Fd socket);
    /// The process starts with our environment, in a session of its own.
    [[nodiscard]] Result<> launch(std::vector<std::string> const& argv);

private:
    struct Caller;
    void handle_connection(std::uint32_t ready);
    void add_caller(Fd socket);
    void handle_child(int signal_number);

    wl_event_loop* loop_;
    std::string path_;
    Fd socket_;
    std::vector<pid_t> children_; ///< only ours: wlroots waits for Xwayland itself
    std::map<Caller*, std::unique_ptr<Caller>> callers_;
    std::unique_ptr<FdSource<&Launcher::handle_connection>> source_;
    SignalSource<&Launcher::handle_child> child_;
};

/// The argv of one line; fails for anything but an array of at least one string.
[[nodiscard]] Result<std::vector<std::string>> parse_command(std::string const& line);

} // namespace vitrail::agent
