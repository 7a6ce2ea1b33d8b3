#pragma once

#include <string>
#include <vector>

namespace vitrail::session {

/// What a qube of the local host is made of. Paths are outside the qube.
struct Sandbox {
    std::string name;
    std::string template_root = "/"; ///< its usr, etc and var are shared read-only
    std::string home;                ///< becomes /home/user
    std::string vchan;               ///< becomes /run/vchan
    std::string grants;              ///< becomes /run/vitrail-grants
    std::string own_etc;             ///< holds the files that are the qube's own, see `own_files`
    std::vector<std::string> own_files; ///< names below own_etc that replace the template's in /etc
    std::string init;                   ///< our program vitrail-qube-init
    std::string agent;                  ///< our program vitrail-agent-gui
    std::string demo;                   ///< pages that the demonstration's browser shows
    unsigned domain = 0;
    bool network = false;
    int control_fd = 3; ///< what init gets: commands in, answers out
    int stop_fd = 4;    ///< its end asks for an orderly shutdown
    int run_fd = 5;     ///< programs to run with streams and exit status (services/keeper/runs.hpp)
};

/// The bubblewrap command line: own root, home, /tmp, user, pid, ipc, uts, cgroup and network
/// namespace; nothing of ours visible but what is named above. Source: fact sheet local-host §1.
[[nodiscard]] std::vector<std::string> sandbox_arguments(Sandbox const& sandbox);

} // namespace vitrail::session
