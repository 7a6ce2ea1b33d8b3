#include "guid/outbox.hpp"

#include "guid/trace.hpp"

#include <vector>

namespace vitrail::guid {

/// Bytes waiting for an agent above which motion is kept back.
static constexpr std::size_t behind = 32768;

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

void Outbox::finish_turn()
{
    if (channel_.queued() < behind)
        send_motion();
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
    put(message);
}

void Outbox::put(std::span<std::byte const> bytes)
{
    if (!flooded_ && !channel_.write(bytes))
        flooded_ = true;
}

} // namespace vitrail::guid
