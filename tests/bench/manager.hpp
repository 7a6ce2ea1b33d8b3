#pragma once

#include "lib/qube/admin_client.hpp"
#include "tests/support/process.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace vitrail::bench {

/// The shipped vitrail-qubesd, as an ordinary user, with qubes that nobody starts.
class Manager {
public:
    /// `runtime`: for its sockets; `state`: on a disk, so that what it keeps has to get there.
    Manager(std::filesystem::path const& runtime, std::filesystem::path const& state);

    /// What a call answers; ends the program with what it says when it is refused.
    std::string call(std::string_view destination, std::string_view method,
                     std::string_view argument = {}, std::string_view payload = {}) const;
    [[nodiscard]] qube::AdminClient const& client() const { return client_; }
    [[nodiscard]] pid_t pid() const { return process_.pid(); }
    /// One of the qvm-* tools, to its end: milliseconds.
    [[nodiscard]] double tool_ms(std::vector<std::string> arguments) const;

private:
    std::filesystem::path runtime_;
    qube::AdminClient client_;
    test::ChildProcess process_;
};

/// The least that a call can cost: the same connection and the same request, answered at once with
/// as many bytes by a thread that looks at nothing.
class CallFloor {
public:
    /// `content`: of the answer.
    CallFloor(std::filesystem::path const& socket, std::string const& content);
    ~CallFloor();
    CallFloor(CallFloor const&) = delete;
    CallFloor& operator=(CallFloor const&) = delete;
    [[nodiscard]] qube::AdminClient const& client() const { return client_; }

private:
    void serve(std::string const& reply) const;
    qube::AdminClient client_;
    Fd listening_;
    std::thread server_;
};

/// A stream of admin.Events and when what it tells arrives.
class EventWatch {
public:
    explicit EventWatch(qube::AdminClient const& client);
    /// The next event; nothing when none comes in this time.
    std::optional<qube::AdminEvent> next(int patience_ms);
    /// Waits for the next event that is called so.
    qube::AdminEvent wait_for(std::string_view name);
    /// Takes what is there, without waiting: how many of them are called so at their beginning.
    int drain(std::string_view prefix);

private:
    Fd stream_;
    qube::EventParser parser_;
};

} // namespace vitrail::bench
