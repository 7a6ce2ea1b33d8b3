#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/qube/admin_codec.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::qube {

/// Calls a qubesd from an event loop: for whoever may not wait (AdminClient is for tools).
///
/// One connection a call. A call that gets no answer (qubesd has ended, or is not there) is
/// answered with a generic AdminError. Every handler may destroy this object.
class AsyncAdminClient {
public:
    using Answer = std::function<void(Outcome<std::string>)>;

    /// `socket`: a path. `source`: who calls.
    AsyncAdminClient(wl_event_loop* loop, std::string socket,
                     std::string source = std::string(dom0));
    ~AsyncAdminClient();
    AsyncAdminClient(AsyncAdminClient const&) = delete;
    AsyncAdminClient& operator=(AsyncAdminClient const&) = delete;

    struct Call {
        std::string destination; ///< a qube's name
        std::string method;
        std::string argument = {};
        std::string payload = {};
    };
    /// `answer` is called once, from the loop or, when qubesd cannot be reached, from here.
    void call(Call const& call, Answer answer);
    /// Calls of which each waits for the one before; the first that fails is the answer and the
    /// last, else that of the last call.
    void call_in_order(std::vector<Call> calls, Answer answer);

    /// Follows admin.Events of everything, or another call that answers with events
    /// (admin.vm.Stats); `ended` once, with the reason.
    void follow(std::function<void(AdminEvent const&)> event,
                std::function<void(AdminError const&)> ended, std::string method = "admin.Events");
    /// Drops all calls and streams that are under way; none of them is answered any more. Not from
    /// a handler of one of them.
    void end_all();

private:
    class Exchange;
    void end(std::uint64_t number);
    void add(Call const& call, std::function<void(Exchange&)> const& set_up, Answer const& refused);

    wl_event_loop* loop_;
    std::string socket_;
    std::string source_;
    std::uint64_t next_ = 1;
    std::map<std::uint64_t, std::unique_ptr<Exchange>> exchanges_;
};

} // namespace vitrail::qube
