#include "guid/link.hpp"

#include "lib/base/secret.hpp"

#include <array>

namespace vitrail::guid {

static Time now()
{
    return std::chrono::duration_cast<Time>(std::chrono::steady_clock::now().time_since_epoch());
}

Link::Link(EventLoop& loop, transport::Channel& channel, WaylandPort& port,
           transport::ClipboardPort& broker, Session& session, Profile const& profile)
    : loop_(loop),
      channel_(channel),
      port_(port),
      broker_(broker),
      session_(session),
      channel_source_(loop.get(), *this, channel.fd(), 0),
      wayland_source_(loop.get(), *this, port.fd(), WL_EVENT_READABLE),
      timer_(loop.get(), *this)
{
    if (broker.fd() >= 0)
        broker_source_.emplace(loop.get(), *this, broker.fd(), WL_EVENT_READABLE);
    if (profile.startup_timeout.count() > 0)
        start_deadline_ = now() + profile.startup_timeout;
    throttle_.fill(now());
    finish_turn();
}

bool Link::may_read() const
{
    return session_.ready() && !compositor_behind_ && !throttle_.empty();
}

void Link::handle_channel(std::uint32_t ready)
{
    channel_.handle_event();
    if (may_read())
        read_channel();
    else if ((ready & (WL_EVENT_HANGUP | WL_EVENT_ERROR)) != 0)
        return stop(End::peer); // it would be reported for ever
    finish_turn();
}

void Link::read_channel()
{
    std::array<std::byte, bytes_a_turn> bytes;
    auto const got = channel_.read(bytes);
    if (!got)
        return stop(End::world, got.error().message());
    if (*got == 0 && channel_.state() == transport::Channel::State::disconnected)
        return stop(End::peer);
    check(session_.handle_bytes(std::span(bytes).first(*got), now()));
}

void Link::handle_wayland(std::uint32_t ready)
{
    if ((ready & (WL_EVENT_READABLE | WL_EVENT_HANGUP | WL_EVENT_ERROR)) != 0)
        if (auto const read = port_.dispatch(); !read)
            return stop(read.error().code == EPIPE || read.error().code == ECONNRESET ? End::peer
                                                                                      : End::world,
                        read.error().message());
    finish_turn();
}

void Link::handle_broker(std::uint32_t)
{
    using transport::ClipboardPort;
    constexpr int records_a_turn = 9; // the largest paste
    ClipboardPort::Received received;
    auto what = ClipboardPort::Receive::record;
    for (int left = records_a_turn; left > 0 && what == ClipboardPort::Receive::record; --left) {
        what = broker_.receive(received, ClipboardPort::Descriptors::take);
        if (what == ClipboardPort::Receive::record)
            session_.handle_clipboard_record(received.record, received.payload,
                                             std::move(received.descriptor));
        wipe(received.payload);
    }
    if (what == ClipboardPort::Receive::closed || !broker_.flush())
        broker_source_.reset(); // no clipboard; the windows live on
    finish_turn();
}

void Link::handle_timer()
{
    if (start_deadline_ && now() >= *start_deadline_ && !session_.connected())
        return stop(End::world, "the agent did not answer in time");
    finish_turn();
}

void Link::check(Verdict const& verdict)
{
    if (!verdict)
        stop(End::violation, verdict.error().describe());
}

void Link::finish_turn()
{
    if (end_ != End::running)
        return;
    Time const time = now();
    check(session_.finish_turn(time));
    throttle_.take(session_.work() - work_seen_);
    work_seen_ = session_.work();
    throttle_.fill(time);
    channel_.flush();
    while (!channel_.wants_write() && session_.continue_paste())
        channel_.flush();
    switch (port_.flush()) {
    case WaylandPort::Flush::done: compositor_behind_ = false; break;
    case WaylandPort::Flush::pending: compositor_behind_ = true; break;
    case WaylandPort::Flush::closed:
        // What the compositor said last may still be there to read; its end comes as an event.
        compositor_behind_ = true;
        break;
    }
    set_masks();
    arm_timer(time);
}

void Link::set_masks()
{
    constexpr std::uint32_t readable = WL_EVENT_READABLE, writable = WL_EVENT_WRITABLE;
    std::uint32_t const channel =
        (may_read() ? readable : 0) | (channel_.wants_write() ? writable : 0);
    if (channel != channel_mask_)
        channel_source_.set_mask(channel_mask_ = channel);
    std::uint32_t const broker = readable | (broker_.wants_write() ? writable : 0);
    if (broker_source_ && broker != broker_mask_)
        broker_source_->set_mask(broker_mask_ = broker);
    std::uint32_t const wayland = readable | (compositor_behind_ ? writable : 0);
    if (wayland != wayland_mask_)
        wayland_source_.set_mask(wayland_mask_ = wayland);
}

void Link::arm_timer(Time time)
{
    std::optional<Time> due = session_.deadline();
    auto const sooner = [&](Time candidate) {
        if (!due || candidate < *due)
            due = candidate;
    };
    if (start_deadline_ && !session_.connected())
        sooner(*start_deadline_);
    if (throttle_.empty())
        sooner(time + throttle_.wait());
    if (due)
        timer_.arm(std::max(*due - time, Time(1)));
    else
        timer_.disarm();
}

void Link::stop(End end, std::string reason)
{
    if (end_ != End::running)
        return;
    end_ = end;
    reason_ = std::move(reason);
    loop_.stop();
}

} // namespace vitrail::guid
