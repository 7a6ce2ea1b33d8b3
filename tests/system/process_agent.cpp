#include "tests/support/process.hpp"
#include "tests/support/window_server.hpp"

#include "lib/os/rights.hpp"
#include "lib/transport/guid_start.hpp"

#include <fcntl.h>
#include <linux/input-event-codes.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>

namespace vitrail::test {

namespace {

constexpr std::uint32_t domain = 5;
constexpr std::chrono::seconds patience{20};

std::pair<Fd, Fd> pair_of(int type)
{
    int ends[2] = {-1, -1};
    EXPECT_EQ(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends), 0);
    return {Fd(ends[0]), Fd(ends[1])};
}

void send_record(int link, transport::GuidStart& record, std::span<int const> fds)
{
    ASSERT_EQ(send_with_rights(link, std::as_bytes(std::span(&record, 1)), fds),
              static_cast<ssize_t>(sizeof(record)));
}

} // namespace

/// The shipped agent with a real application, the shipped guid, and a compositor of the test's.
class ProcessAgent : public testing::Test {
protected:
    void SetUp() override
    {
        char folder[] = "/tmp/vitrail-agent-XXXXXX";
        ASSERT_NE(mkdtemp(folder), nullptr);
        folder_ = folder;
        server_ = std::make_unique<WindowServer>();
    }
    void TearDown() override
    {
        if (testing::Test::HasFailure())
            ADD_FAILURE() << file("agent.log") << file("guid.log");
        guid_.reset();
        agent_.reset();
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    void start_agent(std::vector<std::string> const& command)
    {
        std::vector<std::string> arguments{VITRAIL_AGENT_GUI, "--"};
        arguments.insert(arguments.end(), command.begin(), command.end());
        auto started = ChildProcess::start({arguments,
                                            {{"XDG_RUNTIME_DIR", folder_},
                                             {"HOME", folder_},
                                             {"VCHAN_SOCKET_DIR", folder_},
                                             {"VITRAIL_GRANT_DIR", folder_},
                                             {"VCHAN_DOMAIN", std::to_string(domain)}},
                                            folder_ / "agent.log"});
        ASSERT_TRUE(started) << started.error().message();
        agent_ = std::make_unique<ChildProcess>(std::move(*started));
    }
    /// A guid between the agent and the compositor.
    void start_guid()
    {
        auto [link, guid_link] = pair_of(SOCK_SEQPACKET);
        fcntl(guid_link.get(), F_SETFD, 0);
        auto started =
            ChildProcess::start({{VITRAIL_GUID, "--link-fd", std::to_string(guid_link.get())},
                                 {},
                                 folder_ / "guid.log"});
        ASSERT_TRUE(started) << started.error().message();
        guid_ = std::make_unique<ChildProcess>(std::move(*started));
        Fd const vchan = connect_vchan();
        ASSERT_TRUE(vchan);
        Fd const wayland = server_->connect();
        auto [broker, guid_broker] = pair_of(SOCK_SEQPACKET);
        broker_ = std::move(broker);
        Fd const memory(::open((folder_ / "dom5.mem").c_str(), O_RDONLY | O_CLOEXEC));
        Fd const table(::open((folder_ / "dom5.tab").c_str(), O_RDONLY | O_CLOEXEC));
        Fd const log(::open((folder_ / "guid.log").c_str(),
                            O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
        transport::GuidStart record;
        record.domain = domain;
        record.set_name("work");
        std::array<int, 6> const fds{vchan.get(), wayland.get(),     memory.get(),
                                     table.get(), guid_broker.get(), log.get()};
        send_record(link.get(), record, fds);
    }
    Fd connect_vchan()
    {
        std::string const path = folder_ / "vchan.5.0.6000.sock";
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.c_str(), path.size());
        Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        bool const connected = until([&] {
            return ::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) ==
                   0;
        });
        return connected ? std::move(socket) : Fd();
    }
    [[nodiscard]] bool until(std::function<bool()> const& condition)
    {
        auto const end = std::chrono::steady_clock::now() + patience;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end)
                return false;
            server_->pump();
        }
        return true;
    }
    [[nodiscard]] bool shown(std::uint32_t window)
    {
        auto const* const found = server_->find(window);
        return found && found->mapped && found->shown;
    }
    [[nodiscard]] std::string file(char const* name) const
    {
        std::string text(65536, '\0');
        Fd const log(::open((folder_ / name).c_str(), O_RDONLY | O_CLOEXEC));
        auto const got = ::read(log.get(), text.data(), text.size());
        text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return text;
    }

    std::filesystem::path folder_;
    std::unique_ptr<WindowServer> server_;
    std::unique_ptr<ChildProcess> agent_, guid_;
    Fd broker_;
};

TEST_F(ProcessAgent, shows_a_terminal_through_guid_and_resizes_it_in_one_step)
{
    start_agent({"foot", "--override=colors.background=204060", "--override=pad=4x4"});
    start_guid();
    ASSERT_TRUE(until([&] { return shown(1); }));
    EXPECT_EQ(server_->find(1)->title, "foot");
    ASSERT_TRUE(until([&] { return server_->pixel(1) == 0x204060; }));

    server_->configure(1, 7, {0, 0, 500, 320}, 4);
    ASSERT_TRUE(until([&] { return server_->find(1)->acked == 7; }));
    // foot keeps to whole characters.
    EXPECT_NEAR(server_->find(1)->content.width, 500, 16);
    EXPECT_NEAR(server_->find(1)->content.height, 320, 32);
}

TEST_F(ProcessAgent, typing_into_a_terminal_closes_it_when_the_shell_says_so)
{
    start_agent({"foot", "sh"});
    start_guid();
    ASSERT_TRUE(until([&] { return shown(1); }));
    server_->keyboard_enter(1);
    for (std::uint32_t const key : {KEY_E, KEY_X, KEY_I, KEY_T, KEY_ENTER}) {
        server_->key(key, true);
        server_->key(key, false);
    }
    EXPECT_TRUE(until([&] { return !server_->find(1); }));
}

TEST_F(ProcessAgent, after_a_crash_of_guid_the_next_one_sees_the_same_windows)
{
    start_agent({"foot", "--override=colors.background=204060"});
    start_guid();
    ASSERT_TRUE(until([&] { return shown(1); }));
    guid_->signal(SIGKILL);
    ASSERT_TRUE(guid_->wait(patience));
    server_ = std::make_unique<WindowServer>();
    start_guid();
    ASSERT_TRUE(until([&] { return shown(1) && server_->find(1)->title == "foot"; }));
    EXPECT_TRUE(agent_->running());
}

TEST_F(ProcessAgent, shows_a_window_of_an_x11_application)
{
    start_agent({"xterm", "-bg", "rgb:20/40/60", "-bw", "0"});
    start_guid();
    ASSERT_TRUE(until([&] { return shown(1); }));
    EXPECT_EQ(server_->find(1)->title, "xterm");
    ASSERT_TRUE(until([&] { return server_->pixel(1) == 0x204060; }));
}

TEST_F(ProcessAgent, shows_every_x11_window_also_one_that_draws_only_once)
{
    start_agent({"sh", "-c", "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do xclock & done; wait"});
    start_guid();
    for (std::uint32_t window = 1; window <= 12; ++window)
        EXPECT_TRUE(until([&] { return shown(window); })) << window;
}

TEST_F(ProcessAgent, tells_gtk_that_windows_need_no_buttons_of_their_own)
{
    start_agent({"sh", "-c",
                 "for one in 3 4; do cat ${XDG_CONFIG_DIRS%%:*}/gtk-$one.0/settings.ini; done"
                 " >$HOME/part && mv $HOME/part $HOME/settings"});
    ASSERT_TRUE(until([&] { return std::filesystem::exists(folder_ / "settings"); }));
    std::string const one = "[Settings]\ngtk-decoration-layout=menu:\n";
    EXPECT_EQ(file("settings"), one + one);
}

TEST_F(ProcessAgent, ends_with_0_when_told_to)
{
    start_agent({});
    ASSERT_TRUE(until([&] { return std::filesystem::exists(folder_ / "vitrail-agent.sock"); }));
    agent_->signal(SIGTERM);
    EXPECT_EQ(agent_->wait(patience), 0);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "vitrail-agent.sock"));
}

} // namespace vitrail::test
