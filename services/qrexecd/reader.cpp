#include "services/qrexecd/reader.hpp"

#include "lib/os/rights.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>

namespace vitrail::qrexecd {
namespace {

using transport::Channel;

/// Bytes of an order that does not come in one piece are kept by its splitter; this is what is read
/// at once.
constexpr std::size_t at_once = 4096;

} // namespace

// --- who gives orders

Client::Client(wl_event_loop* loop, Fd socket, Order handle_order, End handle_end)
    : socket_(std::move(socket)),
      handle_order_(std::move(handle_order)),
      handle_end_(std::move(handle_end)),
      source_(loop, *this, socket_.get(), WL_EVENT_READABLE)
{
    qrexec::Bytes bytes;
    qrexec::build(bytes, qrexec::Hello{qrexec::client_version});
    send(bytes);
}

void Client::send(qrexec::Bytes const& bytes)
{
    // A few bytes fit into an empty buffer, or the client is gone: then its end is read.
    (void)::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void Client::answer(qrexec::Assigned const& where)
{
    qrexec::Bytes bytes;
    qrexec::build(bytes, where);
    send(bytes);
}

void Client::handle_ready(std::uint32_t)
{
    std::array<std::byte, at_once> bytes{};
    auto const [got, whole] = receive_with_rights(socket_.get(), bytes, pipes_, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0 || !whole || pipes_.size() > 2)
        return handle_end_(*this);
    std::span<std::byte const> input = std::span(bytes).first(static_cast<std::size_t>(got));
    while (true) {
        auto const frame = splitter_.next(input);
        if (!frame || (*frame && !handle_frame(**frame)))
            return handle_end_(*this);
        if (!*frame)
            return;
    }
}

bool Client::handle_frame(qrexec::Frame const& frame)
{
    auto const message = qrexec::parse_from_client(frame);
    if (!message || ordered_)
        return false;
    if (auto const* const hello = std::get_if<qrexec::Hello>(&*message)) {
        splitter_.set_version(qrexec::client_version);
        return hello->version >= qrexec::client_version;
    }
    if (std::holds_alternative<qrexec::CallPipes>(*message))
        return !std::exchange(has_pipes_, true) && pipes_.size() == 2;
    ordered_ = true;
    return has_pipes_ == (pipes_.size() == 2) && handle_order_(*this, *message);
}

// --- the reader

Reader::Reader(EventLoop& loop, Fd link, Setup setup)
    : loop_(loop),
      link_(std::move(link)),
      setup_(std::move(setup)),
      ports_(setup_.own),
      link_source_(loop.get(), *this, link_.get(), WL_EVENT_READABLE)
{
}

void Reader::tell(LinkMessage const& message)
{
    if (!send_link(link_.get(), message))
        loop_.stop(); // without its front there is nothing to do
}

void Reader::handle_link(std::uint32_t)
{
    auto message = receive_link(link_.get());
    if (!message)
        return loop_.stop();
    if (*message)
        handle_message(std::move(**message));
}

void Reader::handle_message(LinkMessage message)
{
    bool const has_descriptor = message.descriptors.size() == 1;
    switch (message.kind) {
    case LinkKind::agent: {
        lose_agent();
        auto channel = has_descriptor
                           ? transport::SocketChannel::adopt(std::move(message.descriptors[0]))
                           : error("no descriptor");
        if (!channel)
            return tell({.kind = LinkKind::lost});
        agent_ = std::move(*channel);
        splitter_ = std::make_unique<qrexec::Splitter>(qrexec::Stream::agent_to_daemon);
        agent_source_.emplace(loop_.get(), *this, agent_->fd(), WL_EVENT_READABLE);
        return;
    }
    case LinkKind::client: {
        if (!has_descriptor || !greeted_ || clients_.size() >= qrexec::max_connections)
            return; // closed
        auto client = std::make_unique<Client>(
            loop_.get(), std::move(message.descriptors[0]),
            [this](Client& one, qrexec::ClientMessage const& order) {
                return handle_order(one, order);
            },
            [this](Client& one) {
                std::erase_if(waiting_, [&](auto const& at) { return at.second == &one; });
                clients_.erase(&one);
            });
        Client* const key = client.get();
        clients_[key] = std::move(client);
        return;
    }
    case LinkKind::refuse: return refuse(message.request);
    case LinkKind::meet: return meet(std::move(message));
    default: return loop_.stop();
    }
}

template <typename Message> void Reader::send_agent(Message const& message, std::vector<Fd> pipes)
{
    if (!agent_)
        return;
    qrexec::Bytes bytes;
    qrexec::build(bytes, message);
    if (!(pipes.empty() ? agent_->write(bytes) : agent_->write_with(bytes, std::move(pipes)))) {
        violation_ = qrexec::Violation{qrexec::Rule::flood, 0, agent_->queued()};
        return loop_.stop();
    }
    agent_->flush();
    update_agent();
}

void Reader::send_pipes(DomainId domain, std::uint32_t port, std::vector<Fd> pipes)
{
    if (!pipes.empty())
        send_agent(qrexec::CallPipes{domain, port}, std::move(pipes));
}

void Reader::update_agent()
{
    if (agent_source_)
        agent_source_->set_mask(WL_EVENT_READABLE |
                                (agent_->wants_write() ? std::uint32_t{WL_EVENT_WRITABLE} : 0U));
}

void Reader::handle_agent(std::uint32_t)
{
    agent_->flush();
    if (auto const done = read_agent(); !done) {
        violation_ = done.error();
        return loop_.stop();
    }
    if (agent_->state() != Channel::State::disconnected)
        return update_agent();
    lose_agent();
    tell({.kind = LinkKind::lost});
}

Reader::Checked Reader::read_agent()
{
    std::array<std::byte, at_once> bytes{};
    while (true) {
        auto const got = agent_->read(bytes);
        if (!got || *got == 0)
            return {};
        std::span<std::byte const> input = std::span(bytes).first(*got);
        while (auto const frame = TRY(splitter_->next(input)))
            TRY_VOID(handle_frame(*frame));
    }
}

Reader::Checked Reader::handle_frame(qrexec::Frame const& frame)
{
    auto const message = TRY(qrexec::parse_from_agent(frame));
    if (auto const* const hello = std::get_if<qrexec::Hello>(&message)) {
        std::uint32_t const version = TRY(qrexec::negotiate(hello->version));
        splitter_->set_version(version);
        send_agent(qrexec::Hello{version});
        greeted_ = true;
        tell({.kind = LinkKind::ready, .port = version});
        return {};
    }
    if (auto const* const request = std::get_if<qrexec::Trigger>(&message))
        return handle_request(*request);
    handle_terminated(std::get<qrexec::Terminated>(message));
    return {};
}

Reader::Checked Reader::handle_request(qrexec::Trigger const& request)
{
    if (!request.call || asked_.size() >= qrexec::max_connections ||
        asked_.contains(request.request)) {
        send_agent(qrexec::Refused{request.request});
        return {};
    }
    asked_.insert(request.request);
    tell({.kind = LinkKind::request,
          .domain = {},
          .port = 0,
          .request = request.request,
          .source = request.source,
          .target = request.target,
          .text = request.call->descriptor(),
          .descriptors = {}});
    return {};
}

void Reader::refuse(qrexec::RequestId const& request)
{
    if (asked_.erase(request) != 0)
        send_agent(qrexec::Refused{request});
}

/// The port was chosen by the daemon of the qube that serves; ours where that is the GUI domain.
void Reader::meet(LinkMessage message)
{
    if (message.descriptors.size() != 0 && message.descriptors.size() != 2)
        return loop_.stop();
    if (!asked_.contains(message.request))
        return; // of an agent that is gone
    if (message.port == 0) {
        auto const port = ports_.take(message.domain);
        if (!port)
            return refuse(message.request);
        message.port = *port;
    }
    asked_.erase(message.request);
    send_pipes(message.domain, message.port, std::move(message.descriptors));
    send_agent(qrexec::Connect{message.domain, message.port, message.request});
}

void Reader::handle_terminated(qrexec::Terminated const& place)
{
    if (!ports_.give_back(place.domain, place.port))
        return; // chosen by the other qube's daemon
    auto const found = waiting_.find(place.port);
    if (found == waiting_.end())
        return;
    Client* const client = found->second;
    waiting_.erase(found);
    clients_.erase(client); // a closed connection says it
}

bool Reader::handle_order(Client& client, qrexec::ClientMessage const& message)
{
    if (auto const* const place = std::get_if<qrexec::Connect>(&message))
        return connect(client, *place);
    auto order = std::get<qrexec::Execute>(message);
    auto pipes = client.take_pipes();
    if (!pipes.empty() && !setup_.hands_pipes)
        return false; // the agent would not know what that is
    auto const port = order.port == 0 ? ports_.take(order.domain) : std::nullopt;
    if (!port)
        return false;
    order.port = *port;
    constexpr std::string_view placeholder = "DEFAULT:";
    if (order.command.starts_with(placeholder))
        order.command.replace(0, placeholder.size() - 1, setup_.default_user);
    waiting_[*port] = &client;
    client.answer(
        {order.just ? qrexec::Type::just_exec : qrexec::Type::exec_cmdline, setup_.own, *port});
    send_pipes(order.domain, *port, std::move(pipes));
    send_agent(order);
    return true;
}

bool Reader::connect(Client& client, qrexec::Connect order)
{
    if (!asked_.contains(order.request))
        return false;
    if (order.port == 0) {
        auto const port = ports_.take(order.domain);
        if (!port)
            return false;
        order.port = *port;
        waiting_[*port] = &client;
    }
    client.answer({qrexec::Type::service_connect, setup_.own, order.port});
    asked_.erase(order.request);
    send_agent(order);
    return true;
}

/// Ports stay taken: the calls go on without the agent's control channel.
void Reader::lose_agent()
{
    agent_source_.reset();
    agent_.reset();
    greeted_ = false;
    asked_.clear();
    waiting_.clear();
    clients_.clear();
}

} // namespace vitrail::qrexecd
