#include "guid/geometry_sync.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace vitrail::guid {

using Kind = GeometrySync::Kind;
using Outcome = GeometrySync::Outcome;

constexpr Rect first{0, 0, 100, 100}, second{5, 5, 200, 100}, third{9, 9, 300, 100};

TEST(GeometrySync, a_wish_of_the_agent_goes_to_the_compositor_without_an_echo)
{
    GeometrySync sync(first);
    EXPECT_EQ(sync.handle_agent(second, Kind::ordinary, Time(0)), Outcome{.tell_compositor = true});
    EXPECT_EQ(sync.stored(), second);
}

TEST(GeometrySync, an_answered_configure_is_acknowledged_to_the_compositor)
{
    GeometrySync sync(first);
    EXPECT_EQ(sync.handle_compositor(second, 7, Kind::ordinary, Time(0)),
              Outcome{.send_to_agent = true});
    EXPECT_EQ(sync.handle_agent(second, Kind::ordinary, Time(1)), Outcome{.ack = 7});
    EXPECT_FALSE(sync.deadline());
}

TEST(GeometrySync, only_one_configure_is_unanswered_and_a_late_answer_brings_the_newest)
{
    GeometrySync sync(first);
    EXPECT_TRUE(sync.handle_compositor(second, 1, Kind::ordinary, Time(0)).send_to_agent);
    EXPECT_EQ(sync.handle_compositor(third, 2, Kind::ordinary, Time(1)), Outcome{});
    EXPECT_EQ(sync.handle_agent(second, Kind::ordinary, Time(2)), Outcome{.send_to_agent = true});
    EXPECT_EQ(sync.stored(), third);
    EXPECT_EQ(sync.handle_agent(third, Kind::ordinary, Time(3)), Outcome{.ack = 2});
}

TEST(GeometrySync, an_answer_that_never_comes_is_given_up_after_a_second)
{
    GeometrySync sync(first);
    EXPECT_TRUE(sync.handle_compositor(second, 1, Kind::ordinary, Time(0)).send_to_agent);
    EXPECT_EQ(sync.handle_time(Time(999)), Outcome{});
    EXPECT_EQ(sync.handle_time(Time(1000)), Outcome{.ack = 1});
    EXPECT_TRUE(sync.handle_agent(third, Kind::ordinary, Time(1001)).tell_compositor);
}

TEST(GeometrySync, a_place_that_changed_while_no_answer_came_is_asked_for_again)
{
    GeometrySync sync(first);
    EXPECT_TRUE(sync.handle_compositor(second, 1, Kind::ordinary, Time(0)).send_to_agent);
    EXPECT_FALSE(sync.handle_compositor(third, 2, Kind::ordinary, Time(1)).send_to_agent);
    EXPECT_TRUE(sync.handle_time(Time(1000)).send_to_agent);
    EXPECT_EQ(sync.handle_time(Time(2000)), Outcome{.ack = 2});
}

TEST(GeometrySync, a_configure_from_before_the_agents_last_wish_does_not_undo_it)
{
    GeometrySync sync(first);
    EXPECT_TRUE(sync.handle_agent(second, Kind::ordinary, Time(0)).tell_compositor);
    EXPECT_EQ(sync.handle_compositor(first, 3, Kind::ordinary, Time(1)), Outcome{.ack = 3});
    EXPECT_EQ(sync.stored(), second);
    sync.handle_seen();
    EXPECT_TRUE(sync.handle_compositor(third, 4, Kind::ordinary, Time(2)).send_to_agent);
}

TEST(GeometrySync, a_tray_icon_is_told_its_place_whatever_it_wants)
{
    GeometrySync sync(first);
    EXPECT_EQ(sync.handle_agent(second, Kind::docked, Time(0)), Outcome{.send_to_agent = true});
    EXPECT_EQ(sync.handle_agent(first, Kind::docked, Time(0)), Outcome{});
    EXPECT_EQ(sync.stored(), first);
}

TEST(GeometrySync, the_whole_screen_waits_for_no_answer)
{
    GeometrySync sync(first);
    EXPECT_EQ(sync.handle_compositor(second, 1, Kind::screen, Time(0)),
              (Outcome{.send_to_agent = true, .ack = 1}));
    EXPECT_EQ(sync.handle_compositor(third, 2, Kind::screen, Time(0)),
              (Outcome{.send_to_agent = true, .ack = 2}));
}

/// Two ends with a delay between them: the agent applies each CONFIGURE when it gets it, answers
/// truthfully, and now and then wishes something itself. Whatever happened, both agree in the end.
TEST(GeometrySync, both_ends_agree_after_any_short_story)
{
    // Every story of 7 steps out of: user resizes, agent gets its mail, guid gets its mail, agent
    // wishes, a second passes.
    constexpr int steps = 7, choices = 5;
    int stories = 1;
    for (int i = 0; i < steps; ++i)
        stories *= choices;
    for (int story = 0; story < stories; ++story) {
        GeometrySync sync(first);
        Rect agent = first, compositor = first;
        std::vector<Rect> to_agent, to_guid;
        Time time{0};
        std::int32_t size = 100;
        std::uint32_t serial = 0;
        auto const apply = [&](Outcome const& outcome) {
            if (outcome.tell_compositor) {
                compositor = sync.stored();
                sync.handle_seen();
            }
            if (outcome.send_to_agent)
                to_agent.push_back(sync.stored());
        };
        auto const agent_reads = [&] {
            for (Rect const& asked : std::exchange(to_agent, {})) {
                if (agent != asked)
                    to_guid.push_back(asked); // an original agent is silent when nothing changes
                agent = asked;
            }
        };
        auto const guid_reads = [&] {
            for (Rect const& said : std::exchange(to_guid, {}))
                apply(sync.handle_agent(said, Kind::ordinary, time));
        };
        for (int i = 0, rest = story; i < steps; ++i, rest /= choices) {
            switch (rest % choices) {
            case 0:
                compositor = {0, 0, ++size, 100};
                apply(sync.handle_compositor(compositor, ++serial, Kind::ordinary, time));
                break;
            case 1: agent_reads(); break;
            case 2: guid_reads(); break;
            case 3:
                agent = {0, 0, ++size, 50};
                to_guid.push_back(agent);
                break;
            default: time += GeometrySync::answer_timeout; apply(sync.handle_time(time));
            }
        }
        for (int i = 0; i < 4; ++i) { // quiet: everything arrives, a second passes, again
            agent_reads();
            guid_reads();
            agent_reads();
            guid_reads();
            time += GeometrySync::answer_timeout;
            apply(sync.handle_time(time));
        }
        ASSERT_EQ(sync.stored(), compositor) << "story " << story;
        ASSERT_EQ(sync.stored(), agent) << "story " << story;
    }
}

} // namespace vitrail::guid
