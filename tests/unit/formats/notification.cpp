#include "lib/formats/notification.hpp"
#include "lib/base/text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace vitrail::formats {
namespace {

using Dialect = NotificationDialect;

std::string number(std::uint64_t value, int bytes)
{
    std::string text;
    for (int i = 0; i < bytes; ++i)
        text += static_cast<char>(value >> (8 * i));
    return text;
}
std::string u32(std::uint64_t value)
{
    return number(value, 4);
}
std::string u64(std::uint64_t value)
{
    return number(value, 8);
}
std::string str(std::string const& value)
{
    return u64(value.size()) + value;
}

/// A message of version 1.0, field by field, so that a row changes one.
struct Fields {
    std::string sequence = u64(5);
    std::string kind = u32(0);
    std::string flags = std::string("\0\1\0", 3);
    std::string urgency = "\1" + u32(2);
    std::string replaces = u32(3);
    std::string summary = str("Title");
    std::string body = str("Some text");
    std::string actions = u64(2) + str("default") + str("Open");
    std::string category = std::string("\1", 1) + str("im.received");
    std::string timeout = u32(5000);
    std::string image = std::string("\0", 1);
    [[nodiscard]] std::string text() const
    {
        return sequence + kind + flags + urgency + replaces + summary + body + actions + category +
               timeout + image;
    }
};
using Change = std::function<void(Fields&)>;

auto parse(std::string const& text, Dialect dialect = Dialect::original)
{
    return parse_notification(std::as_bytes(std::span(text)), dialect);
}
auto parse_with(Change const& change)
{
    Fields fields;
    change(fields);
    return parse(fields.text());
}
Notification told(Change const& change)
{
    auto const message = parse_with(change);
    EXPECT_TRUE(message && std::holds_alternative<Notification>(*message));
    return message && std::holds_alternative<Notification>(*message)
               ? std::get<Notification>(*message)
               : Notification();
}

TEST(Notification, is_read_as_the_original_client_writes_it)
{
    auto const read = told([](Fields&) {});
    EXPECT_EQ(read.sequence, 5U);
    EXPECT_EQ(read.replaces, 3U);
    EXPECT_TRUE(read.transient);
    EXPECT_FALSE(read.resident);
    EXPECT_EQ(read.urgency, Urgency::critical);
    EXPECT_EQ(read.summary, "Title");
    EXPECT_EQ(read.body, "Some text");
    EXPECT_EQ(read.actions, (std::vector<NotificationAction>{{"default", "Open"}}));
    EXPECT_EQ(read.timeout, 5000);
    EXPECT_EQ(told([](Fields& f) { f.urgency = std::string(1, '\0'); }).urgency, Urgency::normal);
}

TEST(Notification, a_picture_of_the_qube_is_stepped_over)
{
    std::string const image = "\1" + u32(2) + u32(2) + u32(8) + "\1" + u32(8) + u32(4);
    EXPECT_EQ(told([&](Fields& f) { f.image = image + str(std::string(16, 'p')); }).summary,
              "Title");
    auto const cut = parse_with([&](Fields& f) { f.image = image + u64(17) + "only a few"; });
    EXPECT_EQ(cut.error(), NotificationViolation::truncated);
}

TEST(Notification, with_a_field_that_cannot_be_is_a_violation)
{
    struct Row {
        char const* what;
        Change change;
        NotificationViolation violation;
    };
    using Kind = NotificationViolation;
    for (Row const& row : {
             Row{"a bool of 2", [](Fields& f) { f.flags = "\2\1\1"; }, Kind::bad_value},
             Row{"an option of 7", [](Fields& f) { f.urgency = "\7" + u32(1); }, Kind::bad_value},
             Row{"urgency 3", [](Fields& f) { f.urgency = "\1" + u32(3); }, Kind::bad_value},
             Row{"kind 1", [](Fields& f) { f.kind = u32(1); }, Kind::unknown_kind},
             Row{"a kind of the extension", [](Fields& f) { f.kind = u32(0x5600); },
                 Kind::unknown_kind},
             Row{"more summary than there is", [](Fields& f) { f.summary = u64(1 << 20); },
                 Kind::truncated},
             Row{"the largest length", [](Fields& f) { f.body = u64(~std::uint64_t{0}); },
                 Kind::truncated},
             Row{"two thousand million actions", [](Fields& f) { f.actions = u64(1ULL << 31); },
                 Kind::truncated},
             Row{"a byte too many", [](Fields& f) { f.image += "x"; }, Kind::trailing},
         }) {
        auto const message = parse_with(row.change);
        ASSERT_FALSE(message) << row.what;
        EXPECT_EQ(message.error(), row.violation) << row.what << ": " << name(message.error());
    }
}

TEST(Notification, that_ends_anywhere_within_is_a_violation)
{
    std::string const whole = Fields().text();
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_EQ(parse(whole.substr(0, size)).error(), NotificationViolation::truncated) << size;
}

TEST(Notification, that_makes_no_sense_is_refused_and_named)
{
    for (Change const& change : std::vector<Change>{
             [](Fields& f) { f.actions = u64(1) + str("default"); },
             [](Fields& f) { f.actions = u64(2) + str("") + str("Empty"); },
             [](Fields& f) { f.actions = u64(2) + str("9lives") + str("Cat"); },
             [](Fields& f) { f.actions = u64(2) + str("a b") + str("Blank"); },
             [](Fields& f) { f.actions = u64(2) + str(std::string(256, 'k')) + str("Long"); },
             [](Fields& f) { f.timeout = u32(0xffff'fffe); },
         }) {
        auto const message = parse_with(change);
        ASSERT_TRUE(message && std::holds_alternative<RefusedNotification>(*message));
        EXPECT_EQ(std::get<RefusedNotification>(*message).sequence, 5U);
        EXPECT_FALSE(std::get<RefusedNotification>(*message).reason.empty());
    }
}

TEST(Notification, markup_is_text_and_nothing_turns_or_hides)
{
    auto const read = told([](Fields& f) {
        f.summary = str("<b>bold</b>\nsecond\x1b[31m");
        f.body = str("one\r\ntwo\rthree\xe2\x80\xae"
                     "four\xff\n\n<a href='x'>five</a>\n\n");
        f.actions = u64(2) + str("a") + str("la\nbel\xe2\x80\x8b");
    });
    EXPECT_EQ(read.summary, "<b>bold</b> second\xef\xbf\xbd[31m");
    EXPECT_EQ(read.body, "one\ntwo\nthree\xef\xbf\xbd"
                         "four\xef\xbf\xbd\n\n<a href='x'>five</a>");
    EXPECT_EQ(read.actions[0].label, "la bel\xef\xbf\xbd");
}

TEST(Notification, has_a_bound_for_every_text_and_list)
{
    std::string many;
    for (int i = 0; i < 1000; ++i)
        many += str("key") + str(std::string(5000, 'l'));
    std::string const body(std::size_t{4} << 20, 'b');
    auto const read = told([&](Fields& f) {
        f.summary = str(std::string(std::size_t{4} << 20, 's'));
        f.body = str(body);
        f.actions = u64(2000) + many;
    });
    EXPECT_LE(read.summary.size(), 4 * max_display_points);
    EXPECT_EQ(read.body, body.substr(0, longest_notification_body)) << "no mark in its middle";
    EXPECT_EQ(read.actions.size(), most_notification_actions);
    EXPECT_LE(read.actions[0].label.size(), longest_notification_label);
    std::string lines;
    for (int i = 0; i < 1000; ++i)
        lines += "l\n";
    EXPECT_EQ(std::ranges::count(display_lines(lines), '\n'),
              static_cast<std::ptrdiff_t>(most_notification_lines) - 1);
    EXPECT_LE(display_lines(std::string(longest_notification_body, '\xff')).size(),
              longest_notification_body);
}

TEST(Notification, is_built_as_it_is_read_in_each_dialect)
{
    Notification const whole{.sequence = 9,
                             .replaces = 2,
                             .transient = true,
                             .resident = true,
                             .urgency = Urgency::low,
                             .app = "Mail",
                             .summary = "\xc3\x89t\xc3\xa9",
                             .body = "a\nb",
                             .actions = {{"default", ""}, {"reply", "Reply"}},
                             .timeout = 0};
    Notification nameless = whole;
    nameless.app.clear();
    for (Dialect const dialect : {Dialect::original, Dialect::extended, Dialect::internal}) {
        auto const read = parse_notification(build_notification(whole, dialect), dialect);
        ASSERT_TRUE(read);
        EXPECT_EQ(std::get<Notification>(*read), dialect == Dialect::original ? nameless : whole);
    }
}

TEST(Notification, each_dialect_says_what_is_its_own)
{
    auto const taken_back = build_notification(NotificationWithdrawal{7}, Dialect::extended);
    EXPECT_EQ(parse_notification(taken_back, Dialect::extended),
              NotificationMessage(NotificationWithdrawal{7}));
    EXPECT_FALSE(parse_notification(taken_back, Dialect::original));
    auto const left_out = build_notification(NotificationsLeftOut{8}, Dialect::internal);
    EXPECT_EQ(parse_notification(left_out, Dialect::internal),
              NotificationMessage(NotificationsLeftOut{8}));
    EXPECT_FALSE(parse_notification(left_out, Dialect::extended)) << "a qube does not say so";
}

TEST(NotificationVersion, is_agreed_with_the_original_and_with_ours)
{
    EXPECT_EQ(answer_notification_version(0x0001'0000), 0x0001'0000U);
    EXPECT_EQ(answer_notification_version(0x0001'0003), 0x0001'0000U);
    EXPECT_EQ(answer_notification_version(0x0001'8001), 0x0001'8001U);
    EXPECT_EQ(answer_notification_version(0x0002'0000), 0U);
    EXPECT_TRUE(may_take_notification_version(0x0001'0000));
    EXPECT_TRUE(may_take_notification_version(0x0001'8001));
    EXPECT_FALSE(may_take_notification_version(0x0001'8002));
    EXPECT_FALSE(may_take_notification_version(0x0000'0000));
    EXPECT_FALSE(has_notification_extension(0x0001'0000));
    EXPECT_TRUE(has_notification_extension(0x0001'8001));
}

TEST(NotificationReply, is_built_as_it_is_read)
{
    for (NotificationReply const& reply : std::vector<NotificationReply>{
             NotificationId{1, 2}, NotificationError{"org.x.E", "why", 3},
             NotificationError{"org.x.E", "", 3}, NotificationClosed{4, CloseReason::dismissed},
             ActionInvoked{5, "default"}, ServerRestarted{}})
        EXPECT_EQ(parse_notification_reply(build_notification_reply(reply)), reply);
}

TEST(NotificationReply, that_is_none_is_a_violation)
{
    for (std::string const& text :
         {std::string(), u32(6), u32(0), u32(0) + u32(1), u32(3) + u32(1),
          u32(4) + u32(1) + str("no key"), u32(4) + u32(1) + u64(99), u32(5) + "x"})
        EXPECT_FALSE(parse_notification_reply(std::as_bytes(std::span(text)))) << text.size();
    std::string const odd_reason = u32(3) + u32(1) + u32(77);
    EXPECT_EQ(parse_notification_reply(std::as_bytes(std::span(odd_reason))),
              NotificationReply(NotificationClosed{1, CloseReason::other}));
    std::string const unknown = u32(2) + u64(4);
    EXPECT_EQ(std::get<NotificationError>(
                  parse_notification_reply(std::as_bytes(std::span(unknown))).value())
                  .sequence,
              4U);
}

TEST(NotificationOrigin, is_a_name_that_a_qube_can_have)
{
    auto const origin = [](std::string const& name, std::string const& about = "") {
        std::string const text = str(name) + str(about);
        return parse_notification_origin(std::as_bytes(std::span(text)));
    };
    EXPECT_EQ(origin("work"), (NotificationOrigin{"work", ""}));
    EXPECT_EQ(origin("dom0", "work"), (NotificationOrigin{"dom0", "work"}));
    for (char const* const bad : {"", "9to5", "a b", "a\n", "\xc3\xa9t\xc3\xa9", "<b>",
                                  "longer-than-any-qube-may-be-called"})
        EXPECT_FALSE(origin(bad)) << bad;
    EXPECT_FALSE(origin("dom0", "a b"));
}

} // namespace
} // namespace vitrail::formats
