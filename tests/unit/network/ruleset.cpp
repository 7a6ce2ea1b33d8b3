// What a netvm's nftables rules are, row by row. Source: fact sheet storage-and-lifecycle §16-§18.

#include "services/network/ruleset.hpp"

#include <gtest/gtest.h>

#include <algorithm>

using namespace vitrail::network;
namespace qube = vitrail::qube;

namespace {

constexpr std::uint64_t now = 1700000000;
std::string const refused = "reject with icmp admin-prohibited";
std::string const refused6 = "reject with icmpv6 admin-prohibited";

Client client(std::string_view rules)
{
    auto parsed = qube::parse_rules(rules);
    EXPECT_TRUE(parsed) << rules;
    return {.interface = "vif7",
            .ip = "10.137.0.7",
            .ip6 = "fd09:24ef:4179::a89:7",
            .rules = parsed.value_or(std::vector<qube::FirewallRule>())};
}

Gateway gateway(std::vector<Client> clients)
{
    return {.clients = std::move(clients),
            .uplink = false,
            .machine = {},
            .names = {{"both.example", {"192.0.2.1", "192.0.2.2", "2001:db8::1"}},
                      {"four.example", {"192.0.2.4"}}},
            .now = now};
}

/// Part of a text between two markers.
std::string between(std::string const& text, std::string const& from, std::string const& to)
{
    auto const begin = text.find(from);
    if (begin == std::string::npos)
        return "(none)";
    auto const start = begin + from.size();
    return text.substr(start, text.find(to, start) - start);
}

/// A table's chain: its lines, each once, joined by `; `.
std::string chain(std::string const& rules, std::string const& table, std::string const& name)
{
    std::string const in_table = between(rules, "table " + table + " {\n", "\n}\n");
    std::string lines = between(in_table + "\n", "\tchain " + name + " {\n", "\t}\n");
    std::erase(lines, '\t');
    while (lines.ends_with('\n'))
        lines.pop_back();
    for (auto at = lines.find('\n'); at != std::string::npos; at = lines.find('\n', at))
        lines.replace(at, 1, "; ");
    return lines;
}

/// What the rules of one client become in IPv4; the final refusal is left out.
std::string four(std::string_view rules)
{
    std::string const all =
        chain(ruleset(gateway({client(rules)})), "ip qubes-firewall", "qbs-10-137-0-7");
    EXPECT_TRUE(all.ends_with(refused)) << all;
    return all.size() > refused.size() ? all.substr(0, all.size() - refused.size() - 2) : "";
}

std::string six(std::string_view rules)
{
    std::string const all =
        chain(ruleset(gateway({client(rules)})), "ip6 qubes-firewall", "qbs-fd09-24ef-4179--a89-7");
    EXPECT_TRUE(all.ends_with(refused6)) << all;
    return all.size() > refused6.size() ? all.substr(0, all.size() - refused6.size() - 2) : "";
}

} // namespace

TEST(NetvmRules, of_a_client_end_in_a_refusal)
{
    EXPECT_EQ(four(""), "") << "no rule: nothing passes";
    EXPECT_EQ(four("action=accept"), "accept");
    EXPECT_EQ(four("action=drop"), refused);
    EXPECT_EQ(six("action=accept"), "accept");
}

TEST(NetvmRules, name_addresses_of_their_family)
{
    EXPECT_EQ(four("action=accept dst4=1.2.3.0/24"), "ip daddr 1.2.3.0/24 accept");
    EXPECT_EQ(six("action=accept dst4=1.2.3.0/24"), "");
    EXPECT_EQ(four("action=accept dst6=2001:db8::/32"), "");
    EXPECT_EQ(six("action=accept dst6=2001:db8::/32"), "ip6 daddr 2001:db8::/32 accept");
    EXPECT_EQ(six("action=drop dst6=2001:db8::/32"), "ip6 daddr 2001:db8::/32 " + refused6);
}

TEST(NetvmRules, name_protocols_and_ports)
{
    EXPECT_EQ(four("action=accept proto=tcp"), "meta l4proto tcp accept");
    EXPECT_EQ(four("action=accept proto=udp dstports=53"), "udp dport 53-53 accept");
    EXPECT_EQ(four("action=drop proto=tcp dstports=80-90 dsthost=1.1.1.1"),
              "ip daddr 1.1.1.1/32 tcp dport 80-90 " + refused);
}

TEST(NetvmRules, know_icmp_in_both_families)
{
    EXPECT_EQ(four("action=accept proto=icmp"), "meta l4proto icmp accept");
    EXPECT_EQ(four("action=accept proto=icmp icmptype=8"), "icmp type 8 accept");
    EXPECT_EQ(six("action=accept proto=icmp"), "meta l4proto icmpv6 accept");
    EXPECT_EQ(six("action=accept proto=icmp icmptype=128"), "icmpv6 type 128 accept");
}

TEST(NetvmRules, know_where_dns_is)
{
    EXPECT_EQ(
        four("action=accept specialtarget=dns"),
        "ip daddr @dns-addr tcp dport 53-53 accept; ip daddr @dns-addr udp dport 53-53 accept");
    EXPECT_EQ(four("action=accept proto=udp specialtarget=dns"),
              "ip daddr @dns-addr udp dport 53-53 accept");
    EXPECT_EQ(four("action=accept proto=udp dstports=50-60 specialtarget=dns"),
              "ip daddr @dns-addr udp dport 53-53 accept");
    EXPECT_EQ(four("action=accept proto=udp dstports=54 specialtarget=dns"), "")
        << "another port is none of DNS";
    EXPECT_EQ(four("action=accept proto=icmp specialtarget=dns"), "");
    EXPECT_EQ(six("action=accept specialtarget=dns"), "") << "the resolvers have IPv4 only";
}

TEST(NetvmRules, expire)
{
    EXPECT_EQ(four("action=accept expire=1700000001"), "accept");
    EXPECT_EQ(four("action=accept expire=1700000000"), "");
    auto const rules = qube::parse_rules("action=accept expire=1700000900\n"
                                         "action=accept expire=1700000100\n"
                                         "action=accept expire=1600000000\naction=accept\n");
    ASSERT_TRUE(rules);
    EXPECT_EQ(next_expiry(*rules, now), 1700000100U);
    EXPECT_EQ(next_expiry(*rules, 1700000900), std::nullopt);
}

TEST(NetvmRules, name_the_addresses_of_a_name)
{
    EXPECT_EQ(four("action=accept dsthost=both.example"),
              "ip daddr { 192.0.2.1, 192.0.2.2 } accept");
    EXPECT_EQ(six("action=accept dsthost=both.example"), "ip6 daddr { 2001:db8::1 } accept");
    EXPECT_EQ(six("action=accept dsthost=four.example\naction=accept proto=tcp"),
              "meta l4proto tcp accept")
        << "it has no address there to speak of";
}

TEST(NetvmRules, block_a_client_whole_while_a_name_of_its_rules_is_unknown)
{
    EXPECT_EQ(four("action=accept\naction=drop dsthost=gone.example"), "");
    EXPECT_EQ(six("action=accept\naction=drop dsthost=gone.example"), "");
    EXPECT_EQ(four("action=accept\naction=drop dsthost=gone.example expire=1"), "accept");
    auto const rules = qube::parse_rules("action=drop dsthost=a.example expire=1\n"
                                         "action=drop dsthost=b.example");
    EXPECT_EQ(names_of(*rules, now), std::set<std::string>{"b.example"});
}

TEST(NetvmRules, keep_the_order_of_the_rules)
{
    EXPECT_EQ(four("action=drop proto=tcp dstports=81\naction=accept"),
              "tcp dport 81-81 " + refused + "; accept");
}

TEST(NetvmRules, let_a_client_speak_from_its_own_link_and_address_only)
{
    std::string const rules = ruleset(gateway({client("action=accept")}));
    EXPECT_TRUE(rules.contains("elements = { \"vif7\" . 10.137.0.7 }"));
    EXPECT_TRUE(rules.contains("elements = { \"vif7\" . fd09:24ef:4179::a89:7 }"));
    EXPECT_EQ(chain(rules, "ip qubes", "antispoof"), "iifname . ip saddr @allowed accept; drop");
    EXPECT_TRUE(chain(rules, "ip qubes", "prerouting")
                    .ends_with("iifgroup 2 goto antispoof; ip saddr @downstream drop"));
}

TEST(NetvmRules, forward_nothing_but_what_a_client_may_send_and_its_answers)
{
    std::string const rules = ruleset(gateway({client("action=accept")}));
    EXPECT_EQ(chain(rules, "ip qubes-firewall", "forward"),
              "type filter hook forward priority filter; policy drop;; ct direction reply ct state "
              "established,related accept; iifgroup 2 jump qubes-forward");
    EXPECT_EQ(chain(rules, "ip qubes-firewall", "qubes-forward"),
              "ip saddr 10.137.0.7 goto qbs-10-137-0-7");
    EXPECT_TRUE(chain(rules, "ip qubes", "forward").ends_with("oifgroup 2 drop"))
        << "no qube to qube";
    EXPECT_TRUE(chain(rules, "ip qubes", "input").contains("policy drop"));
    EXPECT_TRUE(chain(rules, "ip qubes", "postrouting").ends_with("masquerade"));
}

TEST(NetvmRules, send_dns_to_the_one_resolver_of_the_uplink)
{
    Gateway with_uplink = gateway({client("action=accept specialtarget=dns")});
    EXPECT_EQ(chain(ruleset(with_uplink), "ip qubes", "dnat-dns"), "(none)");
    EXPECT_TRUE(ruleset(with_uplink).contains("elements = { 10.139.1.1, 10.139.1.2 }"));
    with_uplink.uplink = true;
    EXPECT_TRUE(
        chain(ruleset(with_uplink), "ip qubes", "dnat-dns")
            .ends_with("ip daddr 10.139.1.2 udp dport 53 dnat to 10.139.1.1; ip daddr 10.139.1.2 "
                       "tcp dport 53 dnat to 10.139.1.1"));
    EXPECT_TRUE(ruleset(with_uplink).contains("elements = { 10.139.1.1 }"));
}

TEST(NetvmRules, keep_everybody_from_the_machine_itself)
{
    Gateway with_uplink = gateway({client("action=accept")});
    with_uplink.machine = {"198.51.100.7", "2001:db8::7", "203.0.113.2"};
    EXPECT_TRUE(chain(ruleset(with_uplink), "ip qubes", "forward")
                    .ends_with("ip daddr { 198.51.100.7, 203.0.113.2 } " + refused));
    EXPECT_TRUE(chain(ruleset(with_uplink), "ip qubes", "output")
                    .ends_with("ip daddr { 198.51.100.7, 203.0.113.2 } " + refused));
    EXPECT_TRUE(chain(ruleset(with_uplink), "ip6 qubes", "forward")
                    .ends_with("ip6 daddr { 2001:db8::7 } " + refused6));
}

TEST(NetvmRules, close_ipv6_where_no_client_has_it)
{
    Client without = client("action=accept");
    without.ip6.clear();
    std::string const rules = ruleset(gateway({without}));
    EXPECT_TRUE(rules.contains("table ip6 qbs-filter {"));
    EXPECT_FALSE(rules.contains("table ip6 qubes"));
    EXPECT_EQ(chain(rules, "ip6 qbs-filter", "forward"),
              "type filter hook forward priority filter; policy drop;");
    EXPECT_TRUE(chain(rules, "ip6 qbs-filter", "output").ends_with("oifname \"lo\" accept"));
}

TEST(NetvmRules, replace_all_that_was_there)
{
    EXPECT_TRUE(ruleset(gateway({})).starts_with("flush ruleset\n"));
}
