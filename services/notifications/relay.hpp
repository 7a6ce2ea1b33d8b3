#pragma once

#include "lib/base/quota.hpp"
#include "lib/call/frame_stream.hpp"
#include "lib/formats/notification.hpp"
#include "lib/os/event_loop.hpp"

#include <functional>
#include <string>

namespace vitrail::notifications {

/// One qube's notifications on their way to whoever shows them, and what becomes of them on the way
/// back. The ids that the qube knows are given here. Reads nothing before the loop runs.
class Relay {
public:
    struct Ends {
        call::FrameStream::Ends qube, viewer;
    };
    /// `handle_end` once, from the loop: why, or empty where a side has just gone.
    Relay(wl_event_loop* loop, Ends ends, std::function<void(std::string)> handle_end);
    Relay(Relay const&) = delete;
    Relay& operator=(Relay const&) = delete;

    /// So many new ones at once, and then one each two seconds; changes of one that is there (a
    /// volume, a download) more often.
    static constexpr int burst = 10;
    static constexpr std::chrono::milliseconds every{2000};
    static constexpr int burst_of_changes = 20;
    static constexpr std::chrono::milliseconds every_change{200};

private:
    void handle_answer(std::uint32_t untrusted_version);
    void handle_qube(std::span<std::byte const> untrusted_frame);
    void handle_viewer(std::span<std::byte const> frame);
    void handle_viewer_end();
    void handle_drained();
    void handle_timer();
    void take(formats::Notification message);
    void take(formats::NotificationWithdrawal const& message);
    void take(formats::RefusedNotification const& message);
    void take(formats::NotificationsLeftOut const&) {} // no qube's parser lets it through
    void reply(formats::NotificationReply const& reply);
    void show(formats::NotificationMessage const& message);
    void hold_back();
    void end(std::string const& why);

    std::function<void(std::string)> handle_end_;
    formats::NotificationDialect dialect_ = formats::NotificationDialect::original;
    bool agreed_ = false;
    bool leaving_ = false; ///< ends when what the qube is told has gone out
    std::uint32_t last_id_ = 0;
    std::uint32_t left_out_ = 0; ///< not told yet
    Quota quota_{burst, every};
    Quota changes_{burst_of_changes, every_change};
    Timer<&Relay::handle_timer> timer_;
    call::FrameStream qube_;
    call::FrameStream viewer_;
};

} // namespace vitrail::notifications
