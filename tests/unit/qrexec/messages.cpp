// What is built is parsed to the same again; what a message may not hold is refused, or makes a
// request that is refused.

#include "lib/qrexec/build.hpp"
#include "lib/qrexec/parse.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace vitrail::qrexec {
namespace {

template <typename Parse> auto parsed(Bytes const& bytes, Stream stream, Parse parse)
{
    Splitter splitter(stream);
    std::span<std::byte const> input = bytes;
    Header header{};
    std::memcpy(&header, bytes.data(), sizeof header);
    EXPECT_TRUE(check_header(header, stream, header.type == 0x210 ? 2 : 4));
    return parse(Frame{static_cast<Type>(header.type), std::span(bytes).subspan(sizeof header)});
}

template <typename Message, typename Parse>
void expect_same(Message const& message, Stream stream, Parse parse)
{
    Bytes bytes;
    build(bytes, message);
    auto const again = parsed(bytes, stream, parse);
    ASSERT_TRUE(again) << again.error().describe();
    ASSERT_TRUE(std::holds_alternative<Message>(*again));
    EXPECT_EQ(std::get<Message>(*again), message);
}

Trigger trigger(std::string_view service)
{
    return {RequestId::of("SOCKET7"), "personal", "", parse_service(service)};
}

TEST(Message, of_an_agent_is_read_as_it_was_built)
{
    expect_same(Hello{3}, Stream::agent_to_daemon, parse_from_agent);
    expect_same(Terminated{DomainId(7), 513}, Stream::agent_to_daemon, parse_from_agent);
    for (std::uint32_t version = 2; version <= 4; ++version)
        for (char const* const service : {"qubes.Filecopy+", "a+b+c", "a"}) {
            Bytes bytes;
            Trigger request = trigger(service);
            if (version == 4)
                request.source = "relayed";
            build(bytes, request, version);
            auto const again = parsed(bytes, Stream::agent_to_daemon, parse_from_agent);
            ASSERT_TRUE(again);
            EXPECT_EQ(std::get<Trigger>(*again), request) << version;
        }
}

TEST(Message, of_a_daemon_is_read_as_it_was_built)
{
    expect_same(Hello{4}, Stream::daemon_to_agent, parse_from_daemon);
    expect_same(CallPipes{DomainId(7), 513}, Stream::daemon_to_agent, parse_from_daemon);
    expect_same(Execute{false, DomainId(0), 513, "user:ls"}, Stream::daemon_to_agent,
                parse_from_daemon);
    expect_same(Execute{true, DomainId(5), 768, ""}, Stream::daemon_to_agent, parse_from_daemon);
    expect_same(Connect{DomainId(5), 700, RequestId::of("SOCKET9")}, Stream::daemon_to_agent,
                parse_from_daemon);
    expect_same(Refused{RequestId::of("SOCKET9")}, Stream::daemon_to_agent, parse_from_daemon);
}

TEST(Message, of_a_client_and_its_answer_are_read_as_they_were_built)
{
    expect_same(Hello{3}, Stream::client_to_daemon, parse_from_client);
    expect_same(Execute{false, DomainId(0), 0, "user:ls"}, Stream::client_to_daemon,
                parse_from_client);
    expect_same(Connect{DomainId(5), 700, RequestId::of("SOCKET9")}, Stream::client_to_daemon,
                parse_from_client);
    expect_same(Assigned{Type::just_exec, DomainId(5), 513}, Stream::daemon_to_client,
                parse_answer);
    expect_same(Assigned{Type::service_connect, DomainId(5), 513}, Stream::daemon_to_client,
                parse_answer);
}

TEST(Message, of_a_call_is_read_as_it_was_built)
{
    expect_same(Hello{4}, Stream::to_caller, parse_call);
    expect_same(ExitCode{-1}, Stream::to_caller, parse_call);
    Bytes bytes;
    build(bytes, Data{Type::data_stderr, std::as_bytes(std::span("text", 4))});
    auto const data = parsed(bytes, Stream::to_caller, parse_call);
    ASSERT_TRUE(data);
    EXPECT_EQ(std::get<Data>(*data).type, Type::data_stderr);
    EXPECT_EQ(std::get<Data>(*data).bytes.size(), 4U);
}

TEST(ExitCode, that_is_too_short_is_255)
{
    for (std::size_t length = 0; length < 4; ++length) {
        Bytes const body(length);
        auto const code = parse_call({Type::data_exit_code, body});
        ASSERT_TRUE(code);
        EXPECT_EQ(std::get<ExitCode>(*code).code, 255);
    }
    EXPECT_FALSE(parse_call({Type::data_exit_code, Bytes(5)}));
}

TEST(Port, is_a_data_port_or_left_to_the_daemon_by_a_client)
{
    for (std::uint32_t const port : {1U, 512U, 769U, 0xffffffffU}) {
        Bytes bytes;
        build(bytes, Execute{false, DomainId(0), port, "user:x"});
        EXPECT_EQ(parsed(bytes, Stream::client_to_daemon, parse_from_client).error().rule,
                  Rule::bad_port);
        EXPECT_EQ(parsed(bytes, Stream::daemon_to_agent, parse_from_daemon).error().rule,
                  Rule::bad_port);
        bytes.clear();
        build(bytes, Terminated{DomainId(0), port});
        EXPECT_EQ(parsed(bytes, Stream::agent_to_daemon, parse_from_agent).error().rule,
                  Rule::bad_port);
    }
    Bytes chosen;
    build(chosen, Execute{false, DomainId(0), 0, "user:x"});
    EXPECT_FALSE(parsed(chosen, Stream::daemon_to_agent, parse_from_daemon));
}

TEST(Command, ends_with_the_only_nul_in_it)
{
    for (std::string_view const text :
         {std::string_view("user:x"), std::string_view("a\0b\0", 4), std::string_view("\0\0", 2)}) {
        Bytes body(8);
        body[4] = std::byte{0x01};
        body[5] = std::byte{0x02}; // port 513
        auto const more = std::as_bytes(std::span(text));
        body.insert(body.end(), more.begin(), more.end());
        auto const result = parse_from_client({Type::exec_cmdline, body});
        ASSERT_FALSE(result) << text;
        EXPECT_EQ(result.error().rule, Rule::bad_text);
    }
}

Trigger raw_trigger(std::string_view ident, std::string_view target, std::string_view service)
{
    TriggerService4 head{};
    ident.copy(head.ident, sizeof head.ident);
    target.copy(head.target_domain, sizeof head.target_domain);
    Bytes body;
    auto const fixed = std::as_bytes(std::span(&head, 1));
    auto const tail = std::as_bytes(std::span(service));
    body.insert(body.end(), fixed.begin(), fixed.end());
    body.insert(body.end(), tail.begin(), tail.end());
    auto const result = parse_from_agent({Type::trigger_service4, body});
    EXPECT_TRUE(result);
    return std::get<Trigger>(*result);
}

TEST(Request, that_is_wrong_is_refused_and_the_connection_goes_on)
{
    std::string const nul(1, '\0');
    EXPECT_TRUE(raw_trigger("SOCKET1", "work", "a+b" + nul).call);
    EXPECT_TRUE(raw_trigger("SOCKET1", "", "a" + nul).call) << "no target is @default";
    EXPECT_FALSE(raw_trigger("SOCKET1", "work", "a+b").call) << "no NUL";
    EXPECT_FALSE(raw_trigger("SOCKET1", "work", "a" + nul + "b" + nul).call);
    EXPECT_FALSE(raw_trigger("SOCKET1", "work", nul).call) << "no name";
    EXPECT_FALSE(raw_trigger("SOCKET1", "work", "+b" + nul).call);
    EXPECT_FALSE(raw_trigger("", "work", "a+b" + nul).call);
    EXPECT_FALSE(raw_trigger("a/b", "work", "a+b" + nul).call);
    EXPECT_FALSE(raw_trigger("a" + nul + "b", "work", "a+b" + nul).call);
    EXPECT_FALSE(raw_trigger(std::string(32, 'x'), "work", "a+b" + nul).call);
    EXPECT_FALSE(raw_trigger("SOCKET1", std::string(64, 'x'), "a+b" + nul).call);
    EXPECT_FALSE(raw_trigger("SOCKET1", "w", std::string(256, 'x') + "+" + nul).call);
    EXPECT_EQ(raw_trigger("a/b", "work", "a+b" + nul).request, RequestId::of("a/b"))
        << "it is named in the refusal as it came";
}

TEST(Request, is_cleaned_before_anybody_sees_it)
{
    Trigger const got = raw_trigger("SOCKET1", "$dis;p", "a;b+c d" + std::string(1, '\0'));
    EXPECT_EQ(got.target, "_dis_p");
    ASSERT_TRUE(got.call);
    EXPECT_EQ(got.call->descriptor(), "a_b+c_d");
}

TEST(Body, of_every_wrong_length_is_refused_by_the_parsers_too)
{
    for (std::size_t length = 0; length < 300; ++length) {
        Bytes const body(length);
        for (Message const& row : messages) {
            Frame const frame{row.type, body};
            if (row.min_tail == 0 && row.max_tail == 0 && length != row.fixed) {
                EXPECT_FALSE((row.streams & bit(Stream::agent_to_daemon)) != 0 &&
                             parse_from_agent(frame));
                EXPECT_FALSE((row.streams & bit(Stream::daemon_to_agent)) != 0 &&
                             parse_from_daemon(frame));
                EXPECT_FALSE((row.streams & bit(Stream::client_to_daemon)) != 0 &&
                             parse_from_client(frame));
                EXPECT_FALSE((row.streams & bit(Stream::daemon_to_client)) != 0 &&
                             parse_answer(frame));
            }
        }
    }
}

TEST(Meeting, is_a_domain_and_a_data_port)
{
    Bytes bytes;
    build_meeting(bytes, Connect{DomainId(9), 515, {}});
    ASSERT_EQ(bytes.size(), sizeof(ExecParams));
    auto const place = parse_meeting(std::span<std::byte const, 8>(bytes.data(), 8));
    ASSERT_TRUE(place);
    EXPECT_EQ(place->domain, DomainId(9));
    EXPECT_EQ(place->port, 515U);
    Bytes const zero(8);
    EXPECT_FALSE(parse_meeting(std::span<std::byte const, 8>(zero.data(), 8)));
}

TEST(Violation, is_told_in_our_own_words)
{
    EXPECT_EQ((Violation{Rule::bad_length, 0x300, 5}).describe(), "bad_length in HELLO: 5");
    EXPECT_EQ((Violation{Rule::unknown_type, 7, 7}).describe(), "unknown_type in type 0x7: 7");
    for (int rule = 0; rule <= static_cast<int>(Rule::flood); ++rule)
        EXPECT_NE(name(static_cast<Rule>(rule)), "unnamed rule");
}

} // namespace
} // namespace vitrail::qrexec
