#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/os/line_socket.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace vitrail::session {

/// Our connection to one running keeper, which starts programs in its qube. The qube's life is
/// qubesd's business.
class KeeperLink {
public:
    /// `folder`: the qube's own one of the runtime folder.
    [[nodiscard]] static Result<std::unique_ptr<KeeperLink>> connect(wl_event_loop* loop,
                                                                     std::string const& folder);

    using Answer = std::function<void(Result<>)>;
    /// Starts a program in the qube: its words, as they are.
    void launch(std::vector<std::string> const& argv, Answer answer);
    [[nodiscard]] pid_t pid() const { return pid_; }

private:
    KeeperLink(wl_event_loop* loop, Fd socket, pid_t pid);
    void handle_line(std::string_view line);
    void handle_end();

    pid_t pid_;
    bool ended_ = false;
    std::vector<Answer> waiting_; ///< the keeper answers launches in order
    std::unique_ptr<LineSocket> socket_;
};

} // namespace vitrail::session
