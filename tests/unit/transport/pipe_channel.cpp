// Two pipes as one connection: bytes both ways, the end of a peer, a peer that does not read.

#include "lib/transport/pipe_channel.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::transport {
namespace {

class PipeChannelTest : public testing::Test {
protected:
    PipeChannelTest()
    {
        std::signal(SIGPIPE, SIG_IGN);
        auto ends = make_pipe_ends();
        one_ = std::make_unique<PipeChannel>(std::move(ends->first));
        other_ = std::make_unique<PipeChannel>(std::move(ends->second));
    }
    static void send(PipeChannel& from, std::string_view text)
    {
        EXPECT_TRUE(from.write(std::as_bytes(std::span(text))));
        from.flush();
    }
    static std::string take(PipeChannel& from)
    {
        std::string text(100000, '\0');
        auto const got = from.read(std::as_writable_bytes(std::span(text)));
        text.resize(got.value_or(0));
        return text;
    }

    std::unique_ptr<PipeChannel> one_, other_;
};

TEST_F(PipeChannelTest, carries_bytes_both_ways)
{
    send(*one_, "there");
    send(*other_, "and back");
    EXPECT_EQ(take(*other_), "there");
    EXPECT_EQ(take(*one_), "and back");
    EXPECT_EQ(take(*one_), "");
    EXPECT_EQ(one_->state(), Channel::State::connected);
}

TEST_F(PipeChannelTest, tells_the_peers_end_after_what_it_sent)
{
    send(*one_, "last words");
    one_.reset();
    EXPECT_EQ(take(*other_), "last words");
    EXPECT_EQ(take(*other_), "");
    EXPECT_EQ(other_->state(), Channel::State::disconnected);
}

TEST_F(PipeChannelTest, keeps_what_a_peer_does_not_read_up_to_a_bound)
{
    std::vector<std::byte> const block(1 << 16);
    std::size_t taken = 0;
    while (one_->write(block))
        taken += block.size();
    EXPECT_GE(taken, default_queue_bound);
    EXPECT_TRUE(one_->wants_write());
    std::size_t came = 0;
    while (came < taken) {
        std::size_t const part = take(*other_).size();
        ASSERT_GT(part, 0U);
        came += part;
        one_->flush();
    }
    EXPECT_FALSE(one_->wants_write());
}

TEST_F(PipeChannelTest, forgets_what_nobody_will_read)
{
    other_.reset();
    send(*one_, "lost");
    EXPECT_FALSE(one_->wants_write());
    EXPECT_EQ(one_->queued(), 0U);
}

TEST_F(PipeChannelTest, has_a_descriptor_for_each_direction)
{
    EXPECT_NE(one_->fd(), one_->writing_fd());
}

} // namespace
} // namespace vitrail::transport
