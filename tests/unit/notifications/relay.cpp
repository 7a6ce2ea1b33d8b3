// A qube's notifications on their way: the qube and the panel at either end are streams of this
// test.

#include "services/notifications/relay.hpp"
#include "lib/os/line_socket.hpp"
#include "tests/unit/os/loop.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <memory>
#include <optional>

namespace vitrail::notifications {
namespace {

using namespace formats;
using call::both_ways;
using call::FrameStream;

class RelayTest : public testing::Test {
protected:
    void SetUp() override
    {
        auto qube = socket_pair(SOCK_STREAM);
        auto viewer = socket_pair(SOCK_STREAM);
        ASSERT_TRUE(qube && viewer);
        relay_ = std::make_unique<Relay>(
            loop_.get(),
            Relay::Ends{both_ways(std::move(qube->first)), both_ways(std::move(viewer->first))},
            [this](std::string const& why) { end_ = why; });
        qube_ = std::make_unique<FrameStream>(
            loop_.get(), both_ways(std::move(qube->second)), longest_notification_reply,
            FrameStream::Handlers{.word = [this](std::uint32_t word) { offer_ = word; },
                                  .frame =
                                      [this](auto frame) {
                                          auto reply = parse_notification_reply(frame);
                                          ASSERT_TRUE(reply);
                                          replies_.push_back(*reply);
                                      },
                                  .end = [this] { qube_ended_ = true; },
                                  .drained = {}});
        qube_->expect_word();
        viewer_ = std::make_unique<FrameStream>(
            loop_.get(), both_ways(std::move(viewer->second)), longest_notification_frame,
            FrameStream::Handlers{.word = {},
                                  .frame =
                                      [this](auto frame) {
                                          auto message = parse_notification(
                                              frame, NotificationDialect::internal);
                                          ASSERT_TRUE(message);
                                          shown_.push_back(*message);
                                      },
                                  .end = [] {},
                                  .drained = {}});
    }
    void agree(std::uint32_t version)
    {
        ASSERT_TRUE(loop_.until([&] { return offer_ != 0; }));
        EXPECT_EQ(offer_, 0x0001'8001U);
        qube_->send_word(version);
    }
    void tell(Notification const& one, NotificationDialect dialect = NotificationDialect::original)
    {
        qube_->send_frame(build_notification(one, dialect));
    }
    static Notification note(std::uint64_t sequence, std::string const& summary,
                             std::uint32_t replaces = 0)
    {
        return {.sequence = sequence, .replaces = replaces, .summary = summary, .actions = {}};
    }
    [[nodiscard]] Notification shown(std::size_t index) const
    {
        return std::get<Notification>(shown_.at(index));
    }
    [[nodiscard]] bool until(std::function<bool()> const& condition)
    {
        return loop_.until(condition);
    }

    test::Turns loop_;
    std::optional<std::string> end_;
    std::uint32_t offer_ = 0;
    bool qube_ended_ = false;
    std::vector<NotificationReply> replies_;
    std::vector<NotificationMessage> shown_;
    std::unique_ptr<Relay> relay_;
    std::unique_ptr<FrameStream> qube_, viewer_;
};

TEST_F(RelayTest, the_original_client_is_served)
{
    agree(notification_version);
    tell(note(77, "hello"));
    ASSERT_TRUE(until([&] { return !replies_.empty() && !shown_.empty(); }));
    EXPECT_EQ(replies_[0], (NotificationReply(NotificationId{1, 77})));
    EXPECT_EQ(shown(0).sequence, 1U) << "the id, between us and the panel";
    EXPECT_EQ(shown(0).summary, "hello");
    viewer_->send_frame(build_notification_reply(ActionInvoked{1, "open"}));
    viewer_->send_frame(build_notification_reply(NotificationClosed{1, CloseReason::dismissed}));
    ASSERT_TRUE(until([&] { return replies_.size() == 3; }));
    EXPECT_EQ(replies_[1], NotificationReply(ActionInvoked(1, "open")));
}

TEST_F(RelayTest, an_agent_of_ours_names_the_application_and_takes_back)
{
    agree(notification_version | notification_extension);
    Notification one = note(1, "hello");
    one.app = "Mail";
    tell(one, NotificationDialect::extended);
    qube_->send_frame(build_notification(NotificationWithdrawal{1}, NotificationDialect::extended));
    qube_->send_frame(build_notification(NotificationWithdrawal{9}, NotificationDialect::extended));
    tell(note(2, "next"));
    ASSERT_TRUE(until([&] { return shown_.size() == 3; }));
    EXPECT_EQ(shown(0).app, "Mail");
    EXPECT_EQ(shown_[1], NotificationMessage(NotificationWithdrawal(1)));
    EXPECT_EQ(shown(2).summary, "next") << "an id that was never given is nobody's";
}

TEST_F(RelayTest, one_that_replaces_keeps_its_id_and_one_that_replaces_nothing_gets_a_new_one)
{
    agree(notification_version);
    tell(note(1, "10 %"));
    tell(note(2, "20 %", 1));
    tell(note(3, "lost", 55));
    ASSERT_TRUE(until([&] { return shown_.size() == 3 && replies_.size() == 3; }));
    EXPECT_EQ(replies_[1], (NotificationReply(NotificationId{1, 2})));
    EXPECT_EQ(replies_[2], (NotificationReply(NotificationId{2, 3})));
    EXPECT_EQ(shown(1).replaces, 1U);
    EXPECT_EQ(shown(2).replaces, 0U);
}

TEST_F(RelayTest, a_flood_is_answered_whole_but_a_burst_is_shown_and_the_rest_is_counted)
{
    constexpr std::uint32_t many = 10'000;
    agree(notification_version);
    for (std::uint32_t i = 1; i <= many; ++i)
        tell(note(i, "flood"));
    std::size_t ids = 0;
    std::size_t closed = 0;
    ASSERT_TRUE(until([&] {
        ids = closed = 0;
        for (NotificationReply const& one : replies_) {
            ids += std::holds_alternative<NotificationId>(one) ? 1 : 0;
            closed += std::holds_alternative<NotificationClosed>(one) ? 1 : 0;
        }
        return ids == many && !shown_.empty() &&
               std::holds_alternative<NotificationsLeftOut>(shown_.back()) &&
               shown_.size() + closed > many;
    }));
    std::size_t told = 0;
    std::size_t counted = 0;
    for (NotificationMessage const& one : shown_)
        if (auto const* const left_out = std::get_if<NotificationsLeftOut>(&one))
            counted += left_out->count;
        else
            ++told;
    EXPECT_EQ(told + counted, many);
    EXPECT_GE(told, std::size_t{Relay::burst});
    EXPECT_LE(told, std::size_t{Relay::burst} + 10) << "as many seconds as it took";
    EXPECT_FALSE(end_);
}

TEST_F(RelayTest, what_breaks_the_protocol_ends_the_call)
{
    agree(notification_version);
    tell(note(1, "good"));
    qube_->send_frame(std::vector(12, std::byte{0xff}));
    ASSERT_TRUE(until([&] { return end_.has_value(); }));
    EXPECT_EQ(*end_, "a notification of a kind that is not known");
}

TEST_F(RelayTest, another_version_ends_the_call)
{
    agree(0x0002'0000);
    ASSERT_TRUE(until([&] { return end_.has_value(); }));
    EXPECT_EQ(*end_, "a client of another version");
}

TEST_F(RelayTest, what_makes_no_sense_is_refused_and_the_call_goes_on)
{
    agree(notification_version);
    Notification bad = note(4, "bad");
    bad.timeout = -7;
    tell(bad);
    tell(note(5, "good"));
    ASSERT_TRUE(until([&] { return shown_.size() == 1 && replies_.size() == 2; }));
    EXPECT_EQ(std::get<NotificationError>(replies_[0]).sequence, 4U);
    EXPECT_EQ(std::get<NotificationError>(replies_[0]).name,
              "org.freedesktop.DBus.Error.InvalidArgs");
}

TEST_F(RelayTest, without_the_panel_the_qube_is_told_and_the_call_ends)
{
    agree(notification_version);
    viewer_.reset();
    ASSERT_TRUE(until([&] { return end_.has_value() && !replies_.empty(); }));
    EXPECT_EQ(replies_[0], NotificationReply(ServerRestarted()));
    EXPECT_EQ(*end_, "");
}

TEST_F(RelayTest, a_panel_that_does_not_read_holds_the_qube_back)
{
    agree(notification_version);
    viewer_->set_reading(false);
    Notification big = note(1, "big", 1);
    big.body = std::string(longest_notification_body, 'b');
    tell(note(1, "first"));
    // Changes of one may come fast; what is left out takes no room, what is shown fills the socket.
    for (int i = 0; i < 3000; ++i)
        tell(big);
    ASSERT_TRUE(until([&] { return !replies_.empty(); }));
    viewer_->set_reading(true);
    ASSERT_TRUE(until([&] { return replies_.size() == 3001; }));
    EXPECT_FALSE(end_);
}

} // namespace
} // namespace vitrail::notifications
