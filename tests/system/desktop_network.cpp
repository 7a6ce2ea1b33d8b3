// What a person sees of his qubes' network: the browser of one shows a page of a server behind
// sys-net, that of another without a netvm does not, and the firewall is in between.

#include "tests/support/desktop.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/ordinary_user.hpp"
#include "tests/system/network_stage.hpp"
#include "tests/system/network_world.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>

namespace vitrail::test {
namespace {

constexpr std::uint32_t page_colour = 0x12a45c; // web_colour

/// A child that is the machine with the cable; this process joins its network.
class Machine {
public:
    explicit Machine(Folder const& folder)
    {
        std::ofstream(folder / "resolv.conf") << "nameserver " << NetworkStage::server << "\n";
        if (geteuid() == 0) {
            for (std::string const& path : {folder.path(), folder / "resolv.conf"})
                EXPECT_EQ(chown(path.c_str(), ordinary_id, ordinary_id), 0);
        }
        int ends[2];
        EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
        pid_t const child = fork();
        if (child == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            enter_machine(folder.path());
            prctl(PR_SET_PDEATHSIG, SIGKILL); // a change of user forgets it
            [[maybe_unused]] ssize_t const told = write(ends[1], "r", 1);
            for (;;)
                pause();
        }
        close(ends[1]);
        char ready = 0;
        EXPECT_EQ(read(ends[0], &ready, 1), 1) << "the machine was not made";
        close(ends[0]);
        std::string const place = "/proc/" + std::to_string(child) + "/ns/";
        Fd const user(open((place + "user").c_str(), O_RDONLY | O_CLOEXEC));
        Fd const net(open((place + "net").c_str(), O_RDONLY | O_CLOEXEC));
        if (geteuid() != 0) {
            EXPECT_EQ(setns(user.get(), CLONE_NEWUSER), 0);
        }
        EXPECT_EQ(setns(net.get(), CLONE_NEWNET), 0);
    }
};

class Web : public testing::Test {
protected:
    static void SetUpTestSuite()
    {
        folder = std::make_unique<Folder>();
        Machine const machine(*folder);
        auto started = Desktop::start(
            "network", {.qubes = {{"untrusted", "red", {}}, {"vault", "black", {}}}, .config = {}});
        ASSERT_TRUE(started) << started.error().message();
        desktop = std::move(*started);
        for (char const* const name : {"untrusted", "vault"})
            ASSERT_TRUE(desktop->wait_until([&] {
                return desktop->report(name).state == "running";
            })) << desktop->report(name).problem;
        // What a list describes has no netvm; the usual set's firewall leads through sys-net.
        ASSERT_EQ(call("sys-firewall", "admin.vm.Start"), "");
        ASSERT_EQ(call("untrusted", "admin.vm.property.Set", "sys-firewall", "netvm"), "");
    }
    static void TearDownTestSuite()
    {
        desktop.reset();
        folder.reset();
    }
    void SetUp() override { ASSERT_TRUE(desktop); }

    /// The qube's browser is asked for a page of the server.
    static void browse(std::string const& qube, int port, std::string const& path)
    {
        std::string const command = "exec /opt/vitrail/demo/browser http://" +
                                    std::string(NetworkStage::server) + ":" + std::to_string(port) +
                                    "/" + path;
        ASSERT_TRUE(desktop->run_in(qube, command));
    }
    static bool served(std::string const& path)
    {
        std::ifstream log(*folder / "server.log");
        for (std::string line; std::getline(log, line);)
            if (line == "http /" + path)
                return true;
        return false;
    }
    /// How much of a window's inside has the colour of the server's pages.
    static double share_of_page(WindowInfo const& window)
    {
        auto const picture = desktop->screenshot();
        Rect const inside = window.content;
        return picture ? static_cast<double>(count_color(*picture, page_colour, inside)) /
                             (static_cast<double>(inside.width) * inside.height)
                       : 0;
    }
    static std::string call(std::string const& whom, std::string const& method,
                            std::string const& payload = "", std::string const& argument = "")
    {
        auto const outcome = desktop->admin().call(whom, method, argument, payload);
        return outcome ? *outcome : outcome.error().type + ": " + outcome.error().message;
    }
    /// Waits for the page on the screen, whole, and keeps a picture of it.
    static void shows(std::string const& path)
    {
        auto const window = desktop->window_of("untrusted", "page " + path);
        ASSERT_TRUE(window) << window.error().message();
        EXPECT_TRUE(desktop->wait_until(
            [&] { return share_of_page(desktop->now(*window).value_or(*window)) > 0.5; }));
        EXPECT_TRUE(served(path));
        desktop->keep_picture("page-" + path);
    }

    /// Waits until so many windows of the browser say that their page cannot be had.
    static bool refused(std::ptrdiff_t times)
    {
        return desktop->wait_until([&] {
            auto const windows = desktop->windows();
            return windows && std::ranges::count_if(*windows, [](WindowInfo const& window) {
                                  return window.qube == "untrusted" &&
                                         window.title.contains("Problem loading page");
                              }) == times;
        });
    }

    static std::unique_ptr<Folder> folder;
    static std::unique_ptr<Desktop> desktop;
};

std::unique_ptr<Folder> Web::folder;
std::unique_ptr<Desktop> Web::desktop;

TEST_F(Web, a_page_of_a_server_behind_sys_net_is_shown_in_the_qubes_browser)
{
    browse("untrusted", web_port, "first");
    shows("first");
    EXPECT_TRUE(call("dom0", "admin.vm.List").contains("sys-net class=AppVM state=Running"));
}

TEST_F(Web, a_qube_without_a_netvm_cannot_show_it)
{
    browse("vault", web_port, "vault");
    auto const window = desktop->window_of("vault", "Problem loading page");
    ASSERT_TRUE(window) << window.error().message();
    ASSERT_TRUE(desktop->wait_still(window->content));
    EXPECT_LT(share_of_page(*window), 0.01);
    EXPECT_FALSE(served("vault"));
    desktop->keep_picture("vault");
    EXPECT_EQ(call("vault", "admin.vm.Kill"), ""); // its window lies above the other's
}

TEST_F(Web, a_port_that_the_qubes_firewall_blocks_is_not_shown_and_another_is)
{
    ASSERT_EQ(call("untrusted", "admin.vm.firewall.Set",
                   "action=drop proto=tcp dstports=8001\naction=accept\n"),
              "");
    browse("untrusted", other_web_port, "blocked");
    EXPECT_TRUE(refused(1));
    browse("untrusted", web_port, "let-through");
    shows("let-through");
    EXPECT_FALSE(served("blocked"));
    ASSERT_EQ(call("untrusted", "admin.vm.firewall.Set", "action=accept\n"), "");
    browse("untrusted", other_web_port, "opened");
    shows("opened");
}

TEST_F(Web, nothing_leaks_past_a_sys_firewall_that_was_killed)
{
    ASSERT_EQ(call("sys-firewall", "admin.vm.Kill"), "");
    browse("untrusted", web_port, "leak");
    EXPECT_TRUE(refused(2));
    EXPECT_FALSE(served("leak"));
    desktop->keep_picture("killed");
    ASSERT_EQ(call("sys-firewall", "admin.vm.Start"), "");
    browse("untrusted", web_port, "again");
    shows("again");
}

} // namespace
} // namespace vitrail::test
