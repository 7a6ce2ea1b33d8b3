#pragma once

#include "agents/qrexec/service.hpp"
#include "lib/call/call_end.hpp"
#include "lib/transport/pipe_channel.hpp"
#include "lib/transport/socket_connector.hpp"

#include <functional>
#include <memory>
#include <string>

namespace vitrail::agent_qrexec {

/// A call that this qube serves: connects to the caller's channel, runs the command, carries its
/// streams, tells its end once.
class ServiceEnd {
public:
    /// `folder`: of vchan sockets.
    ServiceEnd(wl_event_loop* loop, Places const& places, std::string const& folder, DomainId own,
               qrexec::Execute order);
    /// Over pipes that came with the order: begin() is to be called, once set_end() was.
    ServiceEnd(wl_event_loop* loop, Places const& places, qrexec::Execute order,
               transport::PipeEnds pipes);
    /// Called once, from the loop; may destroy this object.
    void set_end(std::function<void()> handle_end) { handle_end_ = std::move(handle_end); }
    void begin();
    [[nodiscard]] qrexec::Terminated meeting() const { return {order_.domain, order_.port}; }
    /// Programs that outlive the call: to be reaped when they end.
    [[nodiscard]] std::vector<Process> take_processes();

private:
    void handle_connection(Result<Fd> connection);
    void start(Command const& command);
    void handle_session(std::uint32_t ready);
    void handle_process(std::uint32_t ready);
    void connect_streams(call::LocalEnds ends);
    void give_up(NotStarted const& why);
    void finish();

    wl_event_loop* loop_;
    Places const& places_;
    qrexec::Execute order_;
    std::function<void()> handle_end_;
    Command command_;
    std::unique_ptr<transport::Channel> channel_; ///< until the streams are there
    Process session_wait_;
    Process process_;
    std::unique_ptr<call::CallEnd> end_;
    std::optional<transport::SocketConnector> connector_;
    std::optional<FdSource<&ServiceEnd::handle_session>> session_source_;
    std::optional<FdSource<&ServiceEnd::handle_process>> process_source_;
};

} // namespace vitrail::agent_qrexec
