#include "services/notifications/relay.hpp"

#include <utility>

namespace vitrail::notifications {
namespace {

using namespace formats;

/// Nothing more is read of the qube while so much waits on either side.
constexpr std::size_t enough_queued = 65536;
/// A qube that does not take what it is told is given up.
constexpr std::size_t too_much_queued = std::size_t{1} << 20;
/// How long what was left out is counted before it is told.
constexpr std::chrono::milliseconds counting{500};

constexpr std::uint32_t offer = notification_version | notification_extension;

} // namespace

Relay::Relay(wl_event_loop* loop, Ends ends, std::function<void(std::string)> handle_end)
    : handle_end_(std::move(handle_end)),
      timer_(loop, *this),
      qube_(loop, std::move(ends.qube), longest_notification_frame,
            {.word = [this](std::uint32_t word) { handle_answer(word); },
             .frame = [this](auto frame) { handle_qube(frame); },
             .end = [this] { end({}); },
             .drained = [this] { handle_drained(); }}),
      viewer_(loop, std::move(ends.viewer), longest_notification_reply,
              {.word = {},
               .frame = [this](auto frame) { handle_viewer(frame); },
               .end = [this] { handle_viewer_end(); },
               .drained = [this] { handle_drained(); }})
{
    qube_.expect_word();
    qube_.send_word(offer);
}

void Relay::handle_answer(std::uint32_t untrusted_version)
{
    if (!may_take_notification_version(untrusted_version))
        return end("a client of another version");
    agreed_ = true;
    if (has_notification_extension(untrusted_version))
        dialect_ = NotificationDialect::extended;
}

void Relay::handle_qube(std::span<std::byte const> untrusted_frame)
{
    if (leaving_)
        return;
    auto message = agreed_ ? parse_notification(untrusted_frame, dialect_)
                           : std::unexpected(NotificationViolation::unknown_kind);
    if (!message)
        return end(std::string(name(message.error())));
    std::visit([this](auto& one) { take(std::move(one)); }, *message);
    hold_back();
}

void Relay::take(Notification message)
{
    std::uint64_t const sequence = message.sequence;
    bool const changes = message.replaces > 0 && message.replaces <= last_id_;
    std::uint32_t const id = changes ? message.replaces : ++last_id_;
    reply(NotificationId{.id = id, .sequence = sequence});
    if ((changes ? changes_ : quota_).take(std::chrono::steady_clock::now())) {
        message.sequence = id; // between us and the viewer
        message.replaces = changes ? id : 0;
        return show(message);
    }
    if (left_out_++ == 0)
        timer_.arm(counting);
    if (!changes)
        reply(NotificationClosed{.id = id, .reason = CloseReason::other});
}

void Relay::take(NotificationWithdrawal const& message)
{
    if (message.id > 0 && message.id <= last_id_)
        show(message);
}

void Relay::take(RefusedNotification const& message)
{
    reply(NotificationError{.name = "org.freedesktop.DBus.Error.InvalidArgs",
                            .text = std::string(message.reason),
                            .sequence = message.sequence});
}

void Relay::handle_timer()
{
    show(NotificationsLeftOut{std::exchange(left_out_, 0)});
}

void Relay::handle_viewer(std::span<std::byte const> frame)
{
    auto const said = parse_notification_reply(frame);
    if (!said)
        return end("the panel: " + std::string(name(said.error())));
    reply(*said);
}

void Relay::handle_viewer_end()
{
    reply(ServerRestarted{});
    leaving_ = true;
    if (qube_.queued() == 0)
        end({});
}

void Relay::handle_drained()
{
    if (leaving_ && qube_.queued() == 0)
        return end({});
    hold_back();
}

void Relay::hold_back()
{
    qube_.set_reading(qube_.queued() < enough_queued && viewer_.queued() < enough_queued);
}

void Relay::reply(NotificationReply const& reply)
{
    qube_.send_frame(build_notification_reply(reply));
    if (qube_.queued() > too_much_queued)
        end("a client that does not read");
}

void Relay::show(NotificationMessage const& message)
{
    viewer_.send_frame(build_notification(message, NotificationDialect::internal));
}

void Relay::end(std::string const& why)
{
    if (auto const handle = std::exchange(handle_end_, {}))
        handle(why);
}

} // namespace vitrail::notifications
