// Where the panel is told: real connections, as the service's program and the prompt make them.

#include "panel/notification_desk.hpp"
#include "tests/support/folder.hpp"
#include "tests/unit/os/loop.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>

namespace vitrail::panel {
namespace {

using namespace formats;

class Desk : public testing::Test, public NotificationDesk::Events {
protected:
    void SetUp() override { ASSERT_TRUE(desk.listen(folder / "notifications.sock")); }
    void handle_told(LinkId link, NotificationOrigin const& origin,
                     NotificationMessage const& message) override
    {
        last_link = link;
        auto const* const one = std::get_if<Notification>(&message);
        told.push_back(origin.name + ":" + origin.about + ":" + (one ? one->summary : "other"));
    }
    void handle_link_end(LinkId) override { ++ends; }

    Fd connect()
    {
        auto made = connect_unix(folder / "notifications.sock");
        EXPECT_TRUE(made);
        return made ? std::move(*made) : Fd();
    }
    static void say(Fd const& to, std::vector<std::byte> const& frame)
    {
        std::string const all = with_length(frame);
        EXPECT_EQ(send(to.get(), all.data(), all.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(all.size()));
    }
    static void tell(Fd const& to, std::string const& summary)
    {
        say(to, build_notification(Notification{.sequence = 1, .summary = summary, .actions = {}},
                                   NotificationDialect::internal));
    }
    Fd opens(std::string const& qube, std::string const& about = {})
    {
        Fd one = connect();
        say(one, build_notification_origin({.name = qube, .about = about}));
        return one;
    }
    [[nodiscard]] bool hears(std::size_t count)
    {
        return loop.until([&] { return told.size() >= count; });
    }
    [[nodiscard]] bool ended(int count)
    {
        return loop.until([&] { return ends >= count; });
    }

    test::Folder folder;
    test::Turns loop;
    NotificationDesk desk{loop.get(), *this};
    std::vector<std::string> told;
    LinkId last_link = 0;
    int ends = 0;
};

TEST_F(Desk, what_is_told_comes_with_whose_the_connection_is)
{
    Fd const work = opens("work");
    tell(work, "hello");
    Fd const prompt = opens("dom0", "work");
    tell(prompt, "denied");
    ASSERT_TRUE(hears(2));
    std::ranges::sort(told);
    EXPECT_EQ(told, (std::vector<std::string>{"dom0:work:denied", "work::hello"}));
}

TEST_F(Desk, what_became_of_it_goes_back_on_the_same_connection)
{
    Fd const work = opens("work");
    tell(work, "hello");
    ASSERT_TRUE(hears(1));
    NotificationReply const reply = ActionInvoked{1, "open"};
    desk.send(last_link, reply);
    desk.send(last_link + 1, reply);
    std::array<std::byte, 256> bytes{};
    ssize_t const got = recv(work.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    ASSERT_GT(got, 4);
    EXPECT_EQ(
        parse_notification_reply(std::span(bytes).subspan(4, static_cast<std::size_t>(got) - 4)),
        reply);
}

TEST_F(Desk, what_is_no_origin_and_no_notification_ends_its_connection_alone)
{
    Fd const good = opens("work");
    Fd const nameless = opens("not a qube");
    ASSERT_TRUE(ended(1));
    Fd const rubbish = opens("personal");
    say(rubbish, std::vector(40, std::byte{0xff}));
    ASSERT_TRUE(ended(2));
    Fd const endless = opens("vault");
    say(endless, std::vector(20'000, std::byte{0}));
    ASSERT_TRUE(ended(3));
    tell(good, "still here");
    ASSERT_TRUE(hears(1));
    EXPECT_EQ(told, std::vector<std::string>{"work::still here"});
}

TEST_F(Desk, a_qube_has_one_connection_the_newest)
{
    Fd const first = opens("work");
    tell(first, "a");
    ASSERT_TRUE(hears(1));
    Fd const second = opens("work");
    ASSERT_TRUE(ended(1));
    tell(second, "b");
    ASSERT_TRUE(hears(2));
    EXPECT_EQ(told.back(), "work::b");
}

TEST_F(Desk, a_connection_that_tells_without_end_is_ended)
{
    Fd const work = opens("work");
    for (int i = 0; i < 200; ++i)
        tell(work, "flood");
    ASSERT_TRUE(ended(1));
    EXPECT_LE(told.size(), 2U * NotificationDesk::most_a_second + 10);
}

} // namespace
} // namespace vitrail::panel
