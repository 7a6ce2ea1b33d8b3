#pragma once

#include "lib/base/strong.hpp"
#include "lib/transport/channel.hpp"
#include "lib/wire/message.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

namespace vitrail::guid {

class Trace;
using Time = std::chrono::milliseconds; ///< of a monotonic clock

/// Puts messages to the agent on the channel, in order, with at most one motion a turn.
///
/// Every byte sent is initialised: structs are passed whole, tails as given (QSB-009).
/// When the agent does not read, motion is kept back first (only the newest counts); when even so
/// the channel's bound is reached, flooded() says so and nothing more is sent.
class Outbox {
public:
    Outbox(transport::Channel& channel, Trace& trace) : channel_(channel), trace_(trace) {}

    template <Pod T> void send(wire::Type type, WindowId window, T const& body)
    {
        send_bytes(type, window, std::as_bytes(std::span(&body, 1)), {});
    }
    template <Pod T>
    void send(wire::Type type, WindowId window, T const& body, std::span<std::byte const> tail)
    {
        send_bytes(type, window, std::as_bytes(std::span(&body, 1)), tail);
    }
    void send(wire::Type type, WindowId window, std::span<std::byte const> tail = {})
    {
        send_bytes(type, window, {}, tail);
    }
    /// Without a header: the handshake.
    template <Pod T> void send_bare(T const& body) { put(std::as_bytes(std::span(&body, 1))); }

    /// Keeps the newest position until another message for the agent or the end of the turn.
    void move(WindowId window, wire::Motion const& motion);
    void move(WindowId window, wire::XMotion const& motion);
    /// The last position of the turn goes out, unless the agent is behind; and what was delayed
    /// long enough.
    void finish_turn(Time now);
    /// Keys and pointer reach the agent a random time later, at most this, in their order: how
    /// somebody types stays unknown to the qube (fact sheet gui-protocol §6.9). `random` gives any
    /// 32 bits.
    void set_delay(Time at_most, std::uint32_t (*random)())
    {
        max_delay_ = at_most;
        random_ = random;
    }
    /// When the next delayed message is due.
    [[nodiscard]] std::optional<Time> deadline() const;
    /// The window is gone: what was meant for it is dropped.
    void forget(WindowId window);
    [[nodiscard]] bool flooded() const { return flooded_; }
    [[nodiscard]] bool has_motion() const { return motion_ || x_motion_; }

private:
    void send_bytes(wire::Type type, WindowId window, std::span<std::byte const> body,
                    std::span<std::byte const> tail);
    void put(std::span<std::byte const> bytes);
    void send_motion();
    void release_delayed(Time now);

    transport::Channel& channel_;
    Trace& trace_;
    WindowId motion_window_;
    std::optional<wire::Motion> motion_;
    std::optional<wire::XMotion> x_motion_;
    bool flooded_ = false;

    struct Delayed {
        WindowId window;
        std::optional<Time> due; ///< set at the end of the turn in which it came
        std::vector<std::byte> message;
    };
    std::deque<Delayed> delayed_;
    Time max_delay_{0};
    Time last_due_{0};
    std::uint32_t (*random_)() = nullptr;
};

} // namespace vitrail::guid
