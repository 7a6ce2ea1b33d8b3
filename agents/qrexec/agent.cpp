#include "agents/qrexec/agent.hpp"

#include "lib/os/rights.hpp"

#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <utility>

namespace vitrail::agent_qrexec {
namespace {

using transport::Channel;

} // namespace

// --- who calls in the qube

Caller::Caller(wl_event_loop* loop, Fd socket, Handle handle_request, Handle handle_end)
    : socket_(std::move(socket)),
      handle_request_(std::move(handle_request)),
      handle_end_(std::move(handle_end)),
      source_(loop, *this, socket_.get(), WL_EVENT_READABLE)
{
}

void Caller::handle_ready(std::uint32_t)
{
    std::array<std::byte, 4096> bytes{};
    ssize_t const got = recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0 || requested_) // the end, or more than one request
        return handle_end_(*this);
    std::span<std::byte const> input = std::span(bytes).first(static_cast<std::size_t>(got));
    auto const frame = splitter_.next(input);
    if (!frame)
        return handle_end_(*this);
    if (!*frame)
        return;
    auto request = qrexec::parse_trigger(**frame);
    if (!request || !input.empty())
        return handle_end_(*this);
    request_ = std::move(*request);
    requested_ = true;
    handle_request_(*this);
}

void Caller::meet(qrexec::Connect const& place, std::vector<Fd> const& pipes)
{
    qrexec::Bytes bytes;
    qrexec::build_meeting(bytes, place);
    meeting_ = {place.domain, place.port};
    // Eight bytes fit, or the caller is gone: then its end is read.
    std::vector<int> numbers;
    for (Fd const& one : pipes)
        numbers.push_back(one.get());
    (void)send_with_rights(socket_.get(), bytes, numbers, MSG_DONTWAIT);
}

// --- the agent

Agent::Agent(EventLoop& loop, Settings settings)
    : loop_(loop),
      settings_(std::move(settings)),
      reset_(loop.get(), *this),
      child_(loop.get(), *this, SIGCHLD)
{
}

Result<std::unique_ptr<Agent>> Agent::create(EventLoop& loop, Settings settings)
{
    std::unique_ptr<Agent> agent(new Agent(loop, std::move(settings)));
    TRY_VOID(agent->listen());
    agent->listener_ = TRY(
        LineListener::listen(loop.get(), agent->settings_.socket, [self = agent.get()](Fd socket) {
            self->handle_caller(std::move(socket));
        }));
    return agent;
}

Result<> Agent::listen()
{
    control_source_.reset();
    polled_ = -1;
    control_.reset();
    version_.reset();
    untaken_.clear();
    pipes_.clear();
    pipes_of_.reset();
    splitter_ = std::make_unique<qrexec::Splitter>(qrexec::Stream::daemon_to_agent);
    control_ = TRY(transport::SocketServer::listen(
        transport::vchan_path(settings_.folder, settings_.own, DomainId{0}, qrexec::control_port)));
    control_->accept_descriptors();
    update_control();
    return {};
}

template <typename Message> void Agent::send(Message const& message)
{
    qrexec::Bytes bytes;
    qrexec::build(bytes, message);
    if (!control_->write(bytes)) // the daemon does not read: nothing is lost by beginning again
        return reset_control();
    control_->flush();
    update_control();
}

void Agent::update_control()
{
    std::uint32_t const mask =
        WL_EVENT_READABLE | (control_->wants_write() ? std::uint32_t{WL_EVENT_WRITABLE} : 0U);
    if (polled_ == control_->fd()) {
        control_source_->set_mask(mask);
        return;
    }
    polled_ = control_->fd();
    control_source_.emplace(loop_.get(), *this, polled_, mask);
}

void Agent::handle_control(std::uint32_t)
{
    bool const waited = control_->state() == Channel::State::waiting;
    control_->handle_event();
    if (waited && control_->state() == Channel::State::connected)
        send(qrexec::Hello{});
    control_->flush();
    if (!read_control() || control_->state() == Channel::State::disconnected)
        return reset_control();
    update_control();
}

bool Agent::read_control()
{
    std::array<std::byte, 4096> bytes{};
    while (true) {
        auto const got = control_->read(bytes);
        if (!got)
            return false;
        if (*got == 0)
            return true;
        std::ranges::move(control_->take_descriptors(), std::back_inserter(untaken_));
        std::span<std::byte const> input = std::span(bytes).first(*got);
        while (true) {
            auto const frame = splitter_->next(input);
            auto const done = !frame   ? std::unexpected(frame.error())
                              : *frame ? handle_frame(**frame)
                                       : std::expected<void, qrexec::Violation>();
            if (!done) {
                std::fprintf(stderr, "vitrail-agent-qrexec: the daemon: %s\n",
                             done.error().describe().c_str());
                return false;
            }
            if (!*frame)
                break;
        }
    }
}

std::expected<void, qrexec::Violation> Agent::handle_frame(qrexec::Frame const& frame)
{
    auto const message = TRY(qrexec::parse_from_daemon(frame));
    if (auto const* const hello = std::get_if<qrexec::Hello>(&message)) {
        version_ = TRY(qrexec::negotiate(hello->version));
        splitter_->set_version(*version_);
        for (auto const& [request, caller] : callers_) // who asked before the daemon was there
            if (!caller->meeting())
                ask(*caller);
    } else if (auto const* const order = std::get_if<qrexec::Execute>(&message)) {
        handle_order(*order);
    } else if (auto const* const place = std::get_if<qrexec::Connect>(&message)) {
        handle_meeting(*place);
    } else if (auto const* const pipes = std::get_if<qrexec::CallPipes>(&message)) {
        return handle_pipes(*pipes);
    } else {
        handle_refusal(std::get<qrexec::Refused>(message).request);
    }
    return {};
}

/// The connection to the daemon begins anew; what it was asked is asked again then. Calls go on.
void Agent::reset_control()
{
    reset_.arm(std::chrono::milliseconds(1)); // not within its own handlers
}

void Agent::handle_reset()
{
    if (auto const done = listen(); !done) {
        std::fprintf(stderr, "vitrail-agent-qrexec: %s\n", done.error().message().c_str());
        loop_.stop();
    }
}

// --- calls from outside

void Agent::handle_order(qrexec::Execute const& order)
{
    auto pipes = take_pipes(order.domain, order.port);
    if (services_.size() >= qrexec::max_connections)
        return send(qrexec::Terminated{order.domain, order.port});
    bool const has_pipes = !pipes.empty();
    auto service = has_pipes ? std::make_unique<ServiceEnd>(
                                   loop_.get(), settings_.places, order,
                                   transport::PipeEnds{std::move(pipes[0]), std::move(pipes[1])})
                             : std::make_unique<ServiceEnd>(loop_.get(), settings_.places,
                                                            settings_.folder, settings_.own, order);
    ServiceEnd& made = *service;
    made.set_end([this, &made] { forget(made); });
    services_.push_back(std::move(service));
    if (has_pipes)
        made.begin();
}

/// They came with the first byte of this message or of one behind it: in the order of the messages.
std::expected<void, qrexec::Violation> Agent::handle_pipes(qrexec::CallPipes const& of)
{
    if (untaken_.size() < 2)
        return std::unexpected(qrexec::Violation{
            qrexec::Rule::wrong_state, static_cast<std::uint32_t>(qrexec::Type::call_pipes), 0});
    pipes_.clear();
    for (auto const at : {untaken_.begin(), untaken_.begin() + 1})
        pipes_.push_back(std::move(*at));
    untaken_.erase(untaken_.begin(), untaken_.begin() + 2);
    pipes_of_ = of;
    return {};
}

/// Of this call: two, or none.
std::vector<Fd> Agent::take_pipes(DomainId domain, std::uint32_t port)
{
    bool const are_of_it = std::exchange(pipes_of_, {}) == qrexec::CallPipes{domain, port};
    auto pipes = std::exchange(pipes_, {});
    return are_of_it ? std::move(pipes) : std::vector<Fd>();
}

void Agent::forget(ServiceEnd& service)
{
    qrexec::Terminated const over = service.meeting();
    auto left = service.take_processes();
    orphans_.insert(orphans_.end(), std::make_move_iterator(left.begin()),
                    std::make_move_iterator(left.end()));
    std::erase_if(services_, [&](auto const& one) { return one.get() == &service; });
    handle_child(SIGCHLD);
    if (version_)
        send(over);
}

void Agent::handle_child(int)
{
    std::erase_if(orphans_, [](Process const& one) {
        int status = 0;
        return waitpid(one.pid(), &status, WNOHANG) != 0;
    });
}

// --- calls from inside

void Agent::handle_caller(Fd socket)
{
    if (callers_.size() + silent_.size() >= qrexec::max_connections)
        return; // closed: refused
    silent_.push_back(std::make_unique<Caller>(
        loop_.get(), std::move(socket), [this](Caller& caller) { ask(caller); },
        [this](Caller& caller) { forget(caller); }));
}

void Agent::ask(Caller& caller)
{
    auto const at =
        std::ranges::find_if(silent_, [&](auto const& one) { return one.get() == &caller; });
    if (at != silent_.end()) {
        auto const id = qrexec::RequestId::of("SOCKET" + std::to_string(next_request_++));
        callers_[id] = std::move(*at);
        silent_.erase(at);
    }
    if (!version_)
        return; // once the daemon is there
    for (auto const& [id, one] : callers_)
        if (one.get() == &caller) {
            qrexec::Trigger request = caller.request();
            request.request = id;
            qrexec::Bytes bytes;
            qrexec::build(bytes, request, *version_);
            if (!control_->write(bytes))
                return reset_control();
            control_->flush();
            return update_control();
        }
}

void Agent::handle_meeting(qrexec::Connect const& place)
{
    auto const pipes = take_pipes(place.domain, place.port);
    auto const found = callers_.find(place.request);
    if (found == callers_.end()) // it has gone meanwhile
        return send(qrexec::Terminated{place.domain, place.port});
    found->second->meet(place, pipes);
}

void Agent::handle_refusal(qrexec::RequestId const& request)
{
    callers_.erase(request); // a closed connection says it
}

void Agent::forget(Caller& caller)
{
    auto const over = caller.meeting();
    std::erase_if(silent_, [&](auto const& one) { return one.get() == &caller; });
    std::erase_if(callers_, [&](auto const& one) { return one.second.get() == &caller; });
    if (over && version_)
        send(*over);
}

} // namespace vitrail::agent_qrexec
