#pragma once

#include "lib/base/result.hpp"
#include "lib/os/event_loop.hpp"
#include "lib/transport/channel.hpp"
#include "lib/wire/build.hpp"
#include "lib/wire/framing.hpp"
#include "lib/wire/types.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace vitrail::agent {

class Agent;

/// The connection with guid or an original daemon: serves, shakes hands, cuts messages, and serves
/// again when the daemon is gone. Offers 1.8 with extension 1.
class DaemonLink {
public:
    /// Makes a channel that waits for a daemon; called again after each daemon's end.
    using Serve = std::function<Result<std::unique_ptr<transport::Channel>>()>;

    DaemonLink(wl_event_loop* loop, Agent& agent, Serve serve);
    ~DaemonLink();

    /// Waits for a daemon.
    [[nodiscard]] Result<> start();
    /// The handshake is over, messages may be sent.
    [[nodiscard]] bool connected() const { return connected_; }
    /// The daemon speaks extension 1.
    [[nodiscard]] bool extended() const { return connected_ && version_.extended(); }
    [[nodiscard]] wire::ProtocolVersion version() const { return version_; }

    /// Dropped when no daemon is connected.
    template <typename Message> void send(Message const& message)
    {
        if (!connected_)
            return;
        out_.clear();
        wire::build_message(out_, message);
        put(out_);
    }

    /// Bytes that the daemon has not taken yet. Agent::handle_room() is called when it took all.
    [[nodiscard]] std::size_t queued() const { return channel_ ? channel_->queued() : 0; }

    /// Reads what came; for channels without a descriptor (tests) called by hand.
    void pump();

private:
    void handle_channel(std::uint32_t ready);
    void handle_retry();
    void put(std::span<std::byte const> bytes);
    void handle_idle();
    [[nodiscard]] bool handle_event(wire::FramingEvent const& event);
    void drop(std::string_view why);
    void update_mask();
    void watch_channel();

    wl_event_loop* loop_;
    Agent& agent_;
    Serve serve_;
    std::unique_ptr<transport::Channel> channel_;
    std::optional<FdSource<&DaemonLink::handle_channel>> source_;
    std::optional<wire::Splitter> splitter_;
    wl_event_source* idle_ = nullptr;
    Timer<&DaemonLink::handle_retry> retry_;
    wire::Bytes out_;
    wire::ProtocolVersion version_;
    int watched_fd_ = -1;
    bool greeted_ = false; ///< our version went out
    bool connected_ = false;
    bool dropping_ = false;
};

} // namespace vitrail::agent
