#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// Notifications of a qube as qubes.Notifications carries them (docs/protocols/notifications.md).
/// Pure. What parse_… returns is bounded, and its texts are as they may be shown.
/// Source: fact sheet gui-protocol §10.1; what is ours alone has numbers from 0x5600 on.
namespace vitrail::formats {

/// Both ends write one word first. The lower minor holds; a bit more says that ours is there.
inline constexpr std::uint32_t notification_version = 0x0001'0000;
inline constexpr std::uint32_t notification_extension = 0x8001; ///< as a minor
/// What the client answers to the server's word. Nothing: a major version of no use to us.
[[nodiscard]] std::uint32_t answer_notification_version(std::uint32_t untrusted_offer);
/// Whether the server may take that answer to what it offered itself.
[[nodiscard]] bool may_take_notification_version(std::uint32_t untrusted_answer);
[[nodiscard]] bool has_notification_extension(std::uint32_t agreed);

inline constexpr std::size_t longest_notification_frame = std::size_t{1} << 24; ///< with a picture
inline constexpr std::size_t longest_notification_reply = 4096;
inline constexpr std::size_t longest_notification_body = 4096; ///< bytes, after it was made to show
inline constexpr std::size_t most_notification_lines = 40;     ///< of a body
inline constexpr std::size_t longest_notification_label = 96;  ///< of an action, and of the app
inline constexpr std::size_t most_notification_actions = 4;    ///< the next are left out

struct NotificationAction {
    std::string key;   ///< [A-Za-z][A-Za-z0-9-._:]*, at most 255
    std::string label; ///< one line, maybe empty
    friend bool operator==(NotificationAction const&, NotificationAction const&) = default;
};

enum class Urgency : std::uint8_t { low, normal, critical };

/// An application tells the user something.
struct Notification {
    std::uint64_t sequence = 0; ///< what the reply names
    std::uint32_t replaces = 0; ///< the id of an earlier one; 0: a new one
    bool transient = false, resident = false;
    Urgency urgency = Urgency::normal;
    std::string app; ///< empty with an agent that is the original's
    std::string summary;
    std::string body; ///< lines
    std::vector<NotificationAction> actions;
    std::int32_t timeout = -1; ///< ms; -1: as the server likes, 0: never
    friend bool operator==(Notification const&, Notification const&) = default;
};

/// It takes one back (extension).
struct NotificationWithdrawal {
    std::uint32_t id = 0;
    friend bool operator==(NotificationWithdrawal const&, NotificationWithdrawal const&) = default;
};
/// So many were not shown because they were too many. Between programs of ours alone.
struct NotificationsLeftOut {
    std::uint32_t count = 0;
    friend bool operator==(NotificationsLeftOut const&, NotificationsLeftOut const&) = default;
};
/// Well formed, but no notification: the sender gets an error, and its call goes on.
struct RefusedNotification {
    std::uint64_t sequence = 0;
    std::string_view reason;
    friend bool operator==(RefusedNotification const&, RefusedNotification const&) = default;
};
using NotificationMessage =
    std::variant<Notification, NotificationWithdrawal, NotificationsLeftOut, RefusedNotification>;

/// What a sender may say.
enum class NotificationDialect : std::uint8_t {
    original, ///< version 1.0
    extended, ///< an agent of ours
    internal, ///< the service's own program, to whoever shows it
};

enum class NotificationViolation : std::uint8_t {
    truncated,
    trailing,
    bad_value,
    unknown_kind,
    too_many, ///< no parser says so: who counts does
};
[[nodiscard]] std::string_view name(NotificationViolation violation);

[[nodiscard]] std::expected<NotificationMessage, NotificationViolation>
parse_notification(std::span<std::byte const> untrusted_frame, NotificationDialect dialect);
/// The frame's body. `app` is left out for the original.
[[nodiscard]] std::vector<std::byte> build_notification(NotificationMessage const& message,
                                                        NotificationDialect dialect);

// ---- what the server says ----

struct NotificationId { ///< it is known by this id now
    std::uint32_t id = 0;
    std::uint64_t sequence = 0;
    friend bool operator==(NotificationId const&, NotificationId const&) = default;
};
struct NotificationError {
    std::string name; ///< a D-Bus error's
    std::string text; ///< may be empty
    std::uint64_t sequence = 0;
    friend bool operator==(NotificationError const&, NotificationError const&) = default;
};
enum class CloseReason : std::uint32_t { expired = 1, dismissed, withdrawn, other };
struct NotificationClosed {
    std::uint32_t id = 0;
    CloseReason reason = CloseReason::other;
    friend bool operator==(NotificationClosed const&, NotificationClosed const&) = default;
};
struct ActionInvoked {
    std::uint32_t id = 0;
    std::string key;
    friend bool operator==(ActionInvoked const&, ActionInvoked const&) = default;
};
struct ServerRestarted { ///< no id is good any more
    friend bool operator==(ServerRestarted const&, ServerRestarted const&) = default;
};
using NotificationReply = std::variant<NotificationId, NotificationError, NotificationClosed,
                                       ActionInvoked, ServerRestarted>;
/// The original's UnknownError is a NotificationError without a text.
[[nodiscard]] std::expected<NotificationReply, NotificationViolation>
parse_notification_reply(std::span<std::byte const> untrusted_frame);
[[nodiscard]] std::vector<std::byte> build_notification_reply(NotificationReply const& reply);

/// Whose the messages of a connection are: what the service's program says once, before it has read
/// anything of a qube.
struct NotificationOrigin {
    std::string name;  ///< of the qube, or dom0
    std::string about; ///< the qube that dom0 tells something about; else empty
    friend auto operator<=>(NotificationOrigin const&, NotificationOrigin const&) = default;
};
/// Both are names by their characters; whether such a qube exists is not known here.
[[nodiscard]] std::expected<NotificationOrigin, NotificationViolation>
parse_notification_origin(std::span<std::byte const> untrusted_frame);
[[nodiscard]] std::vector<std::byte> build_notification_origin(NotificationOrigin const& origin);

/// A frame's body with its length before it, for whoever sends without a stream of frames.
[[nodiscard]] std::string with_length(std::span<std::byte const> body);

/// Some lines of a qube as they may be shown: each as display_text() makes it, at most
/// most_notification_lines of them and longest_notification_body bytes.
[[nodiscard]] std::string display_lines(std::string_view untrusted_text);

} // namespace vitrail::formats
