// The stream between two messages: what comes first, how it may be cut, what ends it.

#include "lib/qrexec/framing.hpp"
#include "lib/qrexec/build.hpp"
#include "lib/qrexec/parse.hpp"

#include <gtest/gtest.h>

#include <format>
#include <string>

namespace vitrail::qrexec {
namespace {

constexpr Stream all_streams[] = {Stream::agent_to_daemon,  Stream::daemon_to_agent,
                                  Stream::client_to_daemon, Stream::daemon_to_client,
                                  Stream::trigger,          Stream::to_service,
                                  Stream::to_caller};

std::string outcome(std::uint32_t type, std::uint32_t length, Stream stream, std::uint32_t version)
{
    auto const checked = check_header({type, length}, stream, version);
    return checked ? std::to_string(*checked) : std::string(name(checked.error().rule));
}

TEST(Header, of_every_message_is_taken_in_its_streams_and_versions_and_lengths_only)
{
    int rows = 0;
    for (Message const& row : messages)
        for (Stream const stream : all_streams)
            for (std::uint32_t version = lowest_version; version <= highest_version; ++version) {
                auto const type = static_cast<std::uint32_t>(row.type);
                SCOPED_TRACE(std::format("{} {} v{}", row.name, static_cast<int>(stream), version));
                if (!find_message(type, stream)) {
                    EXPECT_EQ(outcome(type, row.fixed, stream, version), "wrong_direction");
                    continue;
                }
                if ((row.streams & bit(stream)) == 0)
                    continue; // another row's
                ++rows;
                std::uint32_t const least = row.fixed + row.min_tail;
                std::uint32_t const most =
                    row.fixed + (is_data(row.type) ? max_chunk(version) : row.max_tail);
                if (version < row.since || version > row.until) {
                    EXPECT_EQ(outcome(type, least, stream, version), "wrong_version");
                    continue;
                }
                // Every length of a short message; both ends of a long one.
                for (std::uint32_t length = 0; length <= std::min(most + 1, 300U); ++length)
                    EXPECT_EQ(outcome(type, length, stream, version),
                              length >= least && length <= most ? std::to_string(length)
                                                                : "bad_length");
                EXPECT_EQ(outcome(type, most, stream, version), std::to_string(most));
                EXPECT_EQ(outcome(type, most + 1, stream, version), "bad_length");
                EXPECT_EQ(outcome(type, 0xffffffff, stream, version), "bad_length");
            }
    EXPECT_GT(rows, 40);
}

TEST(Header, of_a_type_that_nobody_has_is_refused)
{
    for (std::uint32_t const type : {0U, 1U, 0x18fU, 0x194U, 0x204U, 0x214U, 0x301U, 0xffffffffU})
        EXPECT_EQ(outcome(type, 0, Stream::agent_to_daemon, 4), "unknown_type") << type;
}

TEST(Version, is_the_lower_of_both_and_at_least_two)
{
    EXPECT_EQ(negotiate(2), 2U);
    EXPECT_EQ(negotiate(3), 3U);
    EXPECT_EQ(negotiate(0xffffffff), highest_version);
    EXPECT_EQ(negotiate(4, 3), 3U);
    EXPECT_FALSE(negotiate(1));
    EXPECT_FALSE(negotiate(0));
}

std::string types_of(Bytes const& stream, Stream kind, std::size_t step)
{
    Splitter splitter(kind);
    std::string types;
    for (std::size_t at = 0; at < stream.size(); at += step) {
        std::span<std::byte const> input =
            std::span(stream).subspan(at, std::min(step, stream.size() - at));
        while (true) {
            auto const frame = splitter.next(input);
            if (!frame)
                return types + std::string(name(frame.error().rule));
            if (!*frame)
                break;
            if ((*frame)->type == Type::hello)
                splitter.set_version(4);
            types += std::format("{:x}:{} ", static_cast<unsigned>((*frame)->type),
                                 (*frame)->body.size());
        }
    }
    return types + std::to_string(splitter.buffered());
}

TEST(Splitter, gives_the_same_messages_however_the_stream_is_cut)
{
    Bytes stream;
    build(stream, Hello{4});
    build(stream, Data{Type::data_stdout, std::as_bytes(std::span("some bytes", 10))});
    build(stream, Data{Type::data_stdout, {}});
    build(stream, ExitCode{3});
    for (std::size_t step = 1; step <= stream.size(); ++step)
        ASSERT_EQ(types_of(stream, Stream::to_caller, step), "300:4 191:10 191:0 193:4 0") << step;
    stream.resize(stream.size() - 1);
    EXPECT_EQ(types_of(stream, Stream::to_caller, 1000), "300:4 191:10 191:0 3");
}

TEST(Splitter, wants_hello_first_and_once)
{
    Bytes without;
    build(without, Data{Type::data_stdout, {}});
    EXPECT_EQ(types_of(without, Stream::to_caller, 1000), "wrong_state");
    Bytes twice;
    build(twice, Hello{4});
    build(twice, Hello{4});
    EXPECT_EQ(types_of(twice, Stream::to_caller, 1000), "300:4 wrong_state");
}

TEST(Splitter, of_a_qubes_own_requests_wants_no_hello)
{
    Bytes stream;
    build(stream, Trigger{RequestId::of("SOCKET"), "work", "", parse_service("a+b")}, 4);
    EXPECT_EQ(types_of(stream, Stream::trigger, 7), "213:164 0");
    Bytes hello;
    build(hello, Hello{4});
    EXPECT_EQ(types_of(hello, Stream::trigger, 1000), "wrong_direction");
}

TEST(Splitter, repeats_a_violation)
{
    Bytes stream;
    build_raw(stream, 5, {});
    Splitter splitter(Stream::to_caller);
    std::span<std::byte const> input = stream;
    auto const first = splitter.next(input);
    ASSERT_FALSE(first);
    build(stream, Hello{4});
    input = stream;
    EXPECT_EQ(splitter.next(input).error(), first.error());
}

TEST(Splitter, stores_no_body_that_is_too_long)
{
    Bytes stream;
    build(stream, Hello{2});
    Header const header{static_cast<std::uint32_t>(Type::data_stdin), max_chunk_2 + 1};
    auto const bytes = std::as_bytes(std::span(&header, 1));
    stream.insert(stream.end(), bytes.begin(), bytes.end());
    Splitter splitter(Stream::to_service);
    std::span<std::byte const> input = stream;
    ASSERT_TRUE(splitter.next(input)->has_value());
    splitter.set_version(2);
    EXPECT_EQ(splitter.next(input).error().rule, Rule::bad_length);
}

} // namespace
} // namespace vitrail::qrexec
