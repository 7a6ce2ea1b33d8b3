#include "tests/unit/guid/recording_port.hpp"

#include <gtest/gtest.h>

namespace vitrail::test {

using wire::Rule;
using wire::Type;
namespace from_agent = wire::from_agent;

class Extended : public testing::Test {
protected:
    Extended() { bench.connect(wire::version_extended); }
    void buffer(std::uint32_t window, std::uint32_t number, std::uint32_t first_ref = 100)
    {
        bench.tell(from_agent::Buffer{WindowId{window},
                                      BufferId{number},
                                      {64, 32},
                                      256,
                                      wire::BufferFormat::xrgb8888,
                                      {first_ref, first_ref + 1}});
    }
    void commit(std::uint32_t window, std::uint32_t number, std::uint32_t serial = 0)
    {
        bench.tell(from_agent::Commit{WindowId{window}, BufferId{number}, serial, {64, 32}, {}});
    }
    void expect_end(Rule rule)
    {
        ASSERT_TRUE(bench.ended);
        EXPECT_EQ(wire::name(bench.ended->rule), wire::name(rule));
    }
    Bench bench;
};

TEST_F(Extended, is_offered_back_and_told_to_the_compositor)
{
    EXPECT_TRUE(bench.port.said("set_extended"));
}

TEST_F(Extended, a_window_is_shown_when_it_has_its_commit_and_its_map)
{
    bench.tell(from_agent::Create{WindowId{5}, {0, 0, 64, 32}, false});
    buffer(5, 1);
    commit(5, 1);
    bench.turn();
    EXPECT_EQ(bench.port.count("commit 5"), 0);
    bench.tell(from_agent::Map{WindowId{5}, std::nullopt, false});
    bench.turn();
    EXPECT_EQ(bench.port.count("commit 5"), 1);
    bench.session.handle_frame(WindowId{5}, 7);
    EXPECT_EQ(bench.take_names(), "X_FRAME_DONE");
}

TEST_F(Extended, a_resize_carries_the_serial_to_the_compositor)
{
    bench.open(5);
    static_cast<void>(bench.take());
    bench.session.handle_configure(WindowId{5}, {77, {0, 0, 64, 32}, wire::state_activated, 0});
    auto const sent = bench.take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].as<wire::XConfigure>().serial, 77U);
    EXPECT_EQ(sent[0].as<wire::XConfigure>().bounds_width, 1280U);
    buffer(5, 1);
    commit(5, 1, 77);
    bench.turn();
    EXPECT_EQ(bench.port.last_commit->serial, 77U);
    EXPECT_EQ(bench.port.last_commit->content, (Size{64, 32}));
}

TEST_F(Extended, full_screen_without_permission_is_maximised_and_looks_full_to_the_client)
{
    bench.open(5);
    bench.tell(from_agent::Flags{WindowId{5}, {.fullscreen = true}, {}});
    bench.session.handle_configure(WindowId{5}, {4, {0, 0, 1280, 1000}, wire::state_maximized, 0});
    auto const sent = bench.take();
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0].as<wire::WindowFlags>().flags_set, wire::flag_fullscreen);
    EXPECT_EQ(sent[1].as<wire::XConfigure>().states,
              wire::state_maximized | wire::state_fullscreen);
}

TEST_F(Extended, a_buffer_that_is_read_no_more_is_released)
{
    bench.open(5);
    buffer(5, 1);
    buffer(5, 2, 200);
    commit(5, 1);
    bench.turn();
    bench.session.handle_frame(WindowId{5}, 1);
    commit(5, 2);
    bench.turn();
    static_cast<void>(bench.take());
    bench.session.handle_buffer_released(bench.port.buffers[0]);
    auto const sent = bench.take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].as<wire::XBufferRelease>().buffer, 1U);
}

TEST_F(Extended, a_commit_that_was_overtaken_gives_its_buffer_back)
{
    bench.open(5);
    for (std::uint32_t i = 1; i <= 3; ++i)
        buffer(5, i, i * 100);
    commit(5, 1);
    bench.turn();
    static_cast<void>(bench.take());
    commit(5, 2);
    commit(5, 3);
    bench.turn();
    EXPECT_EQ(bench.port.count("commit 5"), 1); // the frame is not done
    auto const sent = bench.take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].as<wire::XBufferRelease>().buffer, 2U);
    bench.session.handle_frame(WindowId{5}, 1);
    bench.turn();
    EXPECT_EQ(bench.port.count("commit 5"), 2);
}

TEST_F(Extended, destroying_a_shown_buffer_releases_it_only_when_it_is_read_no_more)
{
    bench.open(5);
    buffer(5, 1);
    commit(5, 1);
    bench.turn();
    static_cast<void>(bench.take());
    bench.tell(from_agent::BufferDestroy{WindowId{5}, BufferId{1}});
    EXPECT_EQ(bench.take_names(), "");
    EXPECT_TRUE(bench.port.destroyed.empty());
    bench.session.handle_buffer_released(bench.port.buffers[0]);
    EXPECT_EQ(bench.take_names(), "X_BUFFER_RELEASE");
    EXPECT_EQ(bench.port.destroyed.size(), 1U);
}

TEST_F(Extended, a_popup_hears_where_it_was_put)
{
    bench.open(5);
    bench.tell(from_agent::Create{WindowId{6}, {0, 0, 50, 50}, true});
    bench.tell(from_agent::Popup{.window = WindowId{6},
                                 .parent = WindowId{5},
                                 .anchor_rect = {1, 2, 3, 4},
                                 .size = {50, 50},
                                 .token = 4});
    EXPECT_TRUE(bench.port.said("set_popup 6 5"));
    static_cast<void>(bench.take());
    bench.session.handle_configure(WindowId{6}, {3, {1, 6, 50, 50}, 0, 4});
    auto const sent = bench.take();
    ASSERT_EQ(sent.size(), 1U);
    auto const configure = sent[0].as<wire::XPopupConfigure>();
    EXPECT_EQ(configure.token, 4U);
    EXPECT_EQ(configure.y, 6);
    bench.session.handle_popup_done(WindowId{6});
    EXPECT_EQ(bench.take_names(), "X_POPUP_DONE");
}

TEST_F(Extended, buffers_unknown_reused_or_too_many_end_the_session)
{
    {
        bench.open(5);
        commit(5, 1);
        expect_end(Rule::bad_buffer);
    }
    {
        Bench other;
        other.connect(wire::version_extended);
        other.open(5);
        for (std::uint32_t i = 1; i <= 9; ++i)
            other.tell(from_agent::Buffer{
                WindowId{5}, BufferId{i}, {64, 32}, 256, wire::BufferFormat::xrgb8888, {1, 2}});
        ASSERT_TRUE(other.ended);
        EXPECT_EQ(other.ended->rule, Rule::too_many_buffers);
    }
}

TEST_F(Extended, a_popup_of_itself_or_of_nothing_ends_the_session)
{
    bench.tell(from_agent::Create{WindowId{6}, {0, 0, 50, 50}, true});
    bench.tell(from_agent::Popup{.window = WindowId{6}, .parent = WindowId{99}, .size = {50, 50}});
    expect_end(Rule::bad_popup);
}

TEST_F(Extended, pages_not_granted_to_us_end_the_session)
{
    bench.open(5);
    buffer(5, 1, 2'000'000);
    expect_end(Rule::bad_reference);
}

TEST(ExtensionNotAgreed, its_messages_end_the_session)
{
    Bench bench;
    bench.connect(wire::version_1_8);
    bench.open(5);
    bench.tell(from_agent::BufferDestroy{WindowId{5}, BufferId{1}});
    ASSERT_TRUE(bench.ended);
    EXPECT_EQ(bench.ended->rule, Rule::not_negotiated);
}

} // namespace vitrail::test
