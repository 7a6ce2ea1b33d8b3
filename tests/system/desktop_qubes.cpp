// What a person sees of his qubes' lives: he starts, ends, relabels, makes and removes them with
// the tools of the Admin API, and the screen follows; even when their manager dies meanwhile.

#include "tests/support/desktop.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <iostream>

namespace vitrail::test {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::json;

long ms_since(Clock::time_point start)
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start).count();
}

constexpr char const* writes_what_is_typed =
    "foot --title story sh -c 'stty -echo; while read line; do echo \"$line\" >> ~/typed; done'";

class Qubes : public testing::Test {
protected:
    void SetUp() override
    {
        auto started = Desktop::start(
            std::string("qubes-") + testing::UnitTest::GetInstance()->current_test_info()->name(),
            {.qubes = {{"work", "blue", {writes_what_is_typed}}, {"untrusted", "red", {}}},
             .config = {}});
        ASSERT_TRUE(started) << started.error().message();
        desktop_ = std::move(*started);
        auto const window = desktop_->window_of("work", "story");
        ASSERT_TRUE(window) << window.error().message();
        window_ = *window;
        ASSERT_TRUE(comes_to("untrusted", "running"));
    }
    /// The answer of a call; the refusal's kind and message for one that is refused.
    std::string call(std::string const& whom, std::string const& method,
                     std::string const& argument = "", std::string const& payload = "")
    {
        auto const outcome = desktop_->admin().call(whom, method, argument, payload);
        return outcome ? *outcome : outcome.error().type + ": " + outcome.error().message;
    }
    [[nodiscard]] bool comes_to(std::string const& qube, std::string const& state)
    {
        return desktop_->wait_until([&] { return desktop_->report(qube).state == state; });
    }
    [[nodiscard]] std::optional<WindowInfo> window_of_work()
    {
        auto const all = desktop_->windows();
        if (all)
            for (WindowInfo const& one : *all)
                if (one.qube == "work")
                    return one;
        return std::nullopt;
    }
    [[nodiscard]] pid_t qubesd()
    {
        auto const text = desktop_->ctl({"status", "--json"});
        Json const status = text ? Json::parse(*text, nullptr, false) : Json();
        return status.is_object() ? status.value("qubesd_pid", 0) : 0;
    }
    /// Process 1 of a running qube.
    [[nodiscard]] pid_t init_of(std::string const& qube)
    {
        for (pid_t const pid : descendants(desktop_->report(qube).keeper))
            if (program_of(pid) == "vitrail-qube-init")
                return pid;
        return 0;
    }

    std::unique_ptr<Desktop> desktop_;
    WindowInfo window_;
};

TEST_F(Qubes, the_first_start_offers_the_usual_set_and_runs_what_the_list_names)
{
    std::string const list = call("dom0", "admin.vm.List");
    for (char const* const name :
         {"sys-net", "sys-firewall", "sys-usb", "default-dvm", "personal", "banking", "vault"})
        EXPECT_TRUE(list.contains(std::string(name) + " class=AppVM state=Halted")) << list;
    EXPECT_TRUE(list.contains("host class=TemplateVM state=Halted")) << list;
    for (char const* const name : {"work", "untrusted"})
        EXPECT_TRUE(list.contains(std::string(name) + " class=AppVM state=Running")) << list;
    EXPECT_EQ(call("vault", "admin.vm.property.Get", "netvm"), "default=False type=vm ");
    EXPECT_EQ(call("personal", "admin.vm.property.Get", "netvm"),
              "default=True type=vm sys-firewall");
    EXPECT_EQ(call("dom0", "admin.property.Get", "default_dispvm"),
              "default=False type=vm default-dvm");
}

TEST_F(Qubes, a_start_that_was_asked_for_is_seen_until_its_first_window)
{
    auto const is_placeholder = [](WindowInfo const& one) {
        return one.qube == "personal" && one.app_id == "vitrail.placeholder";
    };
    auto const placeholder_gone = [&] {
        auto const all = desktop_->windows();
        return all && std::ranges::none_of(*all, is_placeholder);
    };
    ASSERT_TRUE(placeholder_gone());
    ASSERT_EQ(call("personal", "admin.vm.Start"), "");
    auto shown = desktop_->window(
        [&](WindowInfo const& one) { return is_placeholder(one) && one.title == "Started"; });
    ASSERT_TRUE(shown) << shown.error().message();
    EXPECT_EQ(shown->label, "yellow");
    EXPECT_FALSE(shown->focused) << "what is typed stays where it was";
    EXPECT_EQ(shown->color, "#edd400");
    desktop_->keep_picture("placeholder");
    ASSERT_TRUE(desktop_->run_in("personal", "foot --title first"));
    ASSERT_TRUE(desktop_->window_of("personal", "first"));
    EXPECT_TRUE(desktop_->wait_until(placeholder_gone));

    // The user may close it; then this start is not shown again.
    ASSERT_EQ(call("personal", "admin.vm.Shutdown", "wait"), "");
    ASSERT_EQ(call("personal", "admin.vm.Start"), "");
    shown = desktop_->window(
        [&](WindowInfo const& one) { return is_placeholder(one) && one.title == "Started"; });
    ASSERT_TRUE(shown) << shown.error().message();
    ASSERT_TRUE(desktop_->click_in(*shown, shown->content.width - 14, -16));
    EXPECT_TRUE(desktop_->wait_until(placeholder_gone));
    EXPECT_EQ(desktop_->report("personal").state, "running");

    // What keeps it from starting is said there, and stays.
    ASSERT_EQ(call("dom0", "admin.vm.Create.TemplateVM", "", "name=empty label=black"), "");
    ASSERT_EQ(call("dom0", "admin.vm.Create.AppVM", "empty", "name=broken label=red"), "");
    EXPECT_TRUE(call("broken", "admin.vm.Start").contains("could not be started"));
    shown = desktop_->window(
        [](WindowInfo const& one) { return one.qube == "broken" && one.title == "Did not start"; });
    ASSERT_TRUE(shown) << shown.error().message();
    desktop_->keep_picture("placeholder-error");
    ASSERT_EQ(call("broken", "admin.vm.Remove"), "");
    EXPECT_TRUE(desktop_->wait_until([&] {
        auto const windows = desktop_->windows();
        return windows && std::ranges::none_of(
                              *windows, [](WindowInfo const& one) { return one.qube == "broken"; });
    })) << "with its qube";

    // Those that the list starts, and netvms, are not asked for by anybody.
    auto const all = desktop_->windows();
    ASSERT_TRUE(all);
    EXPECT_TRUE(std::ranges::none_of(
        *all, [](WindowInfo const& one) { return one.app_id == "vitrail.placeholder"; }));
}

TEST_F(Qubes, a_new_label_recolours_the_frames_of_windows_that_are_open)
{
    Rect const above{window_.content.x, window_.frame.y, window_.content.width,
                     window_.content.y - window_.frame.y};
    auto const shown = [&](std::uint32_t color) {
        auto const picture = desktop_->screenshot();
        return picture ? count_color(*picture, color, above) : 0;
    };
    ASSERT_TRUE(desktop_->wait_until([&] { return shown(0x3465a4) > 0; }));
    EXPECT_EQ(shown(0x73d216), 0);
    auto const start = Clock::now();
    ASSERT_EQ(call("work", "admin.vm.property.Set", "label", "green"), "");
    EXPECT_TRUE(desktop_->wait_until([&] { return shown(0x73d216) > 0 && shown(0x3465a4) == 0; }));
    std::cout << "relabelled: seen after " << ms_since(start) << " ms\n";
    EXPECT_EQ(window_of_work().value_or(WindowInfo{}).label, "green");
    // The same with a label that the user has made, and with our own tool.
    ASSERT_EQ(call("dom0", "admin.label.Create", "pink", "0xff80c0"), "");
    EXPECT_TRUE(desktop_->ctl({"label", "work", "pink"}));
    EXPECT_TRUE(desktop_->wait_until([&] { return shown(0xff80c0) > 0; }));
    EXPECT_EQ(call("work", "admin.vm.property.Get", "label"), "default=False type=label pink");
    EXPECT_FALSE(desktop_->ctl({"label", "work", "plaid"}));
    desktop_->keep_picture("pink");
}

TEST_F(Qubes, one_that_is_shut_down_and_started_again_has_kept_its_files)
{
    ASSERT_TRUE(desktop_->run_in("work", "umask 077; mkdir -p ~/a/b; echo kept > ~/diary"));
    ASSERT_TRUE(desktop_->wait_for_file("work", "diary", "kept\n"));
    std::int64_t const domain = desktop_->report("work").domain;
    ASSERT_EQ(call("work", "admin.vm.Shutdown", "wait"), "");
    EXPECT_TRUE(comes_to("work", "halted"));
    EXPECT_TRUE(desktop_->wait_until([&] { return !window_of_work(); }));
    EXPECT_EQ(desktop_->report("work").guid, 0);
    EXPECT_EQ(desktop_->report("untrusted").state, "running");
    auto const start = Clock::now();
    ASSERT_TRUE(desktop_->ctl({"start", "work"}));
    // Its applications open with it.
    auto const again = desktop_->window_of("work", "story");
    ASSERT_TRUE(again) << again.error().message();
    std::cout << "started again: its window after " << ms_since(start) << " ms\n";
    EXPECT_EQ(desktop_->report("work").domain, domain);
    ASSERT_TRUE(
        desktop_->run_in("work", "cat ~/diary > ~/copy; ls -d ~/a/b && echo yes >> ~/copy"));
    EXPECT_TRUE(desktop_->wait_for_file("work", "copy", "kept\nyes\n"));
}

TEST_F(Qubes, a_start_that_cannot_be_says_why_and_the_next_one_may_succeed)
{
    ASSERT_TRUE(desktop_->ctl({"kill", "untrusted"}));
    EXPECT_TRUE(comes_to("untrusted", "halted"));
    // Three deep: the qube through which its network qube gets network may not start.
    ASSERT_EQ(call("untrusted", "admin.vm.property.Set", "netvm", "sys-firewall"), "");
    ASSERT_EQ(call("sys-net", "admin.vm.feature.Set", "prohibit-start", "no cable"), "");
    EXPECT_TRUE(call("untrusted", "admin.vm.Start").contains("no cable"));
    EXPECT_TRUE(comes_to("untrusted", "failed"));
    EXPECT_TRUE(desktop_->report("untrusted").problem.contains("no cable"));
    EXPECT_EQ(desktop_->report("sys-firewall").state, "failed");
    ASSERT_EQ(call("untrusted", "admin.vm.property.Set", "netvm", ""), "");
    ASSERT_EQ(call("untrusted", "admin.vm.Start"), "");
    EXPECT_TRUE(comes_to("untrusted", "running"));
    EXPECT_EQ(desktop_->report("untrusted").problem, "");
    ASSERT_EQ(call("untrusted", "admin.vm.feature.Set", "prohibit-start", "it is being examined"),
              "");
    ASSERT_TRUE(desktop_->ctl({"kill", "untrusted"}));
    ASSERT_TRUE(comes_to("untrusted", "halted"));
    auto const refused = desktop_->ctl({"start", "untrusted"});
    ASSERT_FALSE(refused);
    EXPECT_TRUE(call("untrusted", "admin.vm.Start").contains("it is being examined"));
    EXPECT_FALSE(desktop_->ctl({"start", "nobody"}));
    EXPECT_FALSE(desktop_->ctl({"shutdown", "untrusted"})) << "it does not run";
}

TEST_F(Qubes, their_manager_killed_finds_them_again_and_no_window_moves)
{
    ASSERT_TRUE(desktop_->click_in(window_, 40, 40));
    ASSERT_TRUE(
        desktop_->wait_until([&] { return window_of_work().value_or(WindowInfo{}).focused; }));
    WindowInfo const before = *window_of_work();
    QubeReport const work = desktop_->report("work");
    pid_t const manager = qubesd();
    ASSERT_GT(manager, 0);
    ASSERT_TRUE(desktop_->type("before\n"));
    auto const start = Clock::now();
    kill(manager, SIGKILL);
    ASSERT_TRUE(desktop_->type("meanwhile\n"));
    ASSERT_TRUE(desktop_->wait_until([&] {
        WindowInfo const now = window_of_work().value_or(WindowInfo{});
        EXPECT_EQ(now.id, before.id);
        EXPECT_FALSE(now.lost);
        EXPECT_EQ(now.content, before.content);
        return qubesd() > 0 && qubesd() != manager &&
               call("work", "admin.vm.List").contains("state=Running");
    }));
    std::cout << "manager killed: answers again after " << ms_since(start) << " ms\n";
    ASSERT_TRUE(desktop_->type("after\n"));
    EXPECT_TRUE(desktop_->wait_for_file("work", "typed", "before\nmeanwhile\nafter\n"));
    EXPECT_EQ(desktop_->report("work").keeper, work.keeper);
    EXPECT_EQ(desktop_->report("work").guid, work.guid);
    // The screen follows the new one as it did the old one, and that one ends what it found.
    ASSERT_EQ(call("work", "admin.vm.property.Set", "label", "orange"), "");
    EXPECT_TRUE(desktop_->wait_until(
        [&] { return window_of_work().value_or(WindowInfo{}).label == "orange"; }));
    ASSERT_EQ(call("work", "admin.vm.Kill"), "");
    EXPECT_TRUE(comes_to("work", "halted"));
}

TEST_F(Qubes, the_session_killed_comes_back_to_the_qubes_that_ran)
{
    pid_t const session = desktop_->find_process("vitrail-sessiond").value_or(0);
    pid_t const manager = qubesd();
    QubeReport const work = desktop_->report("work");
    ASSERT_GT(session, 0);
    kill(session, SIGKILL);
    ASSERT_TRUE(desktop_->wait_until([&] {
        return desktop_->find_process("vitrail-sessiond").value_or(session) != session &&
               desktop_->report("work").state == "running" && window_of_work();
    }));
    EXPECT_EQ(desktop_->report("work").keeper, work.keeper);
    EXPECT_NE(qubesd(), manager) << "the old one had to end with its session";
    // Its application went on and was not opened once more; the screen is locked.
    EXPECT_EQ(desktop_->windows().value().size(), 1U);
    EXPECT_TRUE(desktop_->ctl({"status", "--json"}).value_or("").contains("\"locked\": true"));
    ASSERT_TRUE(desktop_->reconnect());
    auto const picture = desktop_->screenshot();
    ASSERT_TRUE(picture);
    EXPECT_EQ(count_color(*picture, 0x3465a4, {0, 0, picture->width, picture->height}), 0)
        << "a frame shows through the lock";
}

TEST_F(Qubes, one_that_ends_while_the_manager_is_away_is_not_shown_as_running)
{
    pid_t const manager = qubesd();
    pid_t const keeper = desktop_->report("work").keeper;
    ASSERT_GT(keeper, 0);
    kill(manager, SIGSTOP);
    kill(keeper, SIGKILL);
    kill(manager, SIGKILL);
    EXPECT_TRUE(comes_to("work", "halted"));
    EXPECT_TRUE(desktop_->wait_until([&] { return !window_of_work(); }));
    EXPECT_TRUE(desktop_->ctl({"start", "work"}));
    EXPECT_TRUE(desktop_->window_of("work", "story"));
}

TEST_F(Qubes, one_that_a_tool_makes_starts_shows_windows_and_goes_for_good)
{
    ASSERT_EQ(call("dom0", "admin.vm.Create.AppVM", "", "name=fresh label=purple"), "");
    EXPECT_TRUE(comes_to("fresh", "halted"));
    ASSERT_EQ(call("fresh", "admin.vm.property.Set", "netvm", ""), "");
    ASSERT_EQ(call("fresh", "admin.vm.Start"), "");
    EXPECT_TRUE(comes_to("fresh", "running"));
    ASSERT_TRUE(desktop_->run_in("fresh", "exec foot --title fresh"));
    auto const window = desktop_->window_of("fresh", "fresh");
    ASSERT_TRUE(window) << window.error().message();
    EXPECT_EQ(window->color, "#75507b");
    ASSERT_EQ(call("fresh", "admin.vm.Kill"), "");
    ASSERT_EQ(call("fresh", "admin.vm.Remove"), "");
    EXPECT_TRUE(desktop_->wait_until([&] { return desktop_->report("fresh").state.empty(); }));
    EXPECT_FALSE(std::filesystem::exists(desktop_->home("fresh")));
}

TEST_F(Qubes, a_disposable_starts_from_its_templates_home_and_leaves_nothing)
{
    ASSERT_EQ(call("default-dvm", "admin.vm.property.Set", "netvm", ""), "");
    ASSERT_EQ(call("default-dvm", "admin.vm.Start"), "");
    ASSERT_TRUE(comes_to("default-dvm", "running"));
    ASSERT_TRUE(desktop_->run_in("default-dvm", "umask 077; echo template > ~/note"));
    ASSERT_TRUE(desktop_->wait_for_file("default-dvm", "note", "template\n"));
    ASSERT_EQ(call("default-dvm", "admin.vm.Shutdown", "wait"), "");
    std::string const name = call("default-dvm", "admin.vm.CreateDisposable");
    ASSERT_TRUE(name.starts_with("disp")) << name;
    ASSERT_EQ(call(name, "admin.vm.Start"), "");
    ASSERT_TRUE(comes_to(name, "running"));
    ASSERT_TRUE(desktop_->run_in(name, "cp ~/note ~/mine; echo changed > ~/note"));
    EXPECT_TRUE(desktop_->wait_for_file(name, "mine", "template\n"));
    EXPECT_TRUE(desktop_->wait_for_file(name, "note", "changed\n"));
    ASSERT_EQ(call(name, "admin.vm.Kill"), "");
    EXPECT_TRUE(desktop_->wait_until([&] { return desktop_->report(name).state.empty(); }));
    EXPECT_FALSE(std::filesystem::exists(desktop_->home(name)));
}

TEST_F(Qubes, a_paused_one_stands_still_and_goes_on)
{
    pid_t const init = init_of("work");
    ASSERT_GT(init, 0);
    auto const state = [&] {
        std::ifstream stream("/proc/" + std::to_string(init) + "/stat");
        std::string text;
        std::getline(stream, text);
        auto const end = text.rfind(") ");
        return end == std::string::npos ? '?' : text[end + 2];
    };
    ASSERT_EQ(call("work", "admin.vm.Pause"), "");
    EXPECT_TRUE(desktop_->wait_until([&] { return state() == 'T'; }));
    EXPECT_TRUE(comes_to("work", "paused"));
    ASSERT_EQ(call("work", "admin.vm.Unpause"), "");
    EXPECT_TRUE(desktop_->wait_until([&] { return state() != 'T'; }));
    EXPECT_TRUE(comes_to("work", "running"));
    EXPECT_TRUE(window_of_work());
}

TEST_F(Qubes, started_by_root_each_has_a_user_id_and_their_files_belong_to_the_desktop)
{
    if (geteuid() != 0)
        GTEST_SKIP() << "only root can give ids away";
    struct stat work{}, untrusted{}, desktop{};
    auto const process = [&](std::string const& qube) {
        return "/proc/" + std::to_string(init_of(qube));
    };
    ASSERT_EQ(stat(process("work").c_str(), &work), 0);
    ASSERT_EQ(stat(process("untrusted").c_str(), &untrusted), 0);
    ASSERT_EQ(stat(("/proc/" + std::to_string(qubesd())).c_str(), &desktop), 0);
    EXPECT_NE(work.st_uid, 0U);
    EXPECT_NE(untrusted.st_uid, 0U);
    EXPECT_NE(work.st_uid, untrusted.st_uid);
    EXPECT_NE(work.st_uid, desktop.st_uid);
    EXPECT_NE(desktop.st_uid, 0U);
    ASSERT_TRUE(desktop_->run_in("work", "umask 077; echo mine > ~/secret"));
    ASSERT_TRUE(desktop_->wait_for_file("work", "secret", "mine\n"));
    struct stat file{};
    ASSERT_EQ(stat((desktop_->home("work") / "secret").c_str(), &file), 0);
    EXPECT_EQ(file.st_uid, desktop.st_uid);
}

} // namespace
} // namespace vitrail::test
