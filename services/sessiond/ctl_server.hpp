#pragma once

#include "lib/base/result.hpp"
#include "lib/os/line_socket.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace vitrail::session {

struct QubeReport {
    std::string name, label, state, problem;
    std::string stage; ///< of a start
    std::uint32_t domain = 0;
    std::int64_t guid = 0; ///< process numbers, 0 without one
    std::int64_t keeper = 0;
    bool external = false;
};

struct SessionReport {
    std::string display;
    bool locked = false;
    std::uint32_t workspace = 1;
    std::int64_t compositor = 0; ///< process number, 0 while it is being started again
    std::int64_t qubesd = 0;     ///< likewise
    std::int64_t clipboard = 0;  ///< likewise
    std::int64_t panel = 0;      ///< likewise
    std::int64_t launcher = 0;   ///< likewise
    std::int64_t prompt = 0;     ///< likewise
};

struct Attachment {
    std::string name, label, vchan, grants;
    std::uint32_t domain = 0;
};

/// What `vitrail ctl` can ask of the session.
class CtlCommands {
public:
    /// JSON or plain text, as the command has it; or why not.
    using Answer = std::function<void(Result<std::string>)>;

    virtual void inspect(std::string const& what, Answer answer) = 0;
    virtual std::vector<QubeReport> qubes() = 0;
    virtual SessionReport status() = 0;
    virtual void trace(std::string const& qube, Answer answer) = 0;
    virtual void launch(std::string const& qube, std::vector<std::string> const& argv,
                        Answer answer) = 0;
    /// When it runs, or why it does not.
    virtual void start_qube(std::string const& qube, Answer answer) = 0;
    /// When its end was asked for; `at_once`: when it has ended.
    virtual void stop_qube(std::string const& qube, bool at_once, Answer answer) = 0;
    virtual void set_label(std::string const& qube, std::string const& label, Answer answer) = 0;
    virtual Result<> attach(Attachment const& attachment) = 0;
    virtual Result<> detach(std::string const& qube) = 0;
    /// Nothing is held any more of what was copied between qubes.
    virtual void clear_clipboard() = 0;
    virtual void lock() = 0;
    virtual void quit() = 0;

protected:
    ~CtlCommands() = default;
};

/// Serves `ctl.sock`: one JSON object a line, {"op": …}, answered by one: {"ok": true, "result": …}
/// or {"ok": false, "error": "…"}. Answers of one connection come in the order of its questions.
class CtlServer {
public:
    [[nodiscard]] static Result<std::unique_ptr<CtlServer>>
    listen(wl_event_loop* loop, std::string const& path, CtlCommands& commands);

private:
    CtlServer(wl_event_loop* loop, CtlCommands& commands) : loop_(loop), commands_(commands) {}
    void handle_connection(Fd socket);
    void handle_request(std::uint64_t caller, std::string_view line);
    void answer(std::uint64_t caller, Result<std::string> const& result, bool json);

    wl_event_loop* loop_;
    CtlCommands& commands_;
    std::uint64_t next_ = 1;
    std::map<std::uint64_t, std::unique_ptr<LineSocket>> callers_;
    std::unique_ptr<LineListener> listener_;
};

} // namespace vitrail::session
