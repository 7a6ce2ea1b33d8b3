#include "lib/transport/clipboard_port.hpp"

#include <sys/socket.h>

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <vector>

namespace vitrail::test {
namespace {

using namespace transport;

struct Ends {
    Ends()
    {
        std::array<int, 2> made{};
        EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, made.data()), 0);
        ours.emplace(Fd(made[0]));
        theirs.emplace(Fd(made[1]));
    }
    std::optional<ClipboardPort> ours, theirs;
};

std::vector<std::byte> pattern(std::size_t size)
{
    std::vector<std::byte> bytes(size);
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<std::byte>(i * 7 + i / 251);
    return bytes;
}

/// Everything up to the record marked as the last.
std::vector<std::byte> all_of(ClipboardPort& from, ClipboardPort& sender)
{
    std::vector<std::byte> all;
    ClipboardPort::Received got;
    while (true) {
        auto const what = from.receive(got);
        if (what == ClipboardPort::Receive::nothing) {
            EXPECT_TRUE(sender.wants_write());
            EXPECT_TRUE(sender.flush());
            continue;
        }
        EXPECT_EQ(what, ClipboardPort::Receive::record);
        all.insert(all.end(), got.payload.begin(), got.payload.end());
        if (what == ClipboardPort::Receive::closed || (got.record.flags & clipboard_flag_last) != 0)
            return all;
    }
}

TEST(ClipboardPort, the_largest_data_arrives_whole_whatever_the_kernel_takes_at_once)
{
    Ends ends;
    int const small = 32768; // the kernel doubles it: a record fits, not all of them
    setsockopt(ends.ours->fd(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    for (std::size_t const size : {std::size_t{0}, std::size_t{1}, std::size_t{32768},
                                   std::size_t{32769}, std::size_t{256000}}) {
        auto const bytes = pattern(size);
        ASSERT_TRUE(ends.ours->send({ClipboardRecordKind::paste_data, 3, 0, 0}, bytes));
        EXPECT_EQ(all_of(*ends.theirs, *ends.ours), bytes);
        EXPECT_FALSE(ends.ours->wants_write());
    }
}

TEST(ClipboardPort, an_end_that_does_not_read_costs_a_bounded_queue)
{
    Ends ends;
    auto const bytes = pattern(256000);
    int taken = 0;
    while (ends.ours->send({ClipboardRecordKind::paste_data, 3, 0, 0}, bytes))
        ASSERT_LT(++taken, 10);
    EXPECT_GE(taken, 2);
}

TEST(ClipboardPort, what_is_no_record_ends_the_link)
{
    for (std::size_t const size : {std::size_t{0}, std::size_t{15},
                                   sizeof(ClipboardRecord) + clipboard_record_payload + 1}) {
        Ends ends;
        auto const bytes = pattern(size);
        ASSERT_EQ(send(ends.ours->fd(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(size));
        ClipboardPort::Received got;
        EXPECT_EQ(ends.theirs->receive(got), ClipboardPort::Receive::closed) << size;
    }
}

TEST(ClipboardPort, the_end_of_the_other_side_is_told)
{
    Ends ends;
    ends.theirs.reset();
    ClipboardPort::Received got;
    EXPECT_EQ(ends.ours->receive(got), ClipboardPort::Receive::closed);
    EXPECT_FALSE(ends.ours->send({ClipboardRecordKind::ask, 1, 0, 0}, {}));
}

} // namespace
} // namespace vitrail::test
