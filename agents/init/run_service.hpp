#pragma once

#include "lib/os/line_socket.hpp"
#include "lib/os/process.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::init {

/// One program that the keeper wants to run, before it was started.
struct RunOrder {
    std::uint64_t number = 0;
    std::vector<std::string> argv;
    bool needs_session = false; ///< waits for the qube's windows to be possible
    bool as_root = false;       ///< as the root of the qube, not as its user
    std::vector<Fd> streams;    ///< none, or its input, output and errors
};

/// Runs programs for the keeper, with its descriptors, and tells it how they ended.
///
/// Lines, JSON objects. To us: {"run": NUMBER, "argv": [WORDS], "gui": BOOL, "root": BOOL} with no
/// descriptors or three. From us, in this order: {"run": NUMBER, "started": true} or {"run":
/// NUMBER, "error": TEXT}; then {"run": NUMBER, "status": N}, N being 128 + n after signal n.
class RunService {
public:
    RunService(wl_event_loop* loop, Fd socket);
    ~RunService();

    /// What programs with windows need to know; nothing: nobody shows windows at present.
    void set_session(std::optional<Environment> session);
    /// Whether the ended child was one of ours.
    bool handle_end(pid_t child, int wait_status);
    /// No program is started any more.
    void stop() { stopping_ = true; }

private:
    void handle_line(std::string_view line);
    void start(RunOrder order);
    void answer(nlohmann::json const& reply);

    bool stopping_ = false;
    std::optional<Environment> session_;
    std::vector<RunOrder> waiting_; ///< for the session
    std::map<pid_t, std::uint64_t> running_;
    std::unique_ptr<LineSocket> socket_;
};

} // namespace vitrail::init
