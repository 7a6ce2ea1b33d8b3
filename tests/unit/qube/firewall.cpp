#include "lib/qube/firewall.hpp"

#include <gtest/gtest.h>

using namespace vitrail::qube;

namespace {

std::string written_back(std::string_view line)
{
    auto const rule = parse_rule(line);
    return rule ? rule_text(*rule) : rule.error().type;
}

} // namespace

TEST(FirewallRules, are_written_back_in_one_form)
{
    EXPECT_EQ(written_back("action=accept"), "action=accept");
    EXPECT_EQ(written_back("action=accept dsthost=1.2.3.4"), "action=accept dst4=1.2.3.4/32");
    EXPECT_EQ(written_back("action=drop dsthost=10.0.0.0/8"), "action=drop dst4=10.0.0.0/8");
    EXPECT_EQ(written_back("action=accept dsthost=2001:DB8::0/32"),
              "action=accept dst6=2001:db8::/32");
    EXPECT_EQ(written_back("action=accept dstports=80 dsthost=example.com proto=tcp"),
              "action=accept proto=tcp dsthost=example.com dstports=80-80");
    EXPECT_EQ(written_back("action=accept proto=icmp icmptype=8"),
              "action=accept proto=icmp icmptype=8");
    EXPECT_EQ(written_back("action=accept specialtarget=dns expire=1700000000 comment=a = b, [c]"),
              "QubesValueError"); // '=' may not stand in a comment
    EXPECT_EQ(written_back("action=accept specialtarget=dns expire=1700000000 comment=a b, [c]"),
              "action=accept specialtarget=dns expire=1700000000 comment=a b, [c]");
}

TEST(FirewallRules, that_make_no_sense_are_refused)
{
    for (char const* const bad :
         {"", "accept", "action=reject", "proto=tcp action=accept", "action=accept dstports=80",
          "action=accept proto=udp dstports=90-80", "action=accept proto=tcp dstports=65536",
          "action=accept icmptype=8", "action=accept proto=icmp icmptype=256",
          "action=accept dsthost=1.2.3.4/33", "action=accept dsthost=1.2.3",
          "action=accept dst4=::1", "action=accept dsthost=a dsthost=b",
          "action=accept dst4=1.2.3.4 dst6=::1", "action=accept dsthost=a_b;c",
          "action=accept  proto=tcp", "action=accept x=y", "action=accept expire=-1",
          "action=accept comment=\x01"})
        EXPECT_EQ(written_back(bad), "QubesValueError") << bad;
}

TEST(FirewallRules, come_as_lines)
{
    auto const rules = parse_rules("action=accept dsthost=1.1.1.1\naction=drop\n");
    ASSERT_TRUE(rules);
    EXPECT_EQ(rules_text(*rules), "action=accept dst4=1.1.1.1/32\naction=drop\n");
    EXPECT_EQ(parse_rules("")->size(), 0U);
    EXPECT_EQ(parse_rules("action=accept")->size(), 1U);
    EXPECT_FALSE(parse_rules("action=accept\n\naction=drop\n"));
}
