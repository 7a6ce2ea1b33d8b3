#pragma once

#include "lib/os/line_socket.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::keeper {

/// Programs that callers run in the qube with their own streams: asks init (agents/init) to start
/// them and says how they ended.
///
/// A caller's descriptors are handed to the qube. So only pipes are taken: what the qube could open
/// again through /proc is then the pipe, never a file or a terminal of ours.
class Runs {
public:
    using Answer = std::function<void(nlohmann::json const&)>;

    /// `init`: our end of the socket that init reads.
    Runs(wl_event_loop* loop, Fd init);
    ~Runs();

    /// `caller`: whose run it is. `answer` gets {"started": true} or {"error": TEXT}, and after a
    /// start {"ended": true, "status": N}.
    void start(int caller, nlohmann::json const& request, std::vector<Fd> streams, Answer answer);
    /// A caller has gone: its programs go on, nobody is told of their end.
    void forget(int caller);

private:
    struct Run {
        int caller = -1;
        Answer answer;
    };
    void handle_line(std::string_view untrusted_line);

    std::uint64_t next_ = 1;
    std::map<std::uint64_t, Run> runs_;
    std::unique_ptr<LineSocket> socket_;
};

} // namespace vitrail::keeper
