#include "lib/transport/socket_channel.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <numeric>
#include <vector>

namespace vitrail::transport {
namespace {

using State = Channel::State;

std::vector<std::byte> numbered(std::size_t count)
{
    std::vector<std::byte> bytes(count);
    for (std::size_t i = 0; i < count; ++i)
        bytes[i] = static_cast<std::byte>(i * 31 >> 3);
    return bytes;
}

class SocketChannelTest : public testing::Test {
protected:
    void SetUp() override { open(default_queue_bound); }
    void open(std::size_t bound)
    {
        int ends[2];
        ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        peer_.reset(ends[1]);
        auto channel = SocketChannel::adopt(Fd(ends[0]), bound);
        ASSERT_TRUE(channel);
        channel_ = *std::move(channel);
    }
    void say(std::string_view words) const
    {
        ASSERT_EQ(send(peer_.get(), words.data(), words.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(words.size()));
    }
    /// Everything that the peer can read now.
    std::vector<std::byte> heard()
    {
        std::vector<std::byte> all;
        std::array<std::byte, 4096> piece;
        for (ssize_t got; (got = recv(peer_.get(), piece.data(), piece.size(), MSG_DONTWAIT)) > 0;)
            all.insert(all.end(), piece.begin(), piece.begin() + got);
        return all;
    }
    /// Writes until the queue is full.
    std::size_t fill()
    {
        std::vector<std::byte> const chunk(65536);
        std::size_t taken = 0;
        while (channel_->write(chunk))
            taken += chunk.size();
        return taken;
    }

    Fd peer_;
    std::unique_ptr<SocketChannel> channel_;
};

TEST_F(SocketChannelTest, a_socket_that_blocks_is_made_one_that_does_not)
{
    EXPECT_NE(fcntl(channel_->fd(), F_GETFL) & O_NONBLOCK, 0);
    std::array<std::byte, 16> bytes;
    EXPECT_EQ(channel_->read(bytes).value_or(1), 0u); // a blocking one would stay here
    EXPECT_EQ(channel_->state(), State::connected);
}

TEST_F(SocketChannelTest, no_descriptor_is_an_error)
{
    auto const channel = SocketChannel::adopt(Fd());
    ASSERT_FALSE(channel);
    EXPECT_EQ(channel.error().code, EBADF);
}

TEST_F(SocketChannelTest, a_peer_that_sends_a_byte_at_a_time_is_heard_a_byte_at_a_time)
{
    std::string all;
    for (char const letter : std::string_view("slowly")) {
        say({&letter, 1});
        std::array<std::byte, 64> bytes;
        ASSERT_EQ(channel_->read(bytes).value_or(0), 1u);
        all += static_cast<char>(bytes[0]);
    }
    EXPECT_EQ(all, "slowly");
}

TEST_F(SocketChannelTest, reading_into_nothing_takes_nothing_and_is_not_the_peers_end)
{
    say("later");
    EXPECT_EQ(channel_->read({}).value_or(1), 0u);
    EXPECT_EQ(channel_->state(), State::connected);
    std::array<std::byte, 64> bytes;
    EXPECT_EQ(channel_->read(bytes).value_or(0), 5u);
}

TEST_F(SocketChannelTest, a_peer_that_closes_in_the_middle_of_a_message_is_read_to_the_end_first)
{
    say("half a mess");
    peer_.reset();
    std::array<std::byte, 4> bytes;
    std::size_t all = 0;
    for (std::size_t got; (got = channel_->read(bytes).value_or(0)) > 0;) {
        EXPECT_EQ(channel_->state(), State::connected);
        all += got;
    }
    EXPECT_EQ(all, 11u);
    EXPECT_EQ(channel_->state(), State::disconnected);
    EXPECT_EQ(channel_->read(bytes).value_or(1), 0u);
}

TEST_F(SocketChannelTest, a_peer_that_closes_without_having_read_is_gone_and_no_error_of_the_world)
{
    ASSERT_TRUE(channel_->write(numbered(1000)));
    channel_->flush();
    say("and this");
    peer_.reset(); // the kernel answers ECONNRESET now
    std::array<std::byte, 64> bytes;
    EXPECT_EQ(channel_->read(bytes).value_or(0), 8u);
    auto const end = channel_->read(bytes);
    ASSERT_TRUE(end) << end.error().message();
    EXPECT_EQ(*end, 0u);
    EXPECT_EQ(channel_->state(), State::disconnected);
}

TEST_F(SocketChannelTest, a_peer_that_does_not_read_fills_the_queue_and_not_more)
{
    EXPECT_GT(fill(), default_queue_bound - 65536); // the kernel's buffer comes on top
    EXPECT_LE(channel_->queued(), default_queue_bound);
    EXPECT_TRUE(channel_->wants_write());
    std::size_t const before = channel_->queued();
    EXPECT_FALSE(channel_->write(std::vector<std::byte>(default_queue_bound)));
    EXPECT_EQ(channel_->queued(), before) << "all of a message or none of it";
}

TEST_F(SocketChannelTest, one_write_can_be_as_large_as_the_bound_and_not_one_byte_larger)
{
    open(1000);
    EXPECT_FALSE(channel_->write(numbered(1001)));
    EXPECT_EQ(channel_->queued(), 0u);
    EXPECT_TRUE(channel_->write(numbered(1000)));
}

TEST_F(SocketChannelTest, a_peer_that_reads_again_gets_every_byte_in_order)
{
    std::vector<std::byte> const bytes = numbered(900'001);
    for (std::span<std::byte const> rest = bytes; !rest.empty();) {
        auto const part = rest.first(std::min<std::size_t>(rest.size(), 777));
        ASSERT_TRUE(channel_->write(part));
        rest = rest.subspan(part.size());
    }
    std::vector<std::byte> all;
    while (all.size() < bytes.size()) {
        channel_->flush();
        auto const some = heard();
        ASSERT_FALSE(some.empty());
        all.insert(all.end(), some.begin(), some.end());
    }
    EXPECT_EQ(all, bytes);
    EXPECT_FALSE(channel_->wants_write());
}

TEST_F(SocketChannelTest, writing_while_the_peer_reads_little_by_little_never_grows_the_queue)
{
    open(10'000);
    std::vector<std::byte> expected, all;
    for (int i = 0; i < 2000; ++i) {
        auto const message = numbered(static_cast<std::size_t>(i % 300 + 1));
        if (!channel_->write(message)) {
            auto const some = heard();
            all.insert(all.end(), some.begin(), some.end());
            ASSERT_TRUE(channel_->write(message));
        }
        expected.insert(expected.end(), message.begin(), message.end());
        ASSERT_LE(channel_->queued(), 10'000u);
    }
    while (all.size() < expected.size()) {
        channel_->flush();
        auto const some = heard();
        ASSERT_FALSE(some.empty());
        all.insert(all.end(), some.begin(), some.end());
    }
    EXPECT_EQ(all, expected);
}

TEST_F(SocketChannelTest, a_peer_that_hears_nothing_more_is_still_listened_to_and_wakes_no_loop)
{
    ASSERT_EQ(shutdown(peer_.get(), SHUT_RD), 0);
    ASSERT_TRUE(channel_->write(numbered(1000)));
    channel_->flush();
    EXPECT_FALSE(channel_->wants_write()); // or the loop would spin on a writable descriptor
    EXPECT_TRUE(channel_->write(numbered(2 * default_queue_bound))) << "nobody will miss it";
    EXPECT_EQ(channel_->queued(), 0u);
    say("still here");
    std::array<std::byte, 64> bytes;
    EXPECT_EQ(channel_->read(bytes).value_or(0), 10u);
    EXPECT_EQ(channel_->state(), State::connected);
}

TEST_F(SocketChannelTest, after_the_peers_end_writes_are_forgotten)
{
    ASSERT_TRUE(channel_->write(numbered(1000)));
    peer_.reset();
    std::array<std::byte, 64> bytes;
    EXPECT_EQ(channel_->read(bytes).value_or(1), 0u);
    EXPECT_EQ(channel_->state(), State::disconnected);
    EXPECT_EQ(channel_->queued(), 0u);
    for (int i = 0; i < 100; ++i)
        EXPECT_TRUE(channel_->write(numbered(65536)));
    EXPECT_FALSE(channel_->wants_write());
}

TEST_F(SocketChannelTest, what_was_written_is_sent_before_the_end)
{
    ASSERT_TRUE(channel_->write(numbered(500)));
    channel_.reset();
    EXPECT_EQ(heard(), numbered(500));
}

TEST_F(SocketChannelTest, descriptors_go_with_their_bytes_however_slowly_they_are_read)
{
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    auto receiver = SocketChannel::adopt(Fd(ends[0]));
    auto sender = SocketChannel::adopt(Fd(ends[1]));
    (*receiver)->accept_descriptors();
    auto const file = [] { return Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); };
    auto const lot = numbered(300000); // more than a socket holds
    ASSERT_TRUE((*sender)->write(lot));
    for (std::size_t count = 1; count <= 2; ++count) {
        std::vector<Fd> given;
        for (std::size_t i = 0; i < count; ++i)
            given.push_back(file());
        ASSERT_TRUE((*sender)->write_with(numbered(10), std::move(given)));
    }
    std::size_t read = 0;
    std::vector<std::size_t> came_at;
    std::vector<std::byte> piece(1000);
    while (read < lot.size() + 20) {
        (*sender)->flush();
        read += (*receiver)->read(piece).value_or(0);
        for (std::size_t i = (*receiver)->take_descriptors().size(); i > 0; --i)
            came_at.push_back(read);
    }
    ASSERT_EQ(came_at.size(), 3U);
    EXPECT_GT(came_at[0], lot.size());
    EXPECT_GT(came_at[1], lot.size() + 10);
}

TEST_F(SocketChannelTest, descriptors_that_nobody_expects_are_closed)
{
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    auto receiver = SocketChannel::adopt(Fd(ends[0]));
    auto sender = SocketChannel::adopt(Fd(ends[1]));
    std::vector<Fd> given;
    given.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    ASSERT_TRUE((*sender)->write_with(numbered(10), std::move(given)));
    (*sender)->flush();
    std::vector<std::byte> piece(100);
    EXPECT_EQ((*receiver)->read(piece).value_or(0), 10U);
    EXPECT_TRUE((*receiver)->take_descriptors().empty());
}

} // namespace
} // namespace vitrail::transport
