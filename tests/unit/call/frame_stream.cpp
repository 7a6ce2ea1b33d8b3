#include "lib/call/frame_stream.hpp"
#include "lib/os/line_socket.hpp"
#include "tests/unit/os/loop.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <string>

namespace vitrail::call {
namespace {

std::string word(std::uint32_t value)
{
    return {reinterpret_cast<char const*>(&value), sizeof value};
}
std::string frame(std::string const& text)
{
    return word(static_cast<std::uint32_t>(text.size())) + text;
}

class FrameStreamTest : public testing::Test {
protected:
    void SetUp() override
    {
        auto pair = socket_pair(SOCK_STREAM);
        ASSERT_TRUE(pair);
        peer_ = std::move(pair->second);
        stream_ = std::make_unique<FrameStream>(
            loop_.get(), both_ways(std::move(pair->first)), longest,
            FrameStream::Handlers{.word = [this](std::uint32_t value) { words_.push_back(value); },
                                  .frame =
                                      [this](std::span<std::byte const> bytes) {
                                          heard_.emplace_back(
                                              reinterpret_cast<char const*>(bytes.data()),
                                              bytes.size());
                                          if (pauses_)
                                              stream_->set_reading(false);
                                          if (ends_at_ == heard_.back())
                                              stream_.reset();
                                      },
                                  .end = [this] { ++ends_; },
                                  .drained = [this] { ++drained_; }});
    }
    void say(std::string const& bytes) const
    {
        ASSERT_EQ(send(peer_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
    }
    [[nodiscard]] bool hears(std::size_t count)
    {
        return loop_.until([&] { return heard_.size() == count; });
    }

    static constexpr std::size_t longest = 100;
    test::Turns loop_;
    Fd peer_;
    std::vector<std::uint32_t> words_;
    std::vector<std::string> heard_;
    bool pauses_ = false;
    std::string ends_at_ = "never";
    int ends_ = 0;
    int drained_ = 0;
    std::unique_ptr<FrameStream> stream_;
};

TEST_F(FrameStreamTest, frames_are_told_whole_however_they_are_cut)
{
    stream_->expect_word();
    std::string const all = word(7) + frame("one") + frame("") + frame(std::string(longest, 'x'));
    for (char const c : all)
        say(std::string(1, c));
    ASSERT_TRUE(hears(3));
    EXPECT_EQ(words_, std::vector<std::uint32_t>{7});
    EXPECT_EQ(heard_, (std::vector<std::string>{"one", "", std::string(longest, 'x')}));
    EXPECT_EQ(ends_, 0);
}

TEST_F(FrameStreamTest, a_frame_that_is_too_long_is_the_end)
{
    say(frame("good") + word(longest + 1) + "rest");
    ASSERT_TRUE(loop_.until([&] { return ends_ == 1; }));
    EXPECT_EQ(heard_, std::vector<std::string>{"good"});
    EXPECT_TRUE(loop_.idle());
}

TEST_F(FrameStreamTest, what_came_before_the_peers_end_is_told_and_half_a_frame_is_not)
{
    say(frame("last") + word(5) + "hal");
    peer_.reset();
    ASSERT_TRUE(loop_.until([&] { return ends_ == 1; }));
    EXPECT_EQ(heard_, std::vector<std::string>{"last"});
    EXPECT_TRUE(loop_.idle());
}

TEST_F(FrameStreamTest, a_stream_that_does_not_read_keeps_the_order_and_loses_nothing)
{
    pauses_ = true;
    say(frame("a") + frame("b") + frame("c"));
    ASSERT_TRUE(hears(1));
    EXPECT_TRUE(loop_.idle());
    for (std::size_t next = 2; next <= 3; ++next) {
        stream_->set_reading(true);
        wl_event_loop_dispatch_idle(loop_.get());
        EXPECT_EQ(heard_.size(), next);
    }
    peer_.reset();
    EXPECT_EQ(ends_, 0);
    stream_->set_reading(true);
    ASSERT_TRUE(loop_.until([&] { return ends_ == 1; }));
    EXPECT_EQ(heard_, (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(FrameStreamTest, a_handler_may_end_the_stream)
{
    ends_at_ = "b";
    say(frame("a") + frame("b") + frame("c"));
    ASSERT_TRUE(hears(2));
    EXPECT_FALSE(stream_);
    EXPECT_EQ(ends_, 0);
}

TEST_F(FrameStreamTest, what_does_not_go_out_waits_and_its_end_is_told)
{
    std::string const much(1 << 20, 'm');
    stream_->send_word(9);
    stream_->send_frame(std::as_bytes(std::span(much)));
    EXPECT_GT(stream_->queued(), 0U);
    std::string got;
    std::array<char, 65536> bytes{};
    auto const take_all = [&] {
        for (ssize_t count = 1; count > 0;) {
            count = recv(peer_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
            if (count > 0)
                got.append(bytes.data(), static_cast<std::size_t>(count));
        }
    };
    EXPECT_TRUE(loop_.until([&] {
        take_all();
        return drained_ == 1;
    }));
    take_all();
    EXPECT_TRUE(got == word(9) + frame(much));
    EXPECT_EQ(stream_->queued(), 0U);
}

} // namespace
} // namespace vitrail::call
