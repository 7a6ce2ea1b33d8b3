#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/qrexec/build.hpp"
#include "lib/qrexec/framing.hpp"
#include "lib/qrexec/parse.hpp"
#include "lib/qube/async_client.hpp"
#include "lib/transport/pipe_channel.hpp"
#include "lib/transport/socket_connector.hpp"
#include "services/qrexecd/own_service.hpp"
#include "services/qrexecd/policy_call.hpp"

#include <functional>
#include <memory>
#include <string>

namespace vitrail::qrexecd {

/// What a route needs of its daemon.
struct RouteContext {
    wl_event_loop* loop = nullptr;
    DomainId own;              ///< of the caller
    std::string socket_folder; ///< of the daemons' sockets
    PolicyPlaces policy;
    qube::AsyncAdminClient* admin = nullptr; ///< starts targets; null: none is started
    bool hands_pipes = false; ///< the agents are ours: calls run over pipes that we make
    OwnPlaces own_services;   ///< of the GUI domain; only where calls run over pipes
};

/// One request on its way: asks policy, starts the target, orders the service there, says where to
/// meet it. Of a new disposable, also what ends it.
class Route {
public:
    /// Where the caller meets its service. Port 0: to be chosen by the caller's daemon.
    struct Place {
        DomainId domain;
        std::uint32_t port = 0;
        std::optional<transport::PipeEnds> pipes;
    };
    /// Called once with the place, or nothing: refused.
    using Meet = std::function<void(std::optional<Place>)>;
    /// Called once, from the loop, when there is nothing left to do; may destroy this object.
    using End = std::function<void()>;
    Route(RouteContext const& context, qrexec::CallRequest request, Meet meet, End end);
    ~Route();

private:
    void handle_policy(qrexec::PolicyAnswer const& answer);
    void start_target();
    void make_disposable();
    void handle_started(qube::Outcome<std::string> const& outcome);
    void connect();
    void handle_daemon(Result<Fd> connection);
    void handle_ready(std::uint32_t ready);
    [[nodiscard]] bool handle_answer(qrexec::Frame const& frame);
    [[nodiscard]] bool order();
    void serve();
    void handle_served();
    void refuse(std::string const& why);
    void finish();
    void handle_finish();

    RouteContext const& context_;
    qrexec::CallRequest request_;
    Meet meet_;
    End end_;
    qrexec::PolicyAnswer answer_;
    std::string target_; ///< a qube's name
    bool is_disposable_ = false;
    PolicyCall policy_;
    std::unique_ptr<transport::SocketConnector> connector_;
    Fd daemon_;
    std::optional<transport::PipeEnds> pipes_; ///< the caller's end
    std::unique_ptr<OwnService> own_;
    qrexec::Splitter splitter_{qrexec::Stream::daemon_to_client};
    std::optional<FdSource<&Route::handle_ready>> source_;
    Timer<&Route::handle_finish> finish_;
};

} // namespace vitrail::qrexecd
