#pragma once

#include "agents/notifications/bus.hpp"
#include "lib/call/frame_stream.hpp"
#include "lib/os/process.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

namespace vitrail::notifications {

/// Between the bus and one call of qubes.Notifications, which is made when there is something to
/// tell and made anew after its end.
class Agent final : public Bus::Events {
public:
    /// `handle_end` when the bus is gone.
    Agent(wl_event_loop* loop, std::function<void()> handle_end);
    ~Agent();
    [[nodiscard]] Result<> start();

    // Bus::Events
    void handle_notify(BusMessage call, formats::Notification notification) override;
    void handle_close(std::uint32_t id) override;
    void handle_bus_end() override;

private:
    using Clock = std::chrono::steady_clock;
    [[nodiscard]] bool make_call();
    void handle_offer(std::uint32_t version);
    void handle_frame(std::span<std::byte const> frame);
    void handle_call_end();
    void handle_process(std::uint32_t ready);
    void send(formats::NotificationMessage const& message);
    void hold_back();
    [[nodiscard]] BusMessage taken(std::uint64_t sequence);
    void take(formats::NotificationId const& reply);
    void take(formats::NotificationError const& reply);
    void take(formats::NotificationClosed const& reply);
    void take(formats::ActionInvoked const& reply);
    void take(formats::ServerRestarted const&);

    wl_event_loop* loop_;
    std::function<void()> handle_end_;
    std::unique_ptr<Bus> bus_;
    Process client_;
    std::unique_ptr<call::FrameStream> call_; ///< none: nothing was to be told, or it ended
    std::optional<formats::NotificationDialect> dialect_; ///< none: not agreed yet
    std::vector<formats::Notification> waiting_;          ///< for that
    std::uint64_t last_sequence_ = 0;
    std::map<std::uint64_t, BusMessage> unanswered_; ///< by sequence
    std::set<std::uint32_t> live_;                   ///< ids that applications know
    Clock::time_point not_before_{};                 ///< no call: the last one was refused
    std::optional<FdSource<&Agent::handle_process>> client_source_;
};

} // namespace vitrail::notifications
