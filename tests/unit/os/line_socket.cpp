#include "lib/os/line_socket.hpp"
#include "tests/support/folder.hpp"
#include "tests/unit/os/loop.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <memory>

namespace vitrail {
namespace {

class LineSocketTest : public testing::Test {
protected:
    void SetUp() override
    {
        auto pair = socket_pair(SOCK_STREAM);
        ASSERT_TRUE(pair);
        peer_ = std::move(pair->second);
        lines_ = std::make_unique<LineSocket>(
            loop_.get(), std::move(pair->first),
            [this](std::string_view line) { heard_.emplace_back(line); }, [this] { ++ends_; });
    }
    void say(std::string_view bytes) const
    {
        ASSERT_EQ(send(peer_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
    }

    test::Turns loop_;
    Fd peer_;
    std::vector<std::string> heard_;
    int ends_ = 0;
    std::unique_ptr<LineSocket> lines_;
};

TEST_F(LineSocketTest, a_line_is_told_when_its_end_came_and_not_before)
{
    for (char const* const part : {"he", "ll", "o\nwor"}) {
        EXPECT_TRUE(heard_.empty());
        say(part);
        ASSERT_TRUE(loop_.until([&] { return loop_.idle(); }));
    }
    EXPECT_EQ(heard_, std::vector<std::string>{"hello"});
    say("ld\n\n");
    ASSERT_TRUE(loop_.until([&] { return heard_.size() == 3; }));
    EXPECT_EQ(heard_, (std::vector<std::string>{"hello", "world", ""}));
    EXPECT_EQ(ends_, 0);
}

TEST_F(LineSocketTest, what_the_peer_said_last_is_heard_before_its_end_which_is_told_once)
{
    say("last\nunfinished");
    peer_.reset();
    ASSERT_TRUE(loop_.until([&] { return ends_ == 1; }));
    EXPECT_EQ(heard_, std::vector<std::string>{"last"});
    EXPECT_TRUE(loop_.idle()) << "a socket that ended wakes the loop no more";
    lines_->send("anybody?");
    EXPECT_EQ(ends_, 1);
}

TEST_F(LineSocketTest, a_line_without_end_is_the_peers_end)
{
    std::string const much(65536, 'x');
    std::size_t said = 0;
    while (ends_ == 0 && said < 4 * LineSocket::max_line) {
        ssize_t const sent =
            send(peer_.get(), much.data(), much.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        said += sent > 0 ? static_cast<std::size_t>(sent) : 0;
        wl_event_loop_dispatch(loop_.get(), 0);
    }
    EXPECT_EQ(ends_, 1);
    EXPECT_TRUE(heard_.empty());
    EXPECT_LT(said, 2 * LineSocket::max_line);
}

TEST_F(LineSocketTest, a_peer_that_does_not_read_counts_as_gone_when_too_much_waits_for_it)
{
    std::string const line(1 << 20, 'x');
    for (std::size_t i = 0; i < LineSocket::max_queue / line.size() + 3; ++i)
        lines_->send(line);
    EXPECT_EQ(ends_, 0) << "its end is told from the loop";
    EXPECT_TRUE(loop_.until([&] { return ends_ == 1; }));
}

TEST_F(LineSocketTest, what_does_not_go_out_at_once_arrives_later_and_whole)
{
    std::string expected, arrived;
    for (int i = 0; i < 200; ++i) {
        std::string const line = std::to_string(i) + std::string(10'000, '.');
        lines_->send(line);
        expected += line + "\n";
    }
    std::vector<char> bytes(65536);
    ASSERT_TRUE(loop_.until([&] {
        for (ssize_t got; (got = recv(peer_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT)) > 0;)
            arrived.append(bytes.data(), static_cast<std::size_t>(got));
        return arrived.size() == expected.size();
    }));
    EXPECT_EQ(arrived, expected);
}

TEST_F(LineSocketTest, its_handler_may_destroy_it)
{
    auto pair = socket_pair(SOCK_STREAM);
    ASSERT_TRUE(pair);
    int lines = 0;
    std::unique_ptr<LineSocket> own;
    own = std::make_unique<LineSocket>(
        loop_.get(), std::move(pair->first),
        [&](std::string_view) {
            ++lines;
            own.reset();
        },
        [] { ADD_FAILURE() << "destroyed, not ended"; });
    ASSERT_EQ(send(pair->second.get(), "one\ntwo\n", 8, 0), 8);
    ASSERT_TRUE(loop_.until([&] { return !own; }));
    EXPECT_EQ(lines, 1);
}

TEST_F(LineSocketTest, its_end_may_destroy_it)
{
    std::unique_ptr<LineSocket> own;
    auto pair = socket_pair(SOCK_STREAM);
    ASSERT_TRUE(pair);
    own = std::make_unique<LineSocket>(
        loop_.get(), std::move(pair->first), [](std::string_view) {}, [&] { own.reset(); });
    pair->second.reset();
    EXPECT_TRUE(loop_.until([&] { return !own; }));
}

TEST_F(LineSocketTest, descriptors_travel_with_their_line)
{
    std::vector<std::string> heard;
    LineSocket other(
        loop_.get(), std::move(peer_), [&](std::string_view line) { heard.emplace_back(line); },
        [] {});
    Fd const file(open("/dev/null", O_RDONLY | O_CLOEXEC));
    EXPECT_FALSE(lines_->send_with("none", {}));
    EXPECT_FALSE(lines_->send_with("many", std::vector<int>(9, file.get())));
    ASSERT_TRUE(lines_->send_with("two", {file.get(), file.get()}));
    ASSERT_TRUE(loop_.until([&] { return heard.size() == 1; }));
    auto const came = other.take_descriptors();
    ASSERT_EQ(came.size(), 2u);
    struct stat sent{}, got{};
    ASSERT_EQ(fstat(file.get(), &sent), 0);
    ASSERT_EQ(fstat(came[1].get(), &got), 0);
    EXPECT_EQ(sent.st_rdev, got.st_rdev);
    EXPECT_NE(fcntl(came[0].get(), F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_TRUE(other.take_descriptors().empty());
}

TEST(LineListener, hands_over_each_connection_on_a_socket_that_only_its_user_may_reach)
{
    test::Turns const loop;
    test::Folder const folder;
    std::string const path = folder / "sock";
    std::vector<Fd> connections;
    {
        auto const listener = LineListener::listen(
            loop.get(), path, [&](Fd fd) { connections.push_back(std::move(fd)); });
        ASSERT_TRUE(listener);
        struct stat status{};
        ASSERT_EQ(stat(path.c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777, 0600u);
        auto const first = connect_unix(path), second = connect_unix(path);
        ASSERT_TRUE(first && second);
        EXPECT_TRUE(loop.until([&] { return connections.size() == 2; }));
    }
    EXPECT_FALSE(std::filesystem::exists(path));
    auto const nobody = connect_unix(path);
    ASSERT_FALSE(nobody);
    EXPECT_EQ(nobody.error().code, ENOENT);
}

TEST(LineListener, a_path_that_no_address_can_hold_is_an_error)
{
    for (std::string const& path : {std::string(), "/tmp/" + std::string(200, 'x')}) {
        EXPECT_FALSE(listen_unix(path));
        EXPECT_FALSE(connect_unix(path));
    }
}

} // namespace
} // namespace vitrail
