#include "lib/qube/firewall.hpp"

#include "lib/qube/names.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace vitrail::qube {
namespace {

bool is_host_name(std::string_view text)
{
    constexpr std::size_t max_host = 253;
    return !text.empty() && text.size() <= max_host && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-._").contains(c);
    });
}

/// An address as it is written in its shortest form; nullopt: not of this family.
std::optional<std::string> address(int family, std::string_view text)
{
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    std::array<char, INET6_ADDRSTRLEN> shortest{};
    if (inet_pton(family, std::string(text).c_str(), bytes.data()) != 1 ||
        !inet_ntop(family, bytes.data(), shortest.data(), shortest.size()))
        return std::nullopt;
    return shortest.data();
}

/// ADDRESS[/BITS] of one family, written with its bits.
std::optional<std::string> network(int family, std::string_view text)
{
    auto const slash = text.find('/');
    auto const host = address(family, text.substr(0, slash));
    std::uint64_t const widest = family == AF_INET ? 32 : 128;
    std::optional<std::uint64_t> bits = widest;
    if (slash != std::string_view::npos)
        bits = parse_number(text.substr(slash + 1));
    if (!host || !bits || *bits > widest)
        return std::nullopt;
    return *host + "/" + std::to_string(*bits);
}

Outcome<> bad(std::string_view option, std::string_view value)
{
    return refuse(exception::value, "the firewall option " + std::string(option) + " may not be '" +
                                        std::string(value) + "'");
}

bool has_target(FirewallRule const& rule)
{
    return !rule.dst4.empty() || !rule.dst6.empty() || !rule.dst_host.empty();
}

Outcome<> set_target(FirewallRule& rule, std::string_view option, std::string_view value)
{
    if (has_target(rule))
        return refuse(exception::value, "a firewall rule has one destination");
    if (option != "dst6")
        if (auto const found = network(AF_INET, value)) {
            rule.dst4 = *found;
            return {};
        }
    if (option != "dst4")
        if (auto const found = network(AF_INET6, value)) {
            rule.dst6 = *found;
            return {};
        }
    bool const digits_only = value.find_first_not_of("0123456789./") == std::string_view::npos;
    if (option != "dsthost" || !is_host_name(value) || digits_only)
        return bad(option, value);
    rule.dst_host = value;
    return {};
}

Outcome<> set_ports(FirewallRule& rule, std::string_view value)
{
    auto const dash = value.find('-');
    auto const first = parse_number(value.substr(0, dash));
    auto const last = dash == std::string_view::npos ? first : parse_number(value.substr(dash + 1));
    if (!first || !last || *first > *last || *last > UINT16_MAX)
        return bad("dstports", value);
    rule.ports = {static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)};
    return {};
}

Outcome<> set_option(FirewallRule& rule, std::string_view option, std::string_view value)
{
    if (option == "proto" && (value == "tcp" || value == "udp" || value == "icmp"))
        rule.proto = value;
    else if (option == "dsthost" || option == "dst4" || option == "dst6")
        return set_target(rule, option, value);
    else if (option == "dstports")
        return set_ports(rule, value);
    else if (option == "specialtarget" && value == "dns")
        rule.dns = true;
    else if (option == "icmptype") {
        auto const number = parse_number(value);
        if (!number || *number > 255)
            return bad(option, value);
        rule.icmp_type = static_cast<unsigned>(*number);
    } else if (option == "expire") {
        rule.expire = parse_number(value);
        if (!rule.expire)
            return bad(option, value);
    } else
        return bad(option, value);
    return {};
}

bool is_comment(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view(":;,./-_[] ").contains(c);
    });
}

} // namespace

Outcome<FirewallRule> parse_rule(std::string_view line)
{
    FirewallRule rule;
    std::vector<std::string_view> seen;
    while (!line.empty()) {
        bool const last = line.starts_with("comment=");
        auto const end = last ? std::string_view::npos : line.find(' ');
        std::string_view const word = line.substr(0, end);
        auto const sign = word.find('=');
        if (sign == std::string_view::npos)
            return refuse(exception::value, "a firewall rule is made of option=value");
        std::string_view const option = word.substr(0, sign);
        std::string_view const value = word.substr(sign + 1);
        line = end == std::string_view::npos ? std::string_view() : line.substr(end + 1);
        if (std::ranges::contains(seen, option))
            return refuse(exception::value, "a firewall option stands twice");
        seen.push_back(option);
        if (option == "action" && (value == "accept" || value == "drop"))
            rule.action =
                value == "accept" ? FirewallRule::Action::accept : FirewallRule::Action::drop;
        else if (last && is_comment(value))
            rule.comment = value;
        else if (last || option == "action")
            TRY_VOID(bad(option, value));
        else
            TRY_VOID(set_option(rule, option, value));
    }
    if (seen.empty() || seen[0] != "action")
        return refuse(exception::value, "a firewall rule begins with its action");
    if (rule.ports && rule.proto != "tcp" && rule.proto != "udp")
        return refuse(exception::value, "dstports needs proto=tcp or proto=udp");
    if (rule.icmp_type && rule.proto != "icmp")
        return refuse(exception::value, "icmptype needs proto=icmp");
    return rule;
}

std::string rule_text(FirewallRule const& rule)
{
    std::string out = rule.action == FirewallRule::Action::accept ? "action=accept" : "action=drop";
    auto const add = [&](std::string_view option, std::string_view value) {
        if (!value.empty())
            out.append(" ").append(option).append("=").append(value);
    };
    add("proto", rule.proto);
    add("dst4", rule.dst4);
    add("dst6", rule.dst6);
    add("dsthost", rule.dst_host);
    if (rule.ports)
        add("dstports",
            std::to_string(rule.ports->first) + "-" + std::to_string(rule.ports->second));
    add("specialtarget", rule.dns ? "dns" : "");
    add("icmptype", rule.icmp_type ? std::to_string(*rule.icmp_type) : "");
    add("expire", rule.expire ? std::to_string(*rule.expire) : "");
    add("comment", rule.comment);
    return out;
}

Outcome<std::vector<FirewallRule>> parse_rules(std::string_view lines)
{
    std::vector<FirewallRule> rules;
    if (lines.ends_with('\n'))
        lines.remove_suffix(1);
    if (lines.empty())
        return rules;
    for (std::string_view const line : split(lines, '\n'))
        rules.push_back(TRY(parse_rule(line)));
    return rules;
}

std::string rules_text(std::vector<FirewallRule> const& rules)
{
    std::string out;
    for (FirewallRule const& rule : rules)
        out += rule_text(rule) + "\n";
    return out;
}

} // namespace vitrail::qube
