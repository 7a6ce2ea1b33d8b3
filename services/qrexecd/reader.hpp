#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/qrexec/build.hpp"
#include "lib/qrexec/framing.hpp"
#include "lib/qrexec/parse.hpp"
#include "lib/transport/socket_channel.hpp"
#include "services/qrexecd/link.hpp"
#include "services/qrexecd/ports.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace vitrail::qrexecd {

/// Somebody of the GUI domain on the daemon's socket: HELLO, one order, then it waits for the end.
class Client {
public:
    using Order = std::function<bool(Client&, qrexec::ClientMessage const&)>;
    using End = std::function<void(Client&)>;
    /// `handle_order` says whether the order is taken; `handle_end` may destroy this object.
    Client(wl_event_loop* loop, Fd socket, Order handle_order, End handle_end);

    void answer(qrexec::Assigned const& where);
    /// The pipes that came for its order: two, or none.
    [[nodiscard]] std::vector<Fd> take_pipes() { return std::move(pipes_); }

private:
    void handle_ready(std::uint32_t ready);
    [[nodiscard]] bool handle_frame(qrexec::Frame const& frame);
    void send(qrexec::Bytes const& bytes);

    Fd socket_;
    Order handle_order_;
    End handle_end_;
    qrexec::Splitter splitter_{qrexec::Stream::client_to_daemon};
    std::vector<Fd> pipes_;
    bool has_pipes_ = false; ///< it said so
    bool ordered_ = false;
    FdSource<&Client::handle_ready> source_;
};

/// The part of a daemon that reads what its qube's agent sends. Runs in the sandbox; everything it
/// uses comes over its link.
class Reader {
public:
    /// `hands_pipes`: the agent is ours and takes CALL_PIPES.
    struct Setup {
        DomainId own;
        std::string default_user;
        bool hands_pipes = false;
    };
    Reader(EventLoop& loop, Fd link, Setup setup);

    /// Why the loop was stopped: a violation of the agent's, or nothing: the front has ended.
    [[nodiscard]] std::optional<qrexec::Violation> const& violation() const { return violation_; }

private:
    using Checked = std::expected<void, qrexec::Violation>;

    void handle_link(std::uint32_t ready);
    void handle_message(LinkMessage message);
    void handle_agent(std::uint32_t ready);
    [[nodiscard]] Checked read_agent();
    [[nodiscard]] Checked handle_frame(qrexec::Frame const& frame);
    [[nodiscard]] Checked handle_request(qrexec::Trigger const& request);
    void handle_terminated(qrexec::Terminated const& place);
    [[nodiscard]] bool handle_order(Client& client, qrexec::ClientMessage const& message);
    [[nodiscard]] bool connect(Client& client, qrexec::Connect order);
    void meet(LinkMessage message);
    void refuse(qrexec::RequestId const& request);
    void lose_agent();
    void update_agent();
    void tell(LinkMessage const& message);
    template <typename Message> void send_agent(Message const& message, std::vector<Fd> pipes = {});
    void send_pipes(DomainId domain, std::uint32_t port, std::vector<Fd> pipes);

    EventLoop& loop_;
    Fd link_;
    Setup setup_;
    Ports ports_;
    std::unique_ptr<transport::SocketChannel> agent_;
    std::unique_ptr<qrexec::Splitter> splitter_;
    bool greeted_ = false;
    std::set<qrexec::RequestId> asked_; ///< requests that policy has not answered
    std::map<Client*, std::unique_ptr<Client>> clients_;
    std::map<std::uint32_t, Client*> waiting_; ///< by port: told when it is given back
    std::optional<qrexec::Violation> violation_;
    FdSource<&Reader::handle_link> link_source_;
    std::optional<FdSource<&Reader::handle_agent>> agent_source_;
};

} // namespace vitrail::qrexecd
