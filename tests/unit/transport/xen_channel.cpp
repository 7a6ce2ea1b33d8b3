#include "lib/transport/xen_channel.hpp"
#include "tests/unit/transport/fake_vchan.hpp"

#include <gtest/gtest.h>

#include <poll.h>

#include <array>
#include <utility>

namespace vitrail::transport {
namespace {

using State = Channel::State;
using vitrail::test::fake_vchan;

std::span<std::byte const> bytes_of(std::string_view text)
{
    return std::as_bytes(std::span(text));
}

class XenChannelTest : public testing::Test {
protected:
    ~XenChannelTest() override
    {
        channel_.reset();
        EXPECT_EQ(vitrail::test::open_vchans, 0);
    }
    void serve(std::size_t bound = default_queue_bound)
    {
        auto channel = XenChannel::serve(DomainId{3}, 6000, 64, bound);
        ASSERT_TRUE(channel) << channel.error().message();
        channel_ = *std::move(channel);
    }
    void connect(std::size_t bound = default_queue_bound)
    {
        auto channel = XenChannel::connect(DomainId{9}, DomainId{3}, 6000, bound);
        ASSERT_TRUE(channel) << channel.error().message();
        channel_ = *std::move(channel);
        fake_vchan->ring = 64;
    }
    [[nodiscard]] bool wakes() const
    {
        pollfd wanted{channel_->fd(), POLLIN, 0};
        return poll(&wanted, 1, 0) == 1;
    }
    /// What a loop that looks at levels reads in one turn of at most `most` bytes.
    std::string turn(std::size_t most)
    {
        channel_->handle_event();
        std::string bytes(most, '\0');
        auto const got = channel_->read(std::as_writable_bytes(std::span(bytes)));
        EXPECT_TRUE(got);
        bytes.resize(got.value_or(0));
        return bytes;
    }

    std::unique_ptr<XenChannel> channel_;
};

TEST_F(XenChannelTest, both_ends_meet_at_the_ecosystems_place_in_xenstore)
{
    serve();
    EXPECT_EQ(fake_vchan->path, "data/vchan/3/6000");
    EXPECT_EQ(fake_vchan->domain, 3);
    channel_.reset();
    connect();
    EXPECT_EQ(fake_vchan->path, "/local/domain/9/data/vchan/3/6000");
    EXPECT_EQ(fake_vchan->domain, 9);
}

TEST_F(XenChannelTest, without_a_server_or_without_xen_the_error_says_which_domain_and_port)
{
    vitrail::test::fake_vchan_error = ENOENT;
    auto const client = XenChannel::connect(DomainId{9}, DomainId{3}, 6000);
    auto const server = XenChannel::serve(DomainId{3}, 4713);
    vitrail::test::fake_vchan_error = 0;
    ASSERT_FALSE(client);
    EXPECT_EQ(client.error().code, ENOENT);
    EXPECT_NE(client.error().what.find("domain 9 at port 6000"), std::string::npos);
    ASSERT_FALSE(server);
    EXPECT_NE(server.error().what.find("domain 3 at port 4713"), std::string::npos);
}

TEST_F(XenChannelTest, while_nobody_is_connected_nothing_is_read_and_what_is_written_is_forgotten)
{
    serve();
    EXPECT_EQ(channel_->state(), State::waiting);
    EXPECT_TRUE(channel_->write(bytes_of("too early")));
    channel_->flush();
    EXPECT_EQ(channel_->queued(), 0u);
    std::array<std::byte, 8> bytes;
    EXPECT_EQ(channel_->read(bytes).value_or(1), 0u);
    EXPECT_FALSE(wakes());
}

TEST_F(XenChannelTest, the_client_that_connects_is_an_event)
{
    serve();
    fake_vchan->peer_connects();
    EXPECT_TRUE(wakes());
    channel_->handle_event();
    EXPECT_EQ(channel_->state(), State::connected);
    EXPECT_FALSE(wakes()) << "acknowledged";
    EXPECT_TRUE(channel_->write(bytes_of("hello")));
    channel_->flush();
    EXPECT_EQ(fake_vchan->peer_reads(), "hello");
}

TEST_F(XenChannelTest, one_event_for_much_keeps_the_loop_awake_until_all_is_read)
{
    connect();
    fake_vchan->peer_sends("0123456789");
    std::string all;
    int turns = 0;
    while (wakes()) {
        all += turn(4);
        ASSERT_LT(++turns, 10);
    }
    EXPECT_EQ(all, "0123456789");
    fake_vchan->peer_sends("more");
    EXPECT_TRUE(wakes());
    EXPECT_EQ(turn(64), "more");
    EXPECT_FALSE(wakes());
}

TEST_F(XenChannelTest, an_event_that_says_nothing_new_is_acknowledged_and_nothing_waits)
{
    connect();
    fake_vchan->kick();
    EXPECT_EQ(turn(64), "");
    EXPECT_FALSE(wakes());
    channel_->handle_event(); // without any: would stand still if it waited
    EXPECT_EQ(channel_->state(), State::connected);
}

TEST_F(XenChannelTest, a_peer_that_does_not_read_fills_the_ring_and_the_queue_and_not_more)
{
    connect(100);
    std::size_t taken = 0;
    while (channel_->write(bytes_of("0123456789"))) {
        taken += 10;
        ASSERT_LE(taken, 164u);
    }
    EXPECT_EQ(taken, 160u) << "64 in the ring, 100 in the queue, whole messages only";
    EXPECT_LE(channel_->queued(), 100u);
    EXPECT_FALSE(channel_->wants_write()) << "the event device can always be written";
}

TEST_F(XenChannelTest, space_in_the_ring_is_an_event_and_every_byte_arrives_in_order)
{
    connect(1000);
    std::string expected, heard;
    for (int i = 0; i < 90; ++i) {
        std::string const message = std::to_string(i) + " bottles";
        ASSERT_TRUE(channel_->write(bytes_of(message)));
        expected += message;
    }
    channel_->flush();
    while (heard.size() < expected.size()) {
        std::string const part = fake_vchan->peer_reads(7);
        ASSERT_FALSE(part.empty());
        heard += part;
        if (wakes()) {
            channel_->handle_event();
            channel_->flush();
        }
    }
    EXPECT_EQ(heard, expected);
    EXPECT_EQ(channel_->queued(), 0u);
}

TEST_F(XenChannelTest, what_the_peer_sent_before_its_end_is_read_first_and_the_loop_hears_of_both)
{
    connect();
    fake_vchan->peer_sends("last words");
    fake_vchan->peer_closes();
    EXPECT_EQ(channel_->state(), State::connected);
    EXPECT_EQ(turn(4), "last");
    ASSERT_TRUE(wakes());
    EXPECT_EQ(turn(64), " words");
    EXPECT_EQ(channel_->state(), State::disconnected);
    ASSERT_TRUE(wakes()) << "the end is still to be read";
    EXPECT_EQ(turn(64), "");
    EXPECT_EQ(channel_->state(), State::disconnected);
    EXPECT_FALSE(wakes());
    EXPECT_TRUE(channel_->write(bytes_of("anybody?")));
    EXPECT_EQ(channel_->queued(), 0u);
}

TEST_F(XenChannelTest, an_end_is_for_ever_whatever_the_peer_writes_to_the_page_later)
{
    connect();
    fake_vchan->peer_closes();
    EXPECT_EQ(turn(64), "");
    fake_vchan->live = 1;
    fake_vchan->peer_sends("back again");
    EXPECT_EQ(channel_->state(), State::disconnected);
    EXPECT_EQ(turn(64), "");
}

TEST_F(XenChannelTest, a_byte_that_means_nothing_is_a_peer_that_is_there)
{
    connect();
    for (int const live : {2, 3, 77, 255}) {
        fake_vchan->live = live;
        EXPECT_EQ(turn(64), "");
        EXPECT_EQ(channel_->state(), State::connected) << live;
    }
}

TEST_F(XenChannelTest, a_server_does_not_go_back_to_waiting)
{
    serve();
    fake_vchan->peer_connects();
    channel_->handle_event();
    fake_vchan->live = 2;
    EXPECT_EQ(channel_->state(), State::connected);
}

TEST_F(XenChannelTest, an_event_channel_that_broke_is_the_end_and_not_an_error)
{
    connect();
    ASSERT_TRUE(channel_->write(bytes_of("unsent")));
    fake_vchan->peer_sends("lost");
    fake_vchan->broken = true;
    channel_->flush();
    EXPECT_EQ(channel_->queued(), 0u);
    EXPECT_EQ(turn(64), "");
    EXPECT_EQ(channel_->state(), State::disconnected);
}

TEST_F(XenChannelTest, what_was_written_is_sent_before_the_end)
{
    connect();
    ASSERT_TRUE(channel_->write(bytes_of("last words")));
    channel_.reset();
    EXPECT_EQ(vitrail::test::left_for_peer, "last words");
}

TEST_F(XenChannelTest, reading_into_nothing_takes_nothing)
{
    connect();
    fake_vchan->peer_sends("later");
    EXPECT_EQ(channel_->read({}).value_or(1), 0u);
    EXPECT_EQ(turn(64), "later");
}

} // namespace
} // namespace vitrail::transport
