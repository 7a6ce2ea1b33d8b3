// What a person notices when a part of the desktop is killed while he works: in the other qubes
// nothing, in the one concerned as little as possible.

#include "tests/support/desktop.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <iostream>

namespace vitrail::test {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::json;

long ms_since(Clock::time_point start)
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start).count();
}

class Crashes : public testing::Test {
protected:
    void SetUp() override
    {
        auto started = Desktop::start(
            std::string("crash-") + testing::UnitTest::GetInstance()->current_test_info()->name(),
            {.qubes = {{"work", "blue", {}}, {"untrusted", "red", {}}}, .config = {}});
        ASSERT_TRUE(started) << started.error().message();
        desktop_ = std::move(*started);
        mine_ = terminal("work");
        other_ = terminal("untrusted");
        ASSERT_TRUE(desktop_->click_in(mine_, 40, 40));
        ASSERT_TRUE(desktop_->wait_until([&] { return now(mine_).focused; }));
    }
    [[nodiscard]] WindowInfo terminal(std::string const& qube)
    {
        // Not before the agent is there: it answers the launch.
        EXPECT_TRUE(desktop_->wait_until([&] {
            return desktop_
                ->run_in(qube, "foot --title story sh -c 'stty -echo; while read line; do echo "
                               "\"$line\" >> ~/typed; done'")
                .has_value();
        }));
        auto const window = desktop_->window_of(qube, "story");
        EXPECT_TRUE(window) << window.error().message();
        if (!window)
            return {};
        EXPECT_TRUE(desktop_->wait_still(window->content));
        return *window;
    }
    /// The window of this qube as it is now; its id changes when its guid does.
    [[nodiscard]] WindowInfo now(WindowInfo const& window)
    {
        auto const all = desktop_->windows();
        if (all)
            for (WindowInfo const& one : *all)
                if (one.qube == window.qube)
                    return one;
        return {};
    }
    [[nodiscard]] pid_t part(std::string const& qube, char const* which)
    {
        auto const text = desktop_->ctl({"qubes", "--json"});
        Json const all = text ? Json::parse(*text, nullptr, false) : Json();
        for (Json const& entry : all)
            if (entry.value("name", "") == qube)
                return entry.value(which, 0);
        return 0;
    }
    [[nodiscard]] Json status()
    {
        auto const text = desktop_->ctl({"status", "--json"});
        return text ? Json::parse(*text, nullptr, false) : Json();
    }
    [[nodiscard]] bool type_line(std::string const& line)
    {
        return desktop_->type(line + "\n").has_value();
    }
    [[nodiscard]] pid_t agent_of(std::string const& qube)
    {
        pid_t const keeper = part(qube, "keeper_pid");
        for (pid_t const pid : descendants(keeper))
            if (program_of(pid) == "vitrail-agent-gui")
                return pid;
        return 0;
    }

    std::unique_ptr<Desktop> desktop_;
    WindowInfo mine_, other_;
};

TEST_F(Crashes, a_killed_guid_greys_its_windows_and_they_come_back_where_they_were)
{
    pid_t const guid = part("untrusted", "guid_pid");
    ASSERT_GT(guid, 0);
    ASSERT_TRUE(type_line("before"));
    auto const start = Clock::now();
    kill(guid, SIGKILL);
    bool greyed = false;
    long greyed_after = 0;
    ASSERT_TRUE(desktop_->wait_until([&] {
        WindowInfo const there = now(other_);
        EXPECT_FALSE(there.qube.empty()) << "its window is gone from the screen";
        EXPECT_EQ(there.content, other_.content);
        if (there.lost && !greyed) {
            greyed = true;
            greyed_after = ms_since(start);
        }
        return !there.lost && part("untrusted", "guid_pid") > 0 &&
               part("untrusted", "guid_pid") != guid;
    }));
    std::cout << "guid killed: greyed seen after " << greyed_after << " ms, back after "
              << ms_since(start) << " ms\n";
    ASSERT_TRUE(type_line("after"));
    EXPECT_TRUE(desktop_->wait_for_file("work", "typed", "before\nafter\n"));
    EXPECT_TRUE(now(mine_).focused);
    // Its application went on: it takes what is typed now.
    ASSERT_TRUE(desktop_->click_in(now(other_), 40, 40));
    ASSERT_TRUE(desktop_->wait_until([&] { return now(other_).focused; }));
    ASSERT_TRUE(type_line("still here"));
    EXPECT_TRUE(desktop_->wait_for_file("untrusted", "typed", "still here\n"));
}

TEST_F(Crashes, the_focused_window_whose_guid_is_killed_has_the_focus_again)
{
    pid_t const guid = part("work", "guid_pid");
    kill(guid, SIGKILL);
    ASSERT_TRUE(desktop_->wait_until([&] {
        WindowInfo const there = now(mine_);
        EXPECT_FALSE(now(other_).focused) << "the keyboard went to another qube";
        return !there.lost && there.focused && part("work", "guid_pid") != guid;
    }));
    ASSERT_TRUE(type_line("back"));
    EXPECT_TRUE(desktop_->wait_for_file("work", "typed", "back\n"));
    EXPECT_FALSE(std::filesystem::exists(desktop_->home("untrusted") / "typed"));
}

TEST_F(Crashes, a_killed_agent_takes_only_its_own_windows_and_serves_again)
{
    pid_t const agent = agent_of("untrusted");
    ASSERT_GT(agent, 0);
    ASSERT_TRUE(type_line("before"));
    kill(agent, SIGKILL);
    ASSERT_TRUE(type_line("after"));
    EXPECT_TRUE(desktop_->wait_for_file("work", "typed", "before\nafter\n"));
    EXPECT_TRUE(now(mine_).focused);
    ASSERT_TRUE(desktop_->wait_until([&] {
        pid_t const fresh = agent_of("untrusted");
        return fresh > 0 && fresh != agent;
    }));
    WindowInfo const again = terminal("untrusted");
    EXPECT_FALSE(again.qube.empty());
}

TEST_F(Crashes, a_killed_qube_takes_only_its_own_windows)
{
    pid_t const keeper = part("untrusted", "keeper_pid");
    ASSERT_GT(keeper, 0);
    ASSERT_TRUE(type_line("before"));
    kill(keeper, SIGKILL);
    ASSERT_TRUE(type_line("after"));
    EXPECT_TRUE(desktop_->wait_for_file("work", "typed", "before\nafter\n"));
    EXPECT_TRUE(desktop_->wait_until([&] { return now(other_).qube.empty(); }));
    EXPECT_TRUE(now(mine_).focused);
    // It can be started again.
    ASSERT_TRUE(desktop_->ctl({"start", "untrusted"}));
    EXPECT_FALSE(terminal("untrusted").qube.empty());
}

TEST_F(Crashes, a_killed_compositor_is_back_with_every_window_in_its_place)
{
    ASSERT_TRUE(type_line("before"));
    ASSERT_TRUE(desktop_->wait_for_file("work", "typed", "before\n"));
    WindowInfo const first = now(mine_);
    WindowInfo const second = now(other_);
    auto const start = Clock::now();
    kill(status().value("compositor_pid", 0), SIGKILL);
    ASSERT_TRUE(desktop_->wait_until([&] {
        auto const all = desktop_->windows();
        return all && all->size() == 2;
    }));
    std::cout << "compositor killed: every window back after " << ms_since(start) << " ms\n";
    EXPECT_EQ(now(mine_).content, first.content);
    EXPECT_EQ(now(other_).content, second.content);
    EXPECT_EQ(now(mine_).stacking, first.stacking);
    EXPECT_EQ(now(mine_).color, first.color);
    ASSERT_TRUE(desktop_->reconnect());
    EXPECT_TRUE(desktop_->wait_until([&] { return now(mine_).focused; }));
    ASSERT_TRUE(type_line("after"));
    EXPECT_TRUE(desktop_->wait_for_file("work", "typed", "before\nafter\n"));
    desktop_->keep_picture("after");
}

TEST_F(Crashes, a_compositor_killed_while_locked_comes_back_locked)
{
    ASSERT_TRUE(desktop_->ctl({"lock"}));
    ASSERT_TRUE(desktop_->wait_until([&] { return status().value("locked", false); }));
    pid_t const before = status().value("compositor_pid", 0);
    kill(before, SIGKILL);
    ASSERT_TRUE(desktop_->wait_until([&] {
        pid_t const fresh = status().value("compositor_pid", 0);
        return fresh > 0 && fresh != before;
    }));
    ASSERT_TRUE(desktop_->reconnect());
    ASSERT_TRUE(desktop_->wait_until([&] { return desktop_->windows().value().size() == 2; }));
    EXPECT_TRUE(status().value("locked", false));
    ASSERT_TRUE(type_line("nobody may read this"));
    auto const picture = desktop_->screenshot();
    ASSERT_TRUE(picture);
    Rect const screen{0, 0, picture->width, picture->height};
    EXPECT_EQ(count_color(*picture, 0x3465a4, screen), 0) << "a frame shows through the lock";
    EXPECT_EQ(count_color(*picture, 0xcc0000, screen), 0) << "a frame shows through the lock";
    EXPECT_FALSE(std::filesystem::exists(desktop_->home("work") / "typed"));
    desktop_->keep_picture("locked");
}

} // namespace
} // namespace vitrail::test
