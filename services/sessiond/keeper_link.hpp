#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/os/line_socket.hpp"
#include "lib/os/process.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vitrail::session {

/// Starts keepers: itself, or through the root launcher when root started the desktop.
class KeeperStarter {
public:
    /// `launcher`: our end of the root launcher's socket, or nothing.
    KeeperStarter(wl_event_loop* loop, std::string program, Fd launcher);

    struct Request {
        std::string qube;
        unsigned domain = 0;
        std::vector<std::string> sandbox; ///< bubblewrap's command line
        std::string output;               ///< file for what the qube prints
        int listening = -1;               ///< the keeper's socket
        int log = -1;                     ///< the keeper's own messages
    };
    /// `started` gets the keeper's process number, once, possibly before this returns.
    void start(Request const& request, std::function<void(Result<pid_t>)> started);
    /// Whether each qube has a user id of its own.
    [[nodiscard]] bool separate_users() const { return launcher_ != nullptr; }

private:
    void handle_answer(std::string_view line);

    std::string program_;
    std::vector<std::function<void(Result<pid_t>)>> waiting_; ///< the launcher answers in order
    std::unique_ptr<LineSocket> launcher_;
};

/// Our connection to one running keeper.
class KeeperLink {
public:
    /// Connects to its socket; `pid` is watched for its end. `handle_end` is called once.
    [[nodiscard]] static Result<std::unique_ptr<KeeperLink>>
    connect(wl_event_loop* loop, std::string const& socket, pid_t pid,
            std::function<void()> handle_end);

    using Answer = std::function<void(Result<>)>;
    /// Starts a program in the qube: its words, as they are.
    void launch(std::vector<std::string> const& argv, Answer answer);
    void shut_down();
    void kill();
    [[nodiscard]] pid_t pid() const { return pid_; }

private:
    KeeperLink(wl_event_loop* loop, Fd socket, pid_t pid, Fd pidfd,
               std::function<void()> handle_end);
    void handle_line(std::string_view line);
    void handle_process(std::uint32_t ready);

    pid_t pid_;
    Fd pidfd_;
    std::function<void()> handle_end_;
    std::vector<Answer> waiting_; ///< the keeper answers launches in order
    std::unique_ptr<LineSocket> socket_;
    FdSource<&KeeperLink::handle_process> process_source_;
};

} // namespace vitrail::session
