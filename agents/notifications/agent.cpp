#include "agents/notifications/agent.hpp"

#include "lib/os/line_socket.hpp"

#include <sys/socket.h>

#include <cstdio>
#include <utility>

namespace vitrail::notifications {
namespace {

using namespace formats;

/// Applications wait while so much does.
constexpr std::size_t enough_queued = 65536;
constexpr std::size_t enough_unanswered = 64;
/// After a call that came to nothing.
constexpr std::chrono::seconds pause{5};

} // namespace

Agent::Agent(wl_event_loop* loop, std::function<void()> handle_end)
    : loop_(loop), handle_end_(std::move(handle_end))
{
}

Agent::~Agent()
{
    call_.reset(); // its end is the client's
    if (client_)
        (void)client_.reap();
}

Result<> Agent::start()
{
    bus_ = TRY(Bus::create(loop_, *this));
    bus_->start();
    return {};
}

bool Agent::make_call()
{
    if (call_)
        return true;
    if (client_ || Clock::now() < not_before_)
        return false;
    auto sockets = socket_pair(SOCK_STREAM);
    if (!sockets)
        return false;
    auto started = Process::start(
        {.arguments = {"qrexec-client-vm", "--use-stdin-socket", "", "qubes.Notifications"},
         .environment = whole_environment(),
         .descriptors = {{sockets->second.get(), 0}},
         .new_session = true});
    if (!started) {
        std::fprintf(stderr, "vitrail-agent-notifications: %s\n",
                     started.error().message().c_str());
        return false;
    }
    client_ = std::move(*started);
    client_source_.emplace(loop_, *this, client_.pidfd(), WL_EVENT_READABLE);
    call_ = std::make_unique<call::FrameStream>(
        loop_, call::both_ways(std::move(sockets->first)), longest_notification_reply,
        call::FrameStream::Handlers{.word = [this](std::uint32_t word) { handle_offer(word); },
                                    .frame = [this](auto frame) { handle_frame(frame); },
                                    .end = [this] { handle_call_end(); },
                                    .drained = [this] { hold_back(); }});
    call_->expect_word();
    return true;
}

void Agent::handle_notify(BusMessage call, Notification notification)
{
    if (!make_call())
        return bus_->refuse(call, "org.freedesktop.DBus.Error.Failed",
                            "the GUI domain takes no notifications");
    notification.sequence = ++last_sequence_;
    unanswered_.emplace(notification.sequence, std::move(call));
    if (dialect_)
        send(notification);
    else
        waiting_.push_back(std::move(notification));
    hold_back();
}

void Agent::handle_close(std::uint32_t id)
{
    if (!live_.contains(id))
        return;
    if (dialect_ == NotificationDialect::extended)
        return send(NotificationWithdrawal{id}); // it is told when it is gone
    live_.erase(id);
    bus_->tell_closed(id, CloseReason::withdrawn);
}

void Agent::handle_bus_end()
{
    handle_end_();
}

void Agent::handle_offer(std::uint32_t version)
{
    std::uint32_t const answer = answer_notification_version(version);
    if (answer == 0)
        return handle_call_end();
    call_->send_word(answer);
    dialect_ = has_notification_extension(answer) ? NotificationDialect::extended
                                                  : NotificationDialect::original;
    for (Notification const& one : std::exchange(waiting_, {}))
        send(one);
}

void Agent::handle_frame(std::span<std::byte const> frame)
{
    auto const reply = parse_notification_reply(frame);
    if (!reply)
        return handle_call_end();
    std::visit([this](auto const& one) { take(one); }, *reply);
    hold_back();
}

BusMessage Agent::taken(std::uint64_t sequence)
{
    auto found = unanswered_.extract(sequence);
    return found ? std::move(found.mapped()) : BusMessage();
}

void Agent::take(NotificationId const& reply)
{
    BusMessage const call = taken(reply.sequence);
    if (!call)
        return;
    live_.insert(reply.id);
    bus_->answer(call, reply.id);
}

void Agent::take(NotificationError const& reply)
{
    if (BusMessage const call = taken(reply.sequence))
        bus_->refuse(call, reply.name, reply.text);
}

void Agent::take(NotificationClosed const& reply)
{
    if (live_.erase(reply.id) > 0)
        bus_->tell_closed(reply.id, reply.reason);
}

void Agent::take(ActionInvoked const& reply)
{
    if (live_.contains(reply.id))
        bus_->tell_invoked(reply.id, reply.key);
}

void Agent::take(ServerRestarted const&)
{
    handle_call_end();
}

void Agent::handle_call_end()
{
    if (!dialect_) // never answered: policy, or nobody there
        not_before_ = Clock::now() + pause;
    call_.reset();
    dialect_.reset();
    waiting_.clear();
    for (auto const& [sequence, call] : std::exchange(unanswered_, {}))
        bus_->refuse(call, "org.freedesktop.DBus.Error.Failed",
                     "the GUI domain takes no notifications");
    for (std::uint32_t const id : std::exchange(live_, {}))
        bus_->tell_closed(id, CloseReason::other);
    hold_back();
}

void Agent::handle_process(std::uint32_t)
{
    client_source_.reset();
    (void)client_.reap();
    client_ = Process();
}

void Agent::send(NotificationMessage const& message)
{
    call_->send_frame(
        build_notification(message, dialect_.value_or(NotificationDialect::original)));
}

void Agent::hold_back()
{
    bus_->set_reading(unanswered_.size() < enough_unanswered &&
                      (!call_ || call_->queued() < enough_queued));
}

} // namespace vitrail::notifications
