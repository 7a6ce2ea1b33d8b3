#pragma once

#include "agents/qrexec/service_end.hpp"
#include "lib/os/line_socket.hpp"
#include "lib/qrexec/build.hpp"
#include "lib/qrexec/framing.hpp"
#include "lib/qrexec/parse.hpp"
#include "lib/transport/socket_server.hpp"

#include <csignal>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace vitrail::agent_qrexec {

/// Somebody in the qube who wants a service: a connection to our socket, until it is closed.
class Caller {
public:
    using Handle = std::function<void(Caller&)>;
    /// `handle_request` is called once, when the request is whole; `handle_end` when the connection
    /// has ended or broke the protocol, and may destroy this object.
    Caller(wl_event_loop* loop, Fd socket, Handle handle_request, Handle handle_end);

    [[nodiscard]] qrexec::Trigger const& request() const { return request_; }
    /// The call was allowed: where it meets its service.
    /// With `pipes`, over those.
    void meet(qrexec::Connect const& place, std::vector<Fd> const& pipes);
    [[nodiscard]] std::optional<qrexec::Terminated> meeting() const { return meeting_; }

private:
    void handle_ready(std::uint32_t ready);

    Fd socket_;
    Handle handle_request_;
    Handle handle_end_;
    qrexec::Splitter splitter_{qrexec::Stream::trigger};
    qrexec::Trigger request_;
    bool requested_ = false;
    std::optional<qrexec::Terminated> meeting_;
    FdSource<&Caller::handle_ready> source_;
};

/// The qube's end of qrexec: the daemon's orders on one side, who calls in the qube on the other.
class Agent {
public:
    struct Settings {
        DomainId own;
        std::string folder; ///< of vchan sockets
        std::string socket; ///< for who calls
        Places places;
    };
    [[nodiscard]] static Result<std::unique_ptr<Agent>> create(EventLoop& loop, Settings settings);

private:
    Agent(EventLoop& loop, Settings settings);
    [[nodiscard]] Result<> listen();
    void handle_control(std::uint32_t ready);
    [[nodiscard]] bool read_control();
    [[nodiscard]] std::expected<void, qrexec::Violation> handle_frame(qrexec::Frame const& frame);
    void handle_order(qrexec::Execute const& order);
    void handle_meeting(qrexec::Connect const& place);
    [[nodiscard]] std::expected<void, qrexec::Violation> handle_pipes(qrexec::CallPipes const& of);
    [[nodiscard]] std::vector<Fd> take_pipes(DomainId domain, std::uint32_t port);
    void handle_refusal(qrexec::RequestId const& request);
    void reset_control();
    void handle_reset();
    void update_control();
    void handle_caller(Fd socket);
    void ask(Caller& caller);
    void forget(Caller& caller);
    void forget(ServiceEnd& service);
    void handle_child(int number);
    template <typename Message> void send(Message const& message);

    EventLoop& loop_;
    Settings settings_;
    std::unique_ptr<transport::SocketServer> control_;
    std::unique_ptr<qrexec::Splitter> splitter_;
    std::optional<std::uint32_t> version_;      ///< negotiated with the daemon
    std::vector<Fd> untaken_;                   ///< descriptors that came, in order
    std::optional<qrexec::CallPipes> pipes_of_; ///< what the next message is about
    std::vector<Fd> pipes_;
    std::uint64_t next_request_ = 1;
    std::map<qrexec::RequestId, std::unique_ptr<Caller>> callers_;
    std::vector<std::unique_ptr<Caller>> silent_; ///< have not asked yet
    std::vector<std::unique_ptr<ServiceEnd>> services_;
    std::vector<Process> orphans_;
    std::unique_ptr<LineListener> listener_;
    int polled_ = -1;
    Timer<&Agent::handle_reset> reset_;
    SignalSource<&Agent::handle_child> child_;
    std::optional<FdSource<&Agent::handle_control>> control_source_;
};

} // namespace vitrail::agent_qrexec
