#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/os/line_socket.hpp"
#include "lib/os/process.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace vitrail::qubesd {

/// A folder of ours that the qube sees as its own where it has a user id of its own.
struct OwnMount {
    std::string from; ///< below the data folder
    std::string to;   ///< below the qube's runtime folder
    bool writable = false;
};

/// Starts keepers: itself, or through the root launcher when root started the desktop.
class KeeperStarter {
public:
    /// `launcher`: our end of the root launcher's socket, or nothing.
    KeeperStarter(wl_event_loop* loop, std::string program, Fd launcher);

    struct Request {
        std::string qube;
        std::int64_t domain = 0;
        std::vector<std::string> arguments; ///< the keeper's
        std::vector<OwnMount> mounts;       ///< for the root launcher
        int listening = -1;                 ///< the keeper's socket
        int log = -1;                       ///< the keeper's own messages
        int network = -1;                   ///< the network namespace that it is to be in
        int network_owner = -1;             ///< the user namespace that owns that one
    };
    /// `started` gets the keeper's process number, once, possibly before this returns.
    void start(Request const& request, std::function<void(Result<pid_t>)> started);
    /// Whether each qube has a user id of its own.
    [[nodiscard]] bool separate_users() const { return launcher_ != nullptr; }

private:
    void handle_answer(std::string_view line);
    void handle_launcher_end();

    std::string program_;
    /// An answer to a qubesd before us must not be taken for one to us: numbers are never the same.
    std::uint64_t next_;
    std::map<std::uint64_t, std::function<void(Result<pid_t>)>> waiting_;
    std::unique_ptr<LineSocket> launcher_;
};

} // namespace vitrail::qubesd
