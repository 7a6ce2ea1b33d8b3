#include "agents/gui/launcher.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>

namespace vitrail::agent {
namespace {

class LauncherSocket : public testing::Test {
protected:
    void SetUp() override
    {
        int ends[2] = {-1, -1};
        ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
        keeper_.reset(ends[0]);
        fcntl(keeper_.get(), F_SETFD, FD_CLOEXEC);
        char folder[] = "/tmp/vitrail-launcher-XXXXXX";
        folder_ = mkdtemp(folder);
        inherited_ = ends[1];
        auto const served = launcher_.serve(Fd(ends[1]));
        ASSERT_TRUE(served) << served.error().message();
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    void send(std::string const& text)
    {
        ASSERT_EQ(::send(keeper_.get(), text.data(), text.size(), 0),
                  static_cast<ssize_t>(text.size()));
    }
    /// Runs the launcher until it has answered this many lines or closed the socket.
    std::string answers(std::size_t lines)
    {
        std::string text;
        auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (std::chrono::steady_clock::now() < deadline) {
            std::array<char, 4096> bytes{};
            ssize_t const got = recv(keeper_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
            if (got == 0)
                return text + "(closed)";
            if (got > 0)
                text.append(bytes.data(), static_cast<std::size_t>(got));
            if (static_cast<std::size_t>(std::ranges::count(text, '\n')) >= lines)
                return text;
            wl_event_loop_dispatch(loop_.get(), 5);
        }
        return text + "(no answer)";
    }
    [[nodiscard]] bool until_exists(std::filesystem::path const& file)
    {
        auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!std::filesystem::exists(file) && std::chrono::steady_clock::now() < deadline)
            wl_event_loop_dispatch(loop_.get(), 5);
        return std::filesystem::exists(file);
    }

    EventLoop loop_;
    Launcher launcher_{loop_.get()};
    Fd keeper_;
    int inherited_ = -1;
    std::filesystem::path folder_;
};

TEST_F(LauncherSocket, a_command_on_the_inherited_socket_is_started_and_answered)
{
    auto const file = (folder_ / "made").string();
    send("[\"touch\", \"" + file + "\"]\n");
    EXPECT_EQ(answers(1), "ok\n");
    EXPECT_TRUE(until_exists(file));
}

TEST_F(LauncherSocket, a_line_may_come_in_pieces_and_several_at_once)
{
    send("[\"tr");
    EXPECT_EQ(wl_event_loop_dispatch(loop_.get(), 100), 0);
    send("ue\"]\n[\"true\"]\nnot json\n");
    EXPECT_EQ(answers(3), "ok\nok\nerror: a command is a JSON array of strings\n");
}

TEST_F(LauncherSocket, a_program_that_is_not_there_is_an_error_and_the_socket_stays)
{
    send("[\"/no/such/program\"]\n");
    EXPECT_EQ(answers(1), "error: starting /no/such/program: No such file or directory\n");
    send("[\"true\"]\n");
    EXPECT_EQ(answers(1), "ok\n");
}

TEST_F(LauncherSocket, no_application_inherits_the_socket)
{
    auto const file = (folder_ / "fds").string();
    send("[\"sh\", \"-c\", \"ls -l /proc/self/fd > " + file + ".new; mv " + file + ".new " + file +
         "\"]\n");
    EXPECT_EQ(answers(1), "ok\n");
    ASSERT_TRUE(until_exists(file));
    std::ifstream stream(file);
    std::string const text{std::istreambuf_iterator<char>(stream), {}};
    std::string const target =
        std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(inherited_)).string();
    EXPECT_EQ(text.find(target), std::string::npos) << text;
}

TEST_F(LauncherSocket, a_line_without_end_closes_the_socket)
{
    std::string const text(16384, 'x');
    std::string answered;
    for (int i = 0; i < 8 && answered.empty(); ++i) {
        static_cast<void>(
            ::send(keeper_.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
        for (int turn = 0; turn < 8; ++turn)
            wl_event_loop_dispatch(loop_.get(), 0);
    }
    EXPECT_NE(answers(1).find("(closed)"), std::string::npos);
}

TEST(LauncherControl, a_descriptor_that_is_no_socket_is_refused)
{
    EventLoop loop;
    Launcher launcher{loop.get()};
    auto const refused = launcher.serve(Fd(open("/dev/null", O_RDWR | O_CLOEXEC)));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message(), "the control descriptor is not a socket");
    EXPECT_FALSE(launcher.serve(Fd(1000)));
}

} // namespace
} // namespace vitrail::agent
