#include "guid/outbox.hpp"

#include "guid/trace.hpp"

#include <algorithm>

namespace vitrail::guid {

/// Bytes waiting for an agent above which motion is kept back.
static constexpr std::size_t behind = 32768;
/// Messages that wait for their random time: seconds of the fastest input there is.
static constexpr std::size_t max_delayed = 65536;

void Outbox::move(WindowId window, wire::Motion const& motion)
{
    if (motion_window_ != window)
        send_motion();
    motion_window_ = window;
    motion_ = motion;
}

void Outbox::move(WindowId window, wire::XMotion const& motion)
{
    if (motion_window_ != window)
        send_motion();
    motion_window_ = window;
    x_motion_ = motion;
}

void Outbox::finish_turn(Time now)
{
    if (channel_.queued() < behind)
        send_motion();
    release_delayed(now);
}

/// What a qube could learn somebody's typing from.
static bool is_input(wire::Type type)
{
    switch (type) {
    case wire::Type::keypress:
    case wire::Type::button:
    case wire::Type::motion:
    case wire::Type::crossing:
    case wire::Type::focus:
    case wire::Type::keymap_notify:
    case wire::Type::x_motion:
    case wire::Type::x_axis:
    case wire::Type::x_touch:
    case wire::Type::x_gesture:
    case wire::Type::x_relative_motion: return true;
    default: return false;
    }
}

void Outbox::release_delayed(Time now)
{
    for (Delayed& delayed : delayed_) {
        if (delayed.due)
            continue;
        Time const earliest = std::max(now, last_due_);
        Time const room = std::max(now + max_delay_ - earliest, Time(0));
        last_due_ = earliest + Time(random_() % (static_cast<std::uint32_t>(room.count()) + 1));
        delayed.due = last_due_;
    }
    while (!delayed_.empty() && *delayed_.front().due <= now) {
        put(delayed_.front().message);
        delayed_.pop_front();
    }
}

std::optional<Time> Outbox::deadline() const
{
    return delayed_.empty() ? std::nullopt : delayed_.front().due;
}

void Outbox::forget(WindowId window)
{
    std::erase_if(delayed_, [&](Delayed const& each) { return each.window == window; });
    if (motion_window_ == window) {
        motion_.reset();
        x_motion_.reset();
    }
}

void Outbox::send_motion()
{
    if (auto const motion = std::exchange(motion_, std::nullopt))
        send(wire::Type::motion, motion_window_, *motion);
    if (auto const motion = std::exchange(x_motion_, std::nullopt))
        send(wire::Type::x_motion, motion_window_, *motion);
}

void Outbox::send_bytes(wire::Type type, WindowId window, std::span<std::byte const> body,
                        std::span<std::byte const> tail)
{
    if (type != wire::Type::motion && type != wire::Type::x_motion)
        send_motion(); // what follows may depend on where the pointer is
    wire::Header const header{static_cast<std::uint32_t>(type), window.value,
                              static_cast<std::uint32_t>(body.size() + tail.size())};
    trace_.add(Trace::Direction::to_agent, header, body);
    std::vector<std::byte> message;
    message.reserve(sizeof(header) + body.size() + tail.size());
    auto const head = std::as_bytes(std::span(&header, 1));
    message.insert(message.end(), head.begin(), head.end());
    message.insert(message.end(), body.begin(), body.end());
    message.insert(message.end(), tail.begin(), tail.end());
    if (max_delay_.count() == 0 || !is_input(type))
        put(message);
    else if (delayed_.size() < max_delayed)
        delayed_.push_back({window, std::nullopt, std::move(message)});
    else
        flooded_ = true;
}

void Outbox::put(std::span<std::byte const> bytes)
{
    if (!flooded_ && !channel_.write(bytes))
        flooded_ = true;
}

} // namespace vitrail::guid
