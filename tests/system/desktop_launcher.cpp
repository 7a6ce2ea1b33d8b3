// A person starts what he wants by a few keys: the launcher on the whole desktop, with the shipped
// programs in real qubes.

#include "tests/support/desktop.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>

namespace vitrail::test {
namespace {

using Json = nlohmann::json;

/// Names that a qube would like to be shown as something else: markup, direction, controls, a
/// megabyte, ten thousand of them.
constexpr char const* offers_hostile_names =
    R"sh(mkdir -p ~/.local/share/applications && cd ~/.local/share/applications; )sh"
    R"sh(entry() { printf '[Desktop Entry]\nType=Application\nName=%b\nExec=true\n' "$2" >"$1.desktop"; }; )sh"
    R"sh(entry markup '<span size="99999">big</span> &amp; <b>'; )sh"
    R"sh(entry rtl '\0342\0200\0256elgoog'; entry control 'a\0033[2Jb'; )sh"
    R"sh(entry long "$(head -c 1000000 /dev/zero | tr '\0' x)"; )sh"
    R"sh(for i in $(seq 10000); do printf '[Desktop Entry]\nName=n%s\nExec=true\n' $i >n$i.desktop; done; )sh"
    R"sh(exec foot --title hostile)sh";

class LauncherStory : public testing::Test {
protected:
    void start(std::vector<QubeSetup> qubes)
    {
        auto started =
            Desktop::start(std::string("launcher-") +
                               testing::UnitTest::GetInstance()->current_test_info()->name(),
                           {.qubes = std::move(qubes), .config = {}});
        ASSERT_TRUE(started) << started.error().message();
        desktop_ = std::move(*started);
    }
    [[nodiscard]] bool is_open()
    {
        auto const tree = desktop_->ctl({"tree"});
        return tree && tree->contains("vitrail-launcher");
    }
    /// What is typed goes to it.
    [[nodiscard]] bool has_keyboard() { return is_open() && desktop_->clipboard().keyboard == 0; }
    [[nodiscard]] pid_t launcher()
    {
        auto const text = desktop_->ctl({"status", "--json"});
        Json const status = text ? Json::parse(*text, nullptr, false) : Json();
        return status.is_object() ? status.value("launcher_pid", 0) : 0;
    }
    /// The chord, until the launcher is there: one that has just been started takes its time.
    [[nodiscard]] bool open()
    {
        return desktop_->wait_until([&] { return launcher() > 0; }) && press_until_open();
    }
    [[nodiscard]] bool press_until_open()
    {
        for (int tries = 0; tries < 20 && !has_keyboard(); ++tries) {
            if (!desktop_->hands().chord({KEY_LEFTMETA}))
                return false;
            if (desktop_->wait_until([&] { return has_keyboard(); }, std::chrono::seconds(5)))
                return true;
        }
        return has_keyboard();
    }
    [[nodiscard]] Result<WindowInfo> focused_window_of(std::string const& qube,
                                                       std::string const& not_titled = "-")
    {
        return desktop_->window([&](WindowInfo const& one) {
            return one.qube == qube && one.focused && one.app_id != "vitrail.placeholder" &&
                   !one.title.contains(not_titled);
        });
    }

    std::unique_ptr<Desktop> desktop_;
};

TEST_F(LauncherStory, two_words_and_enter_open_a_terminal_of_a_qube_with_the_focus)
{
    ASSERT_NO_FATAL_FAILURE(start(
        {{"work", "blue", {"foot --title story"}}, {"untrusted", "red", {"foot --title other"}}}));
    ASSERT_TRUE(desktop_->window_of("work", "story"));
    auto const other = desktop_->window_of("untrusted", "other");
    ASSERT_TRUE(other) << other.error().message();
    ASSERT_TRUE(desktop_->click_in(*other, 40, 40)); // another qube has the keyboard
    ASSERT_TRUE(open());
    desktop_->keep_picture("open");
    ASSERT_TRUE(desktop_->type("work term"));
    desktop_->keep_picture("typed");
    ASSERT_TRUE(desktop_->type("\n"));
    auto const window = focused_window_of("work", "story");
    ASSERT_TRUE(window) << window.error().message();
    EXPECT_TRUE(desktop_->wait_until([&] { return !is_open(); }));

    // Escape closes it and gives the keyboard back.
    ASSERT_TRUE(open());
    ASSERT_TRUE(desktop_->hands().chord({KEY_ESC}));
    EXPECT_TRUE(desktop_->wait_until([&] { return !is_open(); }));
    EXPECT_TRUE(desktop_->wait_until([&] {
        auto const now = desktop_->now(*window);
        return now && now->focused;
    }));
}

TEST_F(LauncherStory, application_of_a_halted_qube_starts_the_qube_and_shows_it_at_once)
{
    ASSERT_NO_FATAL_FAILURE(start({{"work", "blue", {"foot --title story"}}}));
    ASSERT_TRUE(desktop_->window_of("work", "story"));
    EXPECT_EQ(desktop_->report("personal").state, "halted");
    ASSERT_TRUE(open());
    ASSERT_TRUE(desktop_->type("personal term\n"));
    auto const placeholder = desktop_->window([](WindowInfo const& one) {
        return one.qube == "personal" && one.app_id == "vitrail.placeholder";
    });
    EXPECT_TRUE(placeholder) << "what starts is seen";
    auto const window = desktop_->window([](WindowInfo const& one) {
        return one.qube == "personal" && one.app_id != "vitrail.placeholder";
    });
    ASSERT_TRUE(window) << window.error().message();
    EXPECT_EQ(window->label, "yellow");
}

TEST_F(LauncherStory, comes_back_when_it_is_killed)
{
    ASSERT_NO_FATAL_FAILURE(start({{"work", "blue", {"foot --title story"}}}));
    ASSERT_TRUE(desktop_->window_of("work", "story"));
    ASSERT_TRUE(open());
    pid_t const before = launcher();
    ASSERT_GT(before, 0);
    kill(before, SIGKILL);
    ASSERT_TRUE(desktop_->wait_until([&] { return launcher() > 0 && launcher() != before; }));
    ASSERT_TRUE(press_until_open());
    ASSERT_TRUE(desktop_->type("work term\n"));
    EXPECT_TRUE(focused_window_of("work", "story"));
}

TEST_F(LauncherStory, hostile_names_are_only_text_and_only_so_many)
{
    ASSERT_NO_FATAL_FAILURE(start(
        {{"untrusted", "red", {offers_hostile_names}}, {"work", "blue", {"foot --title story"}}}));
    ASSERT_TRUE(desktop_->window_of("untrusted", "hostile"));
    ASSERT_TRUE(desktop_->window_of("work", "story"));
    // It is asked for them at its next start at the latest.
    ASSERT_TRUE(desktop_->ctl({"shutdown", "untrusted"}));
    ASSERT_TRUE(
        desktop_->wait_until([&] { return desktop_->report("untrusted").state == "halted"; }));
    ASSERT_TRUE(desktop_->ctl({"start", "untrusted"}));
    ASSERT_TRUE(
        desktop_->wait_until([&] { return desktop_->report("untrusted").state == "running"; }));
    pid_t const before = launcher();
    ASSERT_TRUE(open());
    ASSERT_TRUE(desktop_->type("untrusted n1"));
    desktop_->keep_picture("hostile");
    ASSERT_TRUE(desktop_->hands().chord({KEY_ESC}));
    ASSERT_TRUE(desktop_->hands().chord({KEY_ESC}));
    ASSERT_TRUE(desktop_->wait_until([&] { return !is_open(); }));
    ASSERT_TRUE(open());
    ASSERT_TRUE(desktop_->type("work term\n"));
    EXPECT_TRUE(focused_window_of("work", "story"));
    EXPECT_EQ(launcher(), before) << "it never ended";
}

} // namespace
} // namespace vitrail::test
