#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/os/process.hpp"
#include "lib/qube/async_client.hpp"

#include <optional>
#include <string>

namespace vitrail::session {

/// What becomes of qubesd, to whoever follows it.
class ManagementEvents {
public:
    /// It answers, and every event from now on is told. Again after each restart.
    virtual void handle_connected() = 0;
    virtual void handle_event(qube::AdminEvent const& event) = 0;
    /// It is gone and started again; its qubes go on.
    virtual void handle_lost(std::string const& why) = 0;
    /// After end().
    virtual void handle_ended() = 0;

protected:
    ~ManagementEvents() = default;
};

struct ManagementSetup {
    std::string program; ///< vitrail-qubesd
    std::string runtime; ///< its --runtime-dir; the API's socket is in it
    std::string log;
    Fd launcher; ///< the root launcher's socket, where there is one
};

/// qubesd: started with us, started again when it dies, and called.
class Management {
public:
    Management(wl_event_loop* loop, ManagementSetup setup, ManagementEvents& events);

    [[nodiscard]] Result<> start();
    /// In order: what it has begun it finishes.
    void end();
    /// Whether each qube has a user id of its own.
    [[nodiscard]] bool separate_users() const { return static_cast<bool>(setup_.launcher); }
    [[nodiscard]] qube::AsyncAdminClient& client() { return client_; }
    [[nodiscard]] std::optional<pid_t> pid() const;

private:
    void handle_link(std::uint32_t ready);
    void handle_process(std::uint32_t ready);
    void handle_restart();
    void follow();

    wl_event_loop* loop_;
    ManagementSetup setup_;
    ManagementEvents& events_;
    qube::AsyncAdminClient client_;
    Process process_;
    Fd link_; ///< it says "ready" on it, and ends when it is closed
    int failures_ = 0;
    bool ending_ = false;
    std::optional<FdSource<&Management::handle_link>> link_source_;
    std::optional<FdSource<&Management::handle_process>> process_source_;
    Timer<&Management::handle_restart> restart_;
    Timer<&Management::follow> again_;
};

} // namespace vitrail::session
