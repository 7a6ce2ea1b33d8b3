#include "tests/component/agent_fixture.hpp"

#include <algorithm>

namespace vitrail::agent::test {

namespace from_agent = wire::from_agent;
namespace from_daemon = wire::from_daemon;

constexpr WindowId first{1}, second{2};

TEST_F(AgentTest, a_window_is_announced_before_it_is_mapped_and_its_pixels_are_the_clients)
{
    connect_daemon(wire::version_extended);
    ClientWindow& window = client_.open(200, 100, "a title");
    ASSERT_TRUE(until([&] { return count<from_agent::Commit>() >= 1; }));
    EXPECT_TRUE(std::holds_alternative<from_agent::Create>(heard_.at(0)));
    EXPECT_EQ(all<from_agent::Title>().at(0).title.untrusted_bytes(), "a title");
    auto const buffer = all<from_agent::Buffer>().at(0);
    EXPECT_EQ(buffer.size, (Size{200, 100}));
    EXPECT_EQ(granter_.pixel(buffer.refs, 0), window.color & 0xffffff);
    EXPECT_EQ(all<from_agent::Commit>().at(0).size, (Size{200, 100}));
    EXPECT_EQ(count<from_agent::Map>(), 1u);
}

TEST_F(AgentTest, only_the_window_geometry_is_forwarded_and_no_shadow)
{
    connect_daemon(wire::version_extended);
    ClientWindow& window = client_.open(200, 100, "shadow", 12);
    ASSERT_TRUE(until([&] { return count<from_agent::Commit>() >= 1; }));
    auto const buffer = all<from_agent::Buffer>().at(0);
    EXPECT_EQ(buffer.size, (Size{200, 100}));
    EXPECT_EQ(granter_.pixel(buffer.refs, 0), window.color & 0xffffff);
    EXPECT_EQ(granter_.pixel(buffer.refs, 200 * 100 - 1), window.color & 0xffffff);
}

TEST_F(AgentTest, a_window_is_told_that_something_lies_at_each_of_its_edges)
{
    connect_daemon(wire::version_extended);
    ClientWindow const& window = client_.open(200, 100, "no round corners");
    ASSERT_TRUE(until([&] { return count<from_agent::Commit>() >= 1; }));
    for (std::uint32_t const edge : {XDG_TOPLEVEL_STATE_TILED_LEFT, XDG_TOPLEVEL_STATE_TILED_RIGHT,
                                     XDG_TOPLEVEL_STATE_TILED_TOP, XDG_TOPLEVEL_STATE_TILED_BOTTOM})
        EXPECT_EQ(std::ranges::count(window.states, edge), 1) << edge;
}

TEST_F(AgentTest, a_resize_is_one_commit_with_its_serial_and_size)
{
    connect_daemon(wire::version_extended);
    static_cast<void>(client_.open(200, 100, "resize"));
    ASSERT_TRUE(until([&] { return count<from_agent::Commit>() >= 1; }));
    say(from_daemon::ConfigureX{first, 9, {320, 240}, wire::state_activated, {}});
    ASSERT_TRUE(until([&] { return all<from_agent::Commit>().back().serial == 9; }));
    EXPECT_EQ(all<from_agent::Commit>().back().size, (Size{320, 240}));
    EXPECT_EQ(all<from_agent::Buffer>().back().size, (Size{320, 240}));
    for (auto const& commit : all<from_agent::Commit>())
        EXPECT_EQ(commit.size == (Size{320, 240}), commit.serial == 9);
}

TEST_F(AgentTest, a_configure_that_changes_no_pixel_is_answered_too)
{
    connect_daemon(wire::version_extended);
    ClientWindow& window = client_.open(200, 100, "same");
    window.follows = false;
    ASSERT_TRUE(until([&] { return count<from_agent::Commit>() >= 1; }));
    say(from_daemon::ConfigureX{first, 4, {200, 100}, wire::state_activated, {}});
    EXPECT_TRUE(until([&] { return all<from_agent::Commit>().back().serial == 4; }));
}

TEST_F(AgentTest, a_buffer_is_not_drawn_to_again_before_its_release)
{
    connect_daemon(wire::version_extended);
    ClientWindow& window = client_.open(64, 64, "busy");
    ASSERT_TRUE(until([&] { return count<from_agent::Commit>() >= 1; }));
    BufferId const held = all<from_agent::Commit>().at(0).buffer;
    for (std::size_t frame = 2; frame <= 6; ++frame) {
        say(from_daemon::FrameDone{first, 0});
        client_.draw(window);
        ASSERT_TRUE(until([&] { return count<from_agent::Commit>() >= frame; }));
        auto const commits = all<from_agent::Commit>();
        EXPECT_NE(commits.back().buffer, held);
        if (commits[frame - 2].buffer != held)
            say(from_daemon::BufferRelease{first, commits[frame - 2].buffer});
    }
}

TEST_F(AgentTest, with_1_8_a_configure_is_echoed_and_followed_by_the_new_picture)
{
    connect_daemon(wire::version_1_8);
    static_cast<void>(client_.open(200, 100, "old"));
    ASSERT_TRUE(until([&] { return count<from_agent::Dump>() == 1; }));
    EXPECT_GE(count<from_agent::Damage>(), 1u);
    say(from_daemon::DumpAck{first});
    say(from_daemon::Configure{first, {50, 60, 300, 200}});
    ASSERT_TRUE(until([&] { return count<from_agent::Dump>() == 2; }));
    EXPECT_EQ(all<from_agent::Configure>().at(0).geometry, (Rect{50, 60, 300, 200}));
    EXPECT_EQ(all<from_agent::Dump>().at(1).size, (Size{300, 200}));
    EXPECT_EQ(count<from_agent::Buffer>() + count<from_agent::Commit>(), 0u);
}

TEST_F(AgentTest, with_1_8_replaced_pages_are_used_again_only_after_the_acknowledgement)
{
    connect_daemon(wire::version_1_8);
    static_cast<void>(client_.open(200, 100, "pages"));
    ASSERT_TRUE(until([&] { return count<from_agent::Dump>() == 1; }));
    say(from_daemon::DumpAck{first});
    auto const old = all<from_agent::Dump>().at(0).refs;
    say(from_daemon::Configure{first, {0, 0, 204, 100}});
    ASSERT_TRUE(until([&] { return count<from_agent::Dump>() == 2; }));
    EXPECT_NE(all<from_agent::Dump>().at(1).refs.front(), old.front());
    say(from_daemon::DumpAck{first});
    say(from_daemon::Configure{first, {0, 0, 202, 100}});
    ASSERT_TRUE(until([&] { return count<from_agent::Dump>() == 3; }));
    EXPECT_EQ(all<from_agent::Dump>().at(2).refs.front(), old.front());
}

TEST_F(AgentTest, twenty_quick_resizes_end_at_the_last_size)
{
    connect_daemon(wire::version_1_8);
    static_cast<void>(client_.open(200, 100, "quick"));
    ASSERT_TRUE(until([&] { return count<from_agent::Dump>() == 1; }));
    for (int i = 1; i <= 20; ++i)
        say(from_daemon::Configure{first, {0, 0, 200 + i, 100 + i}});
    ASSERT_TRUE(until([&] { return all<from_agent::Dump>().back().size == (Size{220, 120}); }));
    settle();
    EXPECT_EQ(all<from_agent::Dump>().back().size, (Size{220, 120}));
    EXPECT_EQ(all<from_agent::Configure>().back().geometry, (Rect{0, 0, 220, 120}));
}

TEST_F(AgentTest, a_popup_is_described_by_its_positioner_and_goes_where_the_daemon_puts_it)
{
    connect_daemon(wire::version_extended);
    ClientWindow& parent = client_.open(200, 100, "parent");
    ASSERT_TRUE(until([&] { return count<from_agent::Commit>() >= 1; }));
    ClientWindow& popup = client_.open_popup(parent, {10, 20, 30, 5}, {80, 40});
    ASSERT_TRUE(until([&] { return count<from_agent::Popup>() == 1; }));
    auto const wanted = all<from_agent::Popup>().at(0);
    EXPECT_EQ(wanted.window, second);
    EXPECT_EQ(wanted.parent, first);
    EXPECT_EQ(wanted.anchor_rect, (Rect{10, 20, 30, 5}));
    EXPECT_EQ(wanted.size, (Size{80, 40}));
    say(from_daemon::PopupConfigure{second, 3, wanted.token, {10, -20, 80, 40}});
    ASSERT_TRUE(until([&] { return popup.y == -20; }));
    ASSERT_TRUE(until([&] { return all<from_agent::Commit>().back().serial == 3; }));
    say(from_daemon::PopupDone{second});
    EXPECT_TRUE(until([&] { return popup.done; }));
}

TEST_F(AgentTest, with_1_8_a_popup_stands_at_root_coordinates_of_its_parent)
{
    connect_daemon(wire::version_1_8);
    ClientWindow& parent = client_.open(200, 100, "parent");
    ASSERT_TRUE(until([&] { return count<from_agent::Dump>() == 1; }));
    say(from_daemon::Configure{first, {500, 300, 200, 100}});
    ASSERT_TRUE(until([&] { return count<from_agent::Configure>() >= 1; }));
    static_cast<void>(client_.open_popup(parent, {10, 20, 30, 5}, {80, 40}));
    ASSERT_TRUE(until([&] { return count<from_agent::Create>() == 2; }));
    EXPECT_EQ(all<from_agent::Create>().at(1).geometry, (Rect{510, 325, 80, 40}));
    EXPECT_TRUE(all<from_agent::Create>().at(1).override_redirect);
}

TEST_F(AgentTest, keys_reach_the_window_with_focus_and_caps_lock_comes_from_the_state)
{
    connect_daemon(wire::version_extended);
    static_cast<void>(client_.open(200, 100, "keys"));
    ASSERT_TRUE(until([&] { return count<from_agent::Commit>() >= 1; }));
    say(from_daemon::Focus{.window = first, .focused = true});
    say(from_daemon::Keypress{.window = first, .pressed = true, .state = 2, .keycode = 38});
    ASSERT_TRUE(until([&] { return client_.keys.size() == 1; }));
    EXPECT_EQ(client_.keys.at(0), 30u);
    EXPECT_EQ(client_.locked, 2u);
}

TEST_F(AgentTest, the_next_daemon_hears_of_every_window_again)
{
    connect_daemon(wire::version_extended);
    static_cast<void>(client_.open(200, 100, "one"));
    static_cast<void>(client_.open(100, 200, "two"));
    ASSERT_TRUE(until([&] { return count<from_agent::Commit>() >= 2; }));
    disconnect_daemon();
    connect_daemon(wire::version_1_8);
    ASSERT_TRUE(until([&] { return count<from_agent::Dump>() == 2; }));
    EXPECT_EQ(count<from_agent::Create>(), 2u);
    EXPECT_EQ(count<from_agent::Map>(), 2u);
    disconnect_daemon();
    connect_daemon(wire::version_extended);
    EXPECT_TRUE(until([&] { return count<from_agent::Commit>() >= 2; }));
}

TEST_F(AgentTest, a_hidden_window_gets_no_frames_but_answers_a_configure)
{
    connect_daemon(wire::version_extended);
    ClientWindow& window = client_.open(200, 100, "hidden");
    ASSERT_TRUE(until([&] { return count<from_agent::Commit>() >= 1; }));
    say(from_daemon::Visibility{first, false});
    settle();
    std::size_t const before = count<from_agent::Commit>();
    client_.draw(window);
    settle();
    EXPECT_EQ(count<from_agent::Commit>(), before);
    say(from_daemon::ConfigureX{first, 5, {240, 120}, 0, {}});
    EXPECT_TRUE(until([&] { return all<from_agent::Commit>().back().serial == 5; }));
}

TEST_F(AgentTest, a_scaled_window_has_more_pixels_for_the_same_units)
{
    connect_daemon(wire::version_extended);
    static_cast<void>(client_.open(200, 100, "scaled"));
    ASSERT_TRUE(until([&] { return count<from_agent::Commit>() >= 1; }));
    say(from_daemon::FrameDone{first, 0});
    say(from_daemon::Scale{first, 180});
    ASSERT_TRUE(until([&] { return all<from_agent::Buffer>().back().size == (Size{300, 150}); }));
    ASSERT_TRUE(until([&] {
        return all<from_agent::Commit>().back().buffer == all<from_agent::Buffer>().back().buffer;
    }));
    EXPECT_EQ(all<from_agent::Commit>().back().size, (Size{200, 100}));
}

TEST_F(AgentTest, a_closed_window_keeps_its_pages_until_the_daemon_forgot_it)
{
    connect_daemon(wire::version_extended);
    ClientWindow& window = client_.open(200, 100, "closed");
    ASSERT_TRUE(until([&] { return count<from_agent::Commit>() >= 1; }));
    std::size_t const before = agent_->book().pool().free_pages();
    client_.close(window);
    ASSERT_TRUE(until([&] { return count<from_agent::Destroy>() == 1; }));
    EXPECT_EQ(agent_->book().pool().free_pages(), before);
    say(from_daemon::Destroy{first});
    EXPECT_TRUE(until([&] { return agent_->book().pool().free_pages() > before; }));
}

} // namespace vitrail::agent::test
