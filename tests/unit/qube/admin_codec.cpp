#include "lib/qube/admin_codec.hpp"

#include <gtest/gtest.h>

using namespace vitrail::qube;
using namespace std::string_literals;

TEST(Requests, carry_method_argument_source_destination_and_payload)
{
    auto const request = parse_request("admin.vm.property.Set+netvm dom0 name work\0sys-net"s);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->method, "admin.vm.property.Set");
    EXPECT_EQ(request->argument, "netvm");
    EXPECT_EQ(request->source.text, "dom0");
    EXPECT_EQ(request->destination, (Party{Party::Kind::name, "work"}));
    EXPECT_EQ(request->untrusted_payload, "sys-net");
    EXPECT_EQ(build_request(*request), "admin.vm.property.Set+netvm dom0 name work\0sys-net"s);
}

TEST(Requests, name_the_admin_domain_in_three_ways)
{
    for (auto const& text : {"m dom0 keyword adminvm\0"s, "m dom0 name dom0\0"s,
                             "m dom0 name uuid:00000000-0000-0000-0000-000000000000\0"s})
        EXPECT_EQ(parse_request(text)->destination.kind, Party::Kind::adminvm) << text;
}

TEST(Requests, keep_every_byte_of_the_payload)
{
    EXPECT_EQ(parse_request("m a name b\0\0x\n\0"s)->untrusted_payload, "\0x\n\0"s);
}

TEST(Requests, that_are_malformed_are_none)
{
    for (auto const& bad :
         {""s, "m dom0 name work"s, "m dom0 name\0"s, "m dom0 name work more\0"s,
          "m  dom0 name work\0"s, " dom0 name work\0"s, "m dom0 keyword default\0"s,
          "m dom0 keyword dom0\0"s, "m dom0 uuid work\0"s, "m 1a name work\0"s,
          "m dom0 name uuid:x\0"s, "m/x dom0 name work\0"s, "m+a/b dom0 name work\0"s,
          "m\n dom0 name work\0"s, std::string(300, 'm') + " dom0 name work\0"s})
        EXPECT_FALSE(parse_request(bad)) << bad;
}

TEST(Requests, are_at_most_64_KiB)
{
    std::string text = "m dom0 name work\0"s;
    text.resize(max_request, 'x');
    EXPECT_TRUE(parse_request(text));
    EXPECT_FALSE(parse_request(text + "x"));
}

TEST(Replies, are_success_exception_or_nothing)
{
    EXPECT_EQ(build_success("a\n"), "0\0a\n"s);
    EXPECT_EQ(build_exception({"QubesVMNotFoundError", "no such qube: 100%"}),
              "2\0QubesVMNotFoundError\0\0no such qube: 100%%\0"s);
    EXPECT_EQ(parse_reply("0\0a\n"s), "a\n");
    EXPECT_EQ(parse_reply("").error().type, "PermissionDenied");
    EXPECT_EQ(parse_reply("3\0"s).error().type, "ProtocolError");
    EXPECT_EQ(parse_reply("2\0X\0"s).error().type, "ProtocolError");
}

TEST(Replies, with_an_exception_come_back_as_its_message)
{
    AdminError const error{"QubesValueError", "100% of 'x'"};
    EXPECT_EQ(parse_reply(build_exception(error)).error(), error);
    EXPECT_EQ(parse_reply("2\0QubesException\0trace\0no %s in %d\0a\0b\0"s).error().message,
              "no a in b");
    EXPECT_EQ(parse_reply("2\0QubesException\0\0no %s in %s\0a\0"s).error().message, "no a in %s");
}

TEST(Events, have_a_subject_a_name_and_pairs)
{
    AdminEvent const event{"work", "property-set:label", {{"name", "label"}, {"newvalue", ""}}};
    EXPECT_EQ(build_event(event), "1\0work\0property-set:label\0name\0label\0newvalue\0\0\0"s);
    EXPECT_EQ(build_event({"", "connection-established", {}}), "1\0\0connection-established\0\0"s);
}

TEST(Events, arrive_in_any_pieces)
{
    AdminEvent const first{"", "connection-established", {}};
    AdminEvent const second{"work", "domain-start", {{"start_guid", "True"}}};
    std::string const bytes = build_event(first) + build_event(second);
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        EventParser parser;
        std::vector<AdminEvent> got;
        for (auto const& part : {bytes.substr(0, cut), bytes.substr(cut)}) {
            parser.feed(part);
            for (auto event = parser.next(); event && *event; event = parser.next())
                got.push_back(**event);
        }
        EXPECT_EQ(got, (std::vector{first, second})) << cut;
    }
}

TEST(Events, that_are_none_end_the_stream_with_their_exception)
{
    EventParser parser;
    parser.feed(build_exception({"QubesVMNotRunningError", "off"}));
    EXPECT_EQ(parser.next().error().type, "QubesVMNotRunningError");
    EventParser other;
    other.feed("0\0"s);
    EXPECT_EQ(other.next().error().type, "ProtocolError");
}

TEST(Exceptions, are_kinds_of_the_generic_one)
{
    EXPECT_TRUE(is_kind_of("QubesPropertyValueError", "QubesValueError"));
    EXPECT_TRUE(is_kind_of("Anything", "QubesException"));
    EXPECT_FALSE(is_kind_of("QubesValueError", "QubesPropertyValueError"));
}
