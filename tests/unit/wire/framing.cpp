// The stream between two messages: handshake, what is passed over, what ends it; and what is said
// and kept of it afterwards.

#include "lib/wire/framing.hpp"
#include "lib/wire/build.hpp"
#include "lib/wire/parse.hpp"
#include "lib/wire/trace.hpp"

#include <gtest/gtest.h>

#include <sys/mman.h>
#include <unistd.h>

#include <set>
#include <string>

namespace vitrail::wire {
namespace {

Bytes daemon_start()
{
    Bytes out;
    build_version(out, version_1_8);
    build_xconf(out, {1280, 800});
    return out;
}

/// Feeds a byte at a time; the types of the messages that came out.
std::vector<std::uint32_t> types_of(Bytes const& stream, From sender)
{
    Splitter splitter(sender);
    std::vector<std::uint32_t> types;
    for (std::size_t at = 0; at < stream.size(); ++at) {
        std::span<std::byte const> input = std::span(stream).subspan(at, 1);
        for (;;) {
            auto const event = splitter.next(input);
            if (!event) {
                ADD_FAILURE() << event.error().describe();
                return types;
            }
            if (!*event)
                break;
            if (std::holds_alternative<PeerVersion>(**event))
                splitter.set_version(version_1_8);
            if (auto const* const frame = std::get_if<Frame>(&**event))
                types.push_back(frame->header.type);
        }
    }
    return types;
}

TEST(Agent, passes_over_what_it_does_not_know_and_what_is_dead)
{
    Bytes stream = daemon_start();
    build_raw(stream, 0x7777U, 5, Bytes(300));
    build_raw(stream, 0x7778U, 5, {});
    build_raw(stream, static_cast<std::uint32_t>(Type::resize), 5, Bytes(8));
    build_raw(stream, static_cast<std::uint32_t>(Type::execute), 5, Bytes(255));
    build_message(stream, from_daemon::Close{WindowId(5)});
    EXPECT_EQ(types_of(stream, From::daemon), std::vector<std::uint32_t>{137});
}

TEST(Splitter, repeats_the_violation_that_ended_it)
{
    Bytes stream;
    build_version(stream, version_1_8);
    build_raw(stream, 0x7777U, 5, {});
    build_message(stream, from_agent::Unmap{WindowId(5)});
    Splitter splitter(From::agent);
    std::span<std::byte const> input = stream;
    ASSERT_TRUE(splitter.next(input));
    splitter.set_version(version_1_8);
    for (int i = 0; i < 3; ++i) {
        auto const event = splitter.next(input);
        ASSERT_FALSE(event);
        EXPECT_EQ(event.error().rule, Rule::unknown_type);
        EXPECT_EQ(event.error().type, 0x7777U);
    }
}

TEST(Splitter, keeps_nothing_between_messages)
{
    Bytes stream;
    build_version(stream, version_1_8);
    build_message(stream, from_agent::Unmap{WindowId(5)});
    Splitter splitter(From::agent);
    std::span<std::byte const> first = std::span(stream).first(9);
    ASSERT_TRUE(splitter.next(first));
    splitter.set_version(version_1_8);
    ASSERT_TRUE(splitter.next(first));
    EXPECT_EQ(splitter.buffered(), 5U);
    std::span<std::byte const> rest = std::span(stream).subspan(9);
    auto const event = splitter.next(rest);
    ASSERT_TRUE(event);
    ASSERT_TRUE(*event);
    EXPECT_EQ(std::get<Frame>(**event).header.type, 133U);
    ASSERT_TRUE(splitter.next(rest));
    EXPECT_EQ(splitter.buffered(), 0U);
    EXPECT_EQ(splitter.version(), version_1_8);
}

TEST(Answer, of_a_daemon_is_one_that_the_agent_offered_and_can_speak)
{
    struct {
        ProtocolVersion answer, offered;
        bool taken;
    } const cases[]{
        {{1, 8}, version_extended, true},
        {version_extended, version_extended, true},
        {{1, 4}, version_extended, true},
        {{1, 3}, version_extended, false},
        {{0, 8}, version_extended, false},
        {{2, 8}, version_extended, false},
        {{1, 9}, version_extended, false},
        {{1, 0x8009}, version_extended, false},
        {version_extended, {1, 8}, false},
        {{1, 7}, {1, 6}, false},
        {{1, 8}, {1, 8}, true},
    };
    for (auto const& one : cases) {
        auto const checked = check_answer(one.answer, one.offered);
        EXPECT_EQ(checked.has_value(), one.taken) << one.answer.to_wire();
        if (checked)
            EXPECT_EQ(*checked, one.answer);
        else
            EXPECT_EQ(checked.error().rule, Rule::bad_version);
    }
}

TEST(Answer, to_an_agent_is_given_from_1_4_on)
{
    EXPECT_FALSE(answers_version({1, 3}));
    EXPECT_TRUE(answers_version({1, 4}));
    EXPECT_TRUE(answers_version(version_extended));
}

TEST(Clipboard, is_as_long_as_its_version_allows)
{
    auto const rule_of = [](std::uint32_t length, ProtocolVersion version) {
        auto const verdict = check_header({140, 0, length}, From::agent, version);
        return verdict ? std::string("taken") : std::string(name(verdict.error().rule));
    };
    EXPECT_EQ(rule_of(65000, {1, 7}), "taken");
    EXPECT_EQ(rule_of(65001, {1, 7}), "clipboard_too_large");
    EXPECT_EQ(rule_of(256000, version_1_8), "taken");
    EXPECT_EQ(rule_of(256001, version_1_8), "taken"); // "too large" is said so
    EXPECT_EQ(rule_of(256002, version_1_8), "clipboard_too_large");

    Bytes const body(256001);
    auto const parsed = parse_agent_message({140, 0, 256001}, body, version_1_8);
    ASSERT_TRUE(parsed);
    EXPECT_TRUE(std::get<from_agent::ClipboardData>(*parsed).too_large);
}

TEST(Body, of_another_size_than_the_table_has_is_refused)
{
    Bytes const body(19);
    EXPECT_EQ(parse_agent_message({134, 5, 20}, body, version_1_8).error().rule, Rule::bad_length);
    EXPECT_EQ(parse_agent_message({134, 5, 20}, body, {1, 0}).error().rule, Rule::bad_length);
    EXPECT_EQ(parse_daemon_message({0x7777, 5, 0}, {}, version_1_8).error().rule,
              Rule::unknown_type);
}

TEST(Screen, of_a_qube_is_at_least_a_pixel_and_at_most_the_limit)
{
    EXPECT_EQ(check_xconf({0, 0, 24, 0}), (Size{1, 1}));
    EXPECT_EQ(check_xconf({1920, 1080, 24, 0}), (Size{1920, 1080}));
    EXPECT_EQ(check_xconf({0xffffffff, 0x80000000, 24, 0}), (Size{16384, 16384}));
}

TEST(Rules, have_each_a_name_of_their_own)
{
    std::set<std::string_view> names;
    for (int i = 0; i <= static_cast<int>(Rule::flood); ++i)
        names.insert(name(static_cast<Rule>(i)));
    EXPECT_EQ(names.size(), static_cast<std::size_t>(Rule::flood) + 1);
    EXPECT_FALSE(names.contains("unnamed rule"));
    EXPECT_EQ(name(static_cast<Rule>(255)), "unnamed rule");
}

TEST(Violation, is_described_by_rule_message_window_and_number)
{
    EXPECT_EQ((Violation{Rule::bad_geometry, 130, 5, 0}.describe()),
              "bad_geometry in CREATE of window 0x5: 0");
    EXPECT_EQ((Violation{Rule::unknown_type, 9999, 0, 7}.describe()),
              "unknown_type in type 9999 of window 0x0: 7");
}

TEST(Trace, keeps_the_last_messages_in_order)
{
    Trace trace;
    EXPECT_EQ(trace.dump(), "");
    trace.add(From::agent, {130, 5, 24}, std::chrono::microseconds(12'345'678));
    trace.add(From::daemon, {9999, 5, 0}, std::chrono::seconds(13));
    EXPECT_EQ(trace.dump(), "12.345678 agent CREATE(130) window 0x5 length 24\n"
                            "13.000000 guid  unknown(9999) window 0x5 length 0\n");
    for (std::uint32_t i = 0; i < Trace::capacity; ++i)
        trace.add(From::agent, {136, i, 16}, std::chrono::seconds(i));
    EXPECT_EQ(trace.size(), Trace::capacity);
    std::string const text = trace.dump();
    EXPECT_TRUE(text.starts_with("0.000000 agent SHMIMAGE(136) window 0 length 16\n"));
    EXPECT_EQ(std::ranges::count(text, '\n'), static_cast<std::ptrdiff_t>(Trace::capacity));
}

TEST(Trace, is_written_to_a_descriptor_as_it_is_told)
{
    Trace trace;
    trace.add(From::agent, {133, 5, 0}, std::chrono::seconds(1));
    trace.add(From::agent, {131, 5, 0}, std::chrono::seconds(2));
    int const file = memfd_create("trace", MFD_CLOEXEC);
    ASSERT_GE(file, 0);
    trace.dump_to(file);
    std::string text(4096, '\0');
    auto const got = pread(file, text.data(), text.size(), 0);
    ASSERT_GT(got, 0);
    text.resize(static_cast<std::size_t>(got));
    EXPECT_EQ(text, trace.dump());
    close(file);
    trace.dump_to(-1); // nowhere to write is no reason to fail
}

} // namespace
} // namespace vitrail::wire
