// What the zone takes from who talks to it, and what a look-up child may say.

#include "services/network/request.hpp"

#include "services/network/lookup.hpp"

#include <gtest/gtest.h>

using namespace vitrail::network;

namespace {

std::string refusal(std::string_view line)
{
    auto const request = parse_request(line);
    return request ? "taken" : request.error().message();
}

} // namespace

TEST(ZoneRequests, are_taken_when_every_part_is_right)
{
    auto const add =
        parse_request(R"({"op":"add","qube":"work","number":7,"provides":false,"uplink":true})");
    ASSERT_TRUE(add);
    EXPECT_EQ(std::get<request::Add>(*add).qube, "work");
    EXPECT_EQ(std::get<request::Add>(*add).number, 7U);
    EXPECT_TRUE(std::get<request::Add>(*add).uplink);
    auto const adopt =
        parse_request(R"({"op":"adopt","qube":"work","number":7,"provides":true,"uplink":false})");
    ASSERT_TRUE(adopt);
    EXPECT_TRUE(std::get<request::Adopt>(*adopt).about.provides);
    auto const connect = parse_request(
        R"({"op":"connect","qube":"work","netvm":"","ip":"10.137.0.7","ip6":"FD09::7"})");
    ASSERT_TRUE(connect);
    EXPECT_EQ(std::get<request::Connect>(*connect).addresses, (Addresses{"10.137.0.7", "fd09::7"}));
    auto const firewall = parse_request(
        R"({"op":"firewall","qube":"work","rules":"action=accept proto=tcp\naction=drop\n"})");
    ASSERT_TRUE(firewall);
    EXPECT_EQ(std::get<request::Firewall>(*firewall).rules.size(), 2U);
    for (char const* const line : {R"({"op":"hold","qube":"work"})",
                                   R"({"op":"remove","qube":"work"})", R"({"op":"state"})"})
        EXPECT_EQ(refusal(line), "taken");
}

TEST(ZoneRequests, with_anything_else_in_them_are_refused)
{
    for (char const* const line :
         {"",
          "[]",
          "7",
          "{",
          "{}",
          R"({"op":7})",
          R"({"op":"run"})",
          R"({"op":"hold"})",
          R"({"op":"hold","qube":"../x"})",
          R"({"op":"hold","qube":"a b"})",
          R"({"op":"hold","qube":"work\n"})",
          R"({"op":"hold","qube":["work"]})",
          R"({"op":"add","qube":"work","number":-1,"provides":false,"uplink":false})",
          R"({"op":"add","qube":"work","number":65536,"provides":false,"uplink":false})",
          R"({"op":"add","qube":"work","number":"7","provides":false,"uplink":false})",
          R"({"op":"add","qube":"work","number":7,"provides":1,"uplink":false})",
          R"({"op":"add","qube":"work","number":7,"provides":false})",
          R"({"op":"adopt","qube":"work","provides":true,"uplink":false})",
          R"({"op":"connect","qube":"a","netvm":"a","ip":"","ip6":""})",
          R"({"op":"connect","qube":"a","netvm":"b;c","ip":"","ip6":""})",
          R"({"op":"connect","qube":"a","netvm":"b","ip":"10.137.0.7/8","ip6":""})",
          R"({"op":"connect","qube":"a","netvm":"b","ip":"10.137.0.7 dev lo","ip6":""})",
          R"({"op":"connect","qube":"a","netvm":"b","ip":"fd09::7","ip6":""})",
          R"({"op":"connect","qube":"a","netvm":"b","ip":"","ip6":"10.137.0.7"})",
          R"({"op":"connect","qube":"a","netvm":"b","ip":""})",
          R"({"op":"firewall","qube":"a","rules":"action=accept dsthost=x;y"})",
          R"({"op":"firewall","qube":"a","rules":"accept"})"})
        EXPECT_NE(refusal(line), "taken") << line;
}

TEST(LookUps, count_for_names_that_were_asked_and_addresses_alone)
{
    std::set<std::string> const asked{"a.example", "b.example", "c.example"};
    EXPECT_EQ(parse_answers("a.example 192.0.2.1\na.example 2001:db8::1\na.example 192.0.2.1\n"
                            "b.example 192.0.2.2; drop\nother.example 192.0.2.3\nc.example\n"
                            "c.example }\n 192.0.2.4\n",
                            asked),
              (Resolved{{"a.example", {"192.0.2.1", "2001:db8::1"}}}));
    EXPECT_EQ(parse_answers("", asked), Resolved());
}
