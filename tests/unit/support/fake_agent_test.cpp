#include "tests/support/fake_agent.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>

namespace vitrail::test {
namespace {

/// The daemon's end of the socket in the test's hands.
class FakeAgentOverASocket : public ::testing::Test {
protected:
    void SetUp() override
    {
        std::string folder = "/tmp/vitrail-agent-XXXXXX";
        ASSERT_NE(mkdtemp(folder.data()), nullptr);
        folder_ = folder;
        int ends[2];
        ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        daemon_.reset(ends[1]);
        auto agent = FakeAgent::adopt({.vchan_folder = {}, .grant_folder = folder_, .domain = 5},
                                      Fd(ends[0]));
        ASSERT_TRUE(agent) << agent.error().message();
        agent_ = std::move(*agent);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    template <typename T> T take()
    {
        T value{};
        EXPECT_EQ(::recv(daemon_.get(), &value, sizeof(T), MSG_WAITALL),
                  static_cast<ssize_t>(sizeof(T)));
        return value;
    }
    template <typename T> void give(T const& value)
    {
        EXPECT_EQ(::send(daemon_.get(), &value, sizeof(T), 0), static_cast<ssize_t>(sizeof(T)));
    }
    void shake_hands()
    {
        EXPECT_EQ(take<std::uint32_t>(), 0x00010008u);
        give(std::uint32_t{0x00010008});
        give(wire::XConf{1280, 800, 24, 1000});
        ASSERT_TRUE(agent_->pump_until([&] { return agent_->connected(); }));
    }

    std::filesystem::path folder_;
    Fd daemon_;
    std::unique_ptr<FakeAgent> agent_;
};

TEST_F(FakeAgentOverASocket, it_says_its_version_first_and_learns_the_screen)
{
    shake_hands();
    EXPECT_EQ(agent_->xconf.width, 1280u);
    EXPECT_EQ(agent_->daemon_version, wire::version_1_8);
}

TEST_F(FakeAgentOverASocket, a_window_is_announced_in_the_order_of_a_real_agent)
{
    shake_hands();
    agent_->open(9, {.x = 10, .y = 20, .width = 64, .height = 32, .color = 0xabcdef});
    std::vector<std::uint32_t> order;
    for (int i = 0; i < 5; ++i) {
        auto const header = take<wire::Header>();
        EXPECT_EQ(header.window, 9u);
        order.push_back(header.type);
        std::vector<std::byte> body(header.length);
        if (!body.empty()) {
            EXPECT_EQ(::recv(daemon_.get(), body.data(), body.size(), MSG_WAITALL),
                      static_cast<ssize_t>(body.size()));
        }
    }
    EXPECT_EQ(order, (std::vector<std::uint32_t>{130, 141, 132, 147, 136}));
    EXPECT_EQ(agent_->pixels(9)[0], 0xabcdefu);
}

TEST_F(FakeAgentOverASocket, a_configure_that_comes_a_byte_at_a_time_is_answered_once)
{
    shake_hands();
    agent_->open(9, {.width = 64, .height = 32});
    struct {
        wire::Header header{134, 9, sizeof(wire::Configure)};
        wire::Configure body{1, 2, 64, 32, 0};
    } const message;
    auto const bytes = std::as_bytes(std::span(&message, 1));
    for (std::byte const byte : bytes) {
        give(byte);
        agent_->wait_and_pump(std::chrono::seconds(1));
    }
    ASSERT_TRUE(agent_->pump_until([&] { return agent_->count(wire::Type::configure) == 1; }));
    EXPECT_EQ(agent_->geometry(9), (Rect{1, 2, 64, 32}));
}

TEST_F(FakeAgentOverASocket, the_daemons_end_is_noticed)
{
    shake_hands();
    daemon_.reset();
    EXPECT_TRUE(agent_->pump_until([&] { return agent_->dropped(); }));
}

} // namespace
} // namespace vitrail::test
