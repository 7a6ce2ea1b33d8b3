#pragma once

#include "guid/session.hpp"
#include "guid/throttle.hpp"
#include "guid/wayland_port.hpp"
#include "lib/os/event_loop.hpp"
#include "lib/transport/channel.hpp"
#include "lib/transport/clipboard_port.hpp"

#include <optional>
#include <string>

namespace vitrail::guid {

/// Turns of the loop: descriptors become calls of the session, and what it wants goes out.
///
/// One turn reads at most `bytes_a_turn` of the agent, and none while the compositor is behind or
/// the qube's throttle is empty: the kernel's buffers then hold the qube back.
class Link {
public:
    enum class End : std::uint8_t { running, peer, world, violation };

    Link(EventLoop& loop, transport::Channel& channel, WaylandPort& port,
         transport::ClipboardPort& broker, Session& session, Profile const& profile);
    Link(Link const&) = delete;
    Link& operator=(Link const&) = delete;

    [[nodiscard]] End end() const { return end_; }
    /// Why, for the log; empty when a peer went away.
    [[nodiscard]] std::string const& reason() const { return reason_; }

private:
    void handle_channel(std::uint32_t ready);
    void handle_wayland(std::uint32_t ready);
    void handle_broker(std::uint32_t ready);
    void handle_timer();
    [[nodiscard]] bool may_read() const;
    void read_channel();
    void check(Verdict const& verdict);
    void finish_turn();
    void set_masks();
    void arm_timer(Time now);
    void stop(End end, std::string reason = {});

    static constexpr std::size_t bytes_a_turn = 32768;

    EventLoop& loop_;
    transport::Channel& channel_;
    WaylandPort& port_;
    transport::ClipboardPort& broker_;
    Session& session_;
    std::optional<Time> start_deadline_;
    Throttle throttle_{4000, 8000};
    std::uint64_t work_seen_ = 0;
    bool compositor_behind_ = false;
    End end_ = End::running;
    std::string reason_;
    std::uint32_t channel_mask_ = 0, wayland_mask_ = WL_EVENT_READABLE,
                  broker_mask_ = WL_EVENT_READABLE;

    FdSource<&Link::handle_channel> channel_source_;
    FdSource<&Link::handle_wayland> wayland_source_;
    std::optional<FdSource<&Link::handle_broker>> broker_source_;
    Timer<&Link::handle_timer> timer_;
};

} // namespace vitrail::guid
