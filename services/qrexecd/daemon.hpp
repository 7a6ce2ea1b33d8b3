#pragma once

#include "lib/os/line_socket.hpp"
#include "lib/os/process.hpp"
#include "services/qrexecd/link.hpp"
#include "services/qrexecd/route.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace vitrail::qrexecd {

struct Settings {
    DomainId domain;
    std::string name; ///< of the qube
    std::string uuid; ///< may be empty
    std::string default_user = "user";
    std::string socket_folder = "/run/qubes";
    std::string vchan_folder;
    PolicyPlaces policy;
    std::string qubesd;                       ///< socket; empty: no qube is started
    std::chrono::seconds startup_timeout{60}; ///< for the agent; 0: none
    bool hands_pipes = false; ///< agents are ours: calls run over pipes, not over vchan sockets
    OwnPlaces own_services;
    Fd session; ///< its end is ours
};

/// The part of a qube's daemon that opens and connects: its sockets, the agent's channel, policy,
/// other daemons. Sees no byte of the qube; what its reader says is checked.
class Daemon {
public:
    [[nodiscard]] static Result<std::unique_ptr<Daemon>> create(EventLoop& loop, Settings settings);
    ~Daemon();
    /// After the loop: what the process ends with.
    [[nodiscard]] int status() const { return status_; }

private:
    Daemon(EventLoop& loop, Settings settings);
    [[nodiscard]] Result<> start();
    void wait_for_agent();
    void handle_agent(Result<Fd> connection);
    void handle_link(std::uint32_t ready);
    void handle_message(LinkMessage const& message);
    void handle_ready();
    void handle_request(LinkMessage const& message);
    void handle_reader_end(std::uint32_t ready);
    void hide();
    void stop(int status);

    EventLoop& loop_;
    Settings settings_;
    int status_ = 0;
    bool had_agent_ = false;
    Fd vchan_folder_; ///< O_PATH: the qube writes in it
    Process reader_;
    Fd link_;
    std::unique_ptr<qube::AsyncAdminClient> admin_;
    RouteContext context_;
    std::vector<std::string> names_; ///< links to our socket
    std::uint64_t next_ = 1;
    std::map<std::uint64_t, std::unique_ptr<Route>> routes_;
    std::unique_ptr<transport::SocketConnector> connector_;
    std::unique_ptr<LineListener> listener_;
    std::optional<FdSource<&Daemon::handle_link>> link_source_;
    std::optional<FdSource<&Daemon::handle_reader_end>> reader_source_;
};

} // namespace vitrail::qrexecd
