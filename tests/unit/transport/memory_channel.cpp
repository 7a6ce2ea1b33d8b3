#include "lib/transport/memory_channel.hpp"

#include <gtest/gtest.h>

#include <array>

namespace vitrail::transport {
namespace {

std::vector<std::byte> bytes_of(std::string_view text)
{
    auto const bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

TEST(MemoryChannel, gives_what_the_peer_sent_as_far_as_there_is_room)
{
    MemoryPeer peer;
    MemoryChannel channel(peer);
    peer.sent = bytes_of("abcde");
    std::array<std::byte, 3> bytes;
    EXPECT_EQ(channel.read(bytes).value_or(0), 3u);
    EXPECT_EQ(channel.read(bytes).value_or(0), 2u);
    EXPECT_EQ(bytes[1], std::byte{'e'});
    EXPECT_EQ(channel.read(bytes).value_or(1), 0u);
}

TEST(MemoryChannel, what_the_peer_sent_before_its_end_is_read_first)
{
    MemoryPeer peer;
    MemoryChannel channel(peer);
    peer.sent = bytes_of("abc");
    peer.closed = true;
    EXPECT_EQ(channel.state(), Channel::State::connected);
    std::array<std::byte, 8> bytes;
    EXPECT_EQ(channel.read(bytes).value_or(0), 3u);
    EXPECT_EQ(channel.state(), Channel::State::disconnected);
    EXPECT_TRUE(channel.write(bytes)) << "nobody will miss it";
    EXPECT_TRUE(peer.received.empty());
}

TEST(MemoryChannel, a_peer_that_does_not_read_fills_the_queue_and_not_more)
{
    MemoryPeer peer;
    peer.capacity = 4;
    MemoryChannel channel(peer, 10);
    EXPECT_TRUE(channel.write(bytes_of("0123456789")));
    EXPECT_EQ(channel.queued(), 6u);
    EXPECT_TRUE(channel.wants_write());
    EXPECT_FALSE(channel.write(bytes_of("01234")));
    EXPECT_EQ(channel.queued(), 6u);
    EXPECT_TRUE(channel.write(bytes_of("0123")));
    peer.capacity = 100;
    channel.flush();
    EXPECT_EQ(peer.received, bytes_of("01234567890123"));
    EXPECT_FALSE(channel.wants_write());
}

} // namespace
} // namespace vitrail::transport
