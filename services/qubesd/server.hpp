#pragma once

#include "lib/base/result.hpp"
#include "lib/os/event_loop.hpp"
#include "lib/os/fd.hpp"
#include "services/qubesd/api.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace vitrail::qubesd {

/// Serves the Admin API on Unix sockets: one connection, one call (fact sheet admin-api §1).
///
/// Nobody can hold it up: a request is bounded in bytes and time, a reply waits in a queue of its
/// own, and a subscriber that does not read loses its stream (it starts anew with
/// connection-established) when `max_stream_queue` bytes wait for it.
class Server {
public:
    static constexpr std::size_t max_connections = 4096;
    static constexpr std::size_t max_stream_queue = std::size_t{4} << 20;
    static constexpr std::chrono::seconds max_request_time{30};

    Server(wl_event_loop* loop, Api& api, Events& events);
    ~Server();

    /// A socket of mode 0600 at `path`.
    [[nodiscard]] Result<> listen(Scope scope, std::string path);
    /// One that is connected already; for tests and sessiond.
    void add(Scope scope, Fd socket);
    [[nodiscard]] std::size_t connections() const { return connections_.size(); }

private:
    class Listener;
    class Connection;
    void end(std::uint64_t number);
    void reply(std::uint64_t number, qube::Outcome<std::string> const& outcome);
    void stream(std::uint64_t number, Subscription const& subscription);

    wl_event_loop* loop_;
    Api& api_;
    Events& events_;
    std::uint64_t next_ = 1;
    std::map<std::uint64_t, std::unique_ptr<Connection>> connections_;
    std::vector<std::unique_ptr<Listener>> listeners_;
};

} // namespace vitrail::qubesd
