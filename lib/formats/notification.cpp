#include "lib/formats/notification.hpp"

#include "lib/base/result.hpp"
#include "lib/base/text.hpp"
#include "lib/base/utf8.hpp"

#include <algorithm>
#include <concepts>
#include <cstring>
#include <optional>
#include <utility>

namespace vitrail::formats {
namespace {

using Violation = NotificationViolation;
template <typename T> using Parsed = std::expected<T, Violation>;

constexpr std::uint32_t kind_original = 0;
constexpr std::uint32_t kind_named = 0x5600;
constexpr std::uint32_t kind_withdrawal = 0x5601;
constexpr std::uint32_t kind_left_out = 0x5602;

constexpr std::size_t longest_key = 255;
constexpr std::size_t longest_qube_name = 31;
constexpr std::size_t pieces = 256; ///< bytes: no more code points than display_text() keeps

/// bincode 1.x: little-endian, fixed width, nothing between the fields.
class FieldReader {
public:
    explicit FieldReader(std::span<std::byte const> bytes) : bytes_(bytes) {}

    template <std::integral T> [[nodiscard]] Parsed<T> number()
    {
        if (bytes_.size() < sizeof(T))
            return std::unexpected(Violation::truncated);
        T value{};
        std::memcpy(&value, bytes_.data(), sizeof value);
        bytes_ = bytes_.subspan(sizeof value);
        return value;
    }
    [[nodiscard]] Parsed<bool> boolean()
    {
        auto const value = TRY(number<std::uint8_t>());
        if (value > 1)
            return std::unexpected(Violation::bad_value);
        return value == 1;
    }
    /// How many elements follow, each of at least `least` bytes.
    [[nodiscard]] Parsed<std::size_t> count(std::size_t least)
    {
        auto const value = TRY(number<std::uint64_t>());
        if (value > bytes_.size() / least)
            return std::unexpected(Violation::truncated);
        return static_cast<std::size_t>(value);
    }
    [[nodiscard]] Parsed<std::string_view> text()
    {
        std::size_t const size = TRY(count(1));
        std::string_view const untrusted(reinterpret_cast<char const*>(bytes_.data()), size);
        bytes_ = bytes_.subspan(size);
        return untrusted;
    }
    [[nodiscard]] Parsed<void> end() const
    {
        if (!bytes_.empty())
            return std::unexpected(Violation::trailing);
        return {};
    }

private:
    std::span<std::byte const> bytes_;
};

class FieldWriter {
public:
    template <std::integral T> void number(T value)
    {
        auto const bytes = std::as_bytes(std::span(&value, 1));
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    }
    void boolean(bool value) { number(static_cast<std::uint8_t>(value)); }
    void text(std::string_view value)
    {
        number(std::uint64_t{value.size()});
        auto const bytes = std::as_bytes(std::span(value));
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    }
    [[nodiscard]] std::vector<std::byte> take() { return std::move(bytes_); }

private:
    std::vector<std::byte> bytes_;
};

std::string one_line(std::string_view untrusted_text, std::size_t longest)
{
    std::string const shown =
        display_text(UntrustedText(std::string(cut_utf8(untrusted_text, 4 * max_display_points))));
    return std::string(cut_utf8(shown, longest));
}

bool is_action_key(std::string_view key)
{
    return !key.empty() && key.size() <= longest_key && is_letter(key.front()) &&
           std::ranges::all_of(key, [](char c) {
               return is_alphanumeric(c) || std::string_view("-._:").contains(c);
           });
}

bool is_name_of_qube(std::string_view name)
{
    return !name.empty() && name.size() <= longest_qube_name && is_letter(name.front()) &&
           std::ranges::all_of(name, [](char c) {
               return is_alphanumeric(c) || std::string_view("-_.").contains(c);
           });
}

/// Pairs of key and label. Why they are none, or empty.
Parsed<std::string_view> read_actions(FieldReader& reader, std::vector<NotificationAction>& into)
{
    std::size_t const count = TRY(reader.count(sizeof(std::uint64_t)));
    std::string_view reason;
    std::optional<std::string_view> untrusted_key;
    for (std::size_t i = 0; i < count; ++i) {
        std::string_view const untrusted_text = TRY(reader.text());
        if (!untrusted_key) {
            untrusted_key = untrusted_text;
            continue;
        }
        if (!is_action_key(*untrusted_key))
            reason = "an action has a key that cannot be one";
        else if (into.size() < most_notification_actions)
            into.push_back({std::string(*untrusted_key),
                            one_line(untrusted_text, longest_notification_label)});
        untrusted_key.reset();
    }
    return untrusted_key ? "an action has no label" : reason;
}

/// A picture of the qube is never shown: it is only stepped over.
Parsed<void> skip_image(FieldReader& reader)
{
    if (!TRY(reader.boolean()))
        return {};
    for (int i = 0; i < 3; ++i) // width, height, bytes of a row
        (void)TRY(reader.number<std::int32_t>());
    (void)TRY(reader.boolean()); // alpha
    for (int i = 0; i < 2; ++i)  // bits of a sample, channels
        (void)TRY(reader.number<std::int32_t>());
    (void)TRY(reader.text());
    return {};
}

Parsed<Urgency> read_urgency(FieldReader& reader)
{
    if (!TRY(reader.boolean()))
        return Urgency::normal;
    auto const value = TRY(reader.number<std::uint32_t>());
    if (value > static_cast<std::uint32_t>(Urgency::critical))
        return std::unexpected(Violation::bad_value);
    return static_cast<Urgency>(value);
}

Parsed<NotificationMessage> read_notification(FieldReader& reader, std::uint64_t sequence,
                                              bool named)
{
    Notification made;
    made.sequence = sequence;
    if (named)
        made.app = one_line(TRY(reader.text()), longest_notification_label);
    (void)TRY(reader.boolean()); // we make no sound that could be suppressed
    made.transient = TRY(reader.boolean());
    made.resident = TRY(reader.boolean());
    made.urgency = TRY(read_urgency(reader));
    made.replaces = TRY(reader.number<std::uint32_t>());
    made.summary = one_line(TRY(reader.text()), longest_notification_body);
    made.body = display_lines(TRY(reader.text()));
    std::string_view reason = TRY(read_actions(reader, made.actions));
    if (TRY(reader.boolean()))
        (void)TRY(reader.text()); // the category: nothing of ours depends on it
    made.timeout = TRY(reader.number<std::int32_t>());
    TRY_VOID(skip_image(reader));
    TRY_VOID(reader.end());
    if (made.timeout < -1)
        reason = "the timeout is negative";
    if (!reason.empty())
        return RefusedNotification{sequence, reason};
    return made;
}

void write_notification(FieldWriter& writer, Notification const& message, bool named)
{
    writer.number(message.sequence);
    writer.number(named ? kind_named : kind_original);
    if (named)
        writer.text(message.app);
    writer.boolean(false);
    writer.boolean(message.transient);
    writer.boolean(message.resident);
    writer.boolean(true);
    writer.number(static_cast<std::uint32_t>(message.urgency));
    writer.number(message.replaces);
    writer.text(message.summary);
    writer.text(message.body);
    writer.number(std::uint64_t{message.actions.size() * 2});
    for (NotificationAction const& action : message.actions) {
        writer.text(action.key);
        writer.text(action.label);
    }
    writer.boolean(false);
    writer.number(message.timeout);
    writer.boolean(false);
}

/// The kinds of a reply, in the order of their numbers.
enum class ReplyKind : std::uint32_t { id, error, unknown_error, closed, invoked, restarted };

Parsed<NotificationReply> read_reply_error(FieldReader& reader)
{
    NotificationError made;
    made.name = one_line(TRY(reader.text()), longest_key);
    if (TRY(reader.boolean()))
        made.text = one_line(TRY(reader.text()), longest_notification_body);
    made.sequence = TRY(reader.number<std::uint64_t>());
    return made;
}

Parsed<NotificationReply> read_closed(FieldReader& reader)
{
    NotificationClosed made{.id = TRY(reader.number<std::uint32_t>())};
    auto const reason = TRY(reader.number<std::uint32_t>());
    bool const known = reason >= 1 && reason <= static_cast<std::uint32_t>(CloseReason::other);
    made.reason = known ? static_cast<CloseReason>(reason) : CloseReason::other;
    return made;
}

Parsed<NotificationReply> read_invoked(FieldReader& reader)
{
    ActionInvoked made{.id = TRY(reader.number<std::uint32_t>()), .key = {}};
    std::string_view const untrusted_key = TRY(reader.text());
    if (!is_action_key(untrusted_key))
        return std::unexpected(Violation::bad_value);
    made.key = untrusted_key;
    return made;
}

Parsed<NotificationReply> read_reply(FieldReader& reader)
{
    switch (static_cast<ReplyKind>(TRY(reader.number<std::uint32_t>()))) {
    case ReplyKind::id: {
        NotificationId made{.id = TRY(reader.number<std::uint32_t>())};
        made.sequence = TRY(reader.number<std::uint64_t>());
        return made;
    }
    case ReplyKind::error: return read_reply_error(reader);
    case ReplyKind::unknown_error:
        return NotificationError{.name = "org.freedesktop.DBus.Error.Failed",
                                 .text = {},
                                 .sequence = TRY(reader.number<std::uint64_t>())};
    case ReplyKind::closed: return read_closed(reader);
    case ReplyKind::invoked: return read_invoked(reader);
    case ReplyKind::restarted: return ServerRestarted{};
    }
    return std::unexpected(Violation::unknown_kind);
}

struct ReplyWriter {
    FieldWriter& writer;
    void kind(ReplyKind kind) const { writer.number(static_cast<std::uint32_t>(kind)); }
    void operator()(NotificationId const& reply) const
    {
        kind(ReplyKind::id);
        writer.number(reply.id);
        writer.number(reply.sequence);
    }
    void operator()(NotificationError const& reply) const
    {
        kind(ReplyKind::error);
        writer.text(reply.name);
        writer.boolean(!reply.text.empty());
        if (!reply.text.empty())
            writer.text(reply.text);
        writer.number(reply.sequence);
    }
    void operator()(NotificationClosed const& reply) const
    {
        kind(ReplyKind::closed);
        writer.number(reply.id);
        writer.number(static_cast<std::uint32_t>(reply.reason));
    }
    void operator()(ActionInvoked const& reply) const
    {
        kind(ReplyKind::invoked);
        writer.number(reply.id);
        writer.text(reply.key);
    }
    void operator()(ServerRestarted const&) const { kind(ReplyKind::restarted); }
};

constexpr std::uint32_t major_of(std::uint32_t version)
{
    return version >> 16;
}
constexpr std::uint32_t minor_of(std::uint32_t version)
{
    return version & 0xffffU;
}

} // namespace

std::uint32_t answer_notification_version(std::uint32_t untrusted_offer)
{
    if (major_of(untrusted_offer) != major_of(notification_version))
        return 0;
    bool const ours = minor_of(untrusted_offer) == notification_extension;
    return notification_version | (ours ? notification_extension : 0);
}

bool may_take_notification_version(std::uint32_t untrusted_answer)
{
    return major_of(untrusted_answer) == major_of(notification_version) &&
           minor_of(untrusted_answer) <= notification_extension;
}

bool has_notification_extension(std::uint32_t agreed)
{
    return minor_of(agreed) == notification_extension;
}

std::string_view name(NotificationViolation violation)
{
    switch (violation) {
    case Violation::truncated: return "a notification ends early";
    case Violation::trailing: return "bytes after a notification";
    case Violation::bad_value: return "a notification with a value that cannot be";
    case Violation::too_many: return "too many notifications";
    case Violation::unknown_kind: break;
    }
    return "a notification of a kind that is not known";
}

std::expected<NotificationMessage, NotificationViolation>
parse_notification(std::span<std::byte const> untrusted_frame, NotificationDialect dialect)
{
    FieldReader reader(untrusted_frame);
    auto const sequence = TRY(reader.number<std::uint64_t>());
    auto const kind = TRY(reader.number<std::uint32_t>());
    bool const extended = dialect != NotificationDialect::original;
    if (kind == kind_original || (kind == kind_named && extended))
        return read_notification(reader, sequence, kind == kind_named);
    NotificationMessage made;
    if (kind == kind_withdrawal && extended)
        made = NotificationWithdrawal{TRY(reader.number<std::uint32_t>())};
    else if (kind == kind_left_out && dialect == NotificationDialect::internal)
        made = NotificationsLeftOut{TRY(reader.number<std::uint32_t>())};
    else
        return std::unexpected(Violation::unknown_kind);
    TRY_VOID(reader.end());
    return made;
}

std::vector<std::byte> build_notification(NotificationMessage const& message,
                                          NotificationDialect dialect)
{
    FieldWriter writer;
    if (auto const* const told = std::get_if<Notification>(&message))
        write_notification(writer, *told, dialect != NotificationDialect::original);
    else {
        writer.number(std::uint64_t{0});
        auto const* const taken_back = std::get_if<NotificationWithdrawal>(&message);
        auto const* const left_out = std::get_if<NotificationsLeftOut>(&message);
        writer.number(taken_back ? kind_withdrawal : kind_left_out);
        writer.number(taken_back ? taken_back->id : left_out ? left_out->count : 0);
    }
    return writer.take();
}

std::expected<NotificationReply, NotificationViolation>
parse_notification_reply(std::span<std::byte const> untrusted_frame)
{
    FieldReader reader(untrusted_frame);
    NotificationReply reply = TRY(read_reply(reader));
    TRY_VOID(reader.end());
    return reply;
}

std::vector<std::byte> build_notification_reply(NotificationReply const& reply)
{
    FieldWriter writer;
    std::visit(ReplyWriter{writer}, reply);
    return writer.take();
}

std::expected<NotificationOrigin, NotificationViolation>
parse_notification_origin(std::span<std::byte const> untrusted_frame)
{
    FieldReader reader(untrusted_frame);
    std::string_view const untrusted_name = TRY(reader.text());
    std::string_view const untrusted_about = TRY(reader.text());
    TRY_VOID(reader.end());
    if (!is_name_of_qube(untrusted_name) ||
        (!untrusted_about.empty() && !is_name_of_qube(untrusted_about)))
        return std::unexpected(Violation::bad_value);
    return NotificationOrigin{std::string(untrusted_name), std::string(untrusted_about)};
}

std::vector<std::byte> build_notification_origin(NotificationOrigin const& origin)
{
    FieldWriter writer;
    writer.text(origin.name);
    writer.text(origin.about);
    return writer.take();
}

std::string with_length(std::span<std::byte const> body)
{
    FieldWriter writer;
    writer.number(static_cast<std::uint32_t>(body.size()));
    auto const length = writer.take();
    std::string frame(reinterpret_cast<char const*>(length.data()), length.size());
    frame.append(reinterpret_cast<char const*>(body.data()), body.size());
    return frame;
}

std::string display_lines(std::string_view untrusted_text)
{
    std::string shown;
    std::string_view rest = cut_utf8(untrusted_text, longest_notification_body);
    for (std::size_t lines = 0; !rest.empty() && lines < most_notification_lines; ++lines) {
        std::size_t const end = std::min(rest.find_first_of("\r\n"), rest.size());
        std::string_view line = rest.substr(0, end);
        rest.remove_prefix(end);
        if (rest.starts_with("\r\n"))
            rest.remove_prefix(2);
        else if (!rest.empty())
            rest.remove_prefix(1);
        while (!line.empty()) {
            std::string_view const piece = cut_utf8(line, pieces);
            line.remove_prefix(piece.size());
            shown += display_text(UntrustedText(std::string(piece)));
        }
        if (!rest.empty())
            shown += '\n';
    }
    while (shown.ends_with('\n'))
        shown.pop_back();
    return std::string(cut_utf8(shown, longest_notification_body));
}

} // namespace vitrail::formats
