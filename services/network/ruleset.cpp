#include "services/network/ruleset.hpp"

#include <algorithm>
#include <functional>
#include <string_view>

namespace vitrail::network {
namespace {

using qube::FirewallRule;

/// What differs between the two families of addresses.
struct Family {
    bool six;
    std::string_view table;   ///< ip, ip6: also how an address is named in a rule
    std::string_view address; ///< type of a set of addresses
    std::string_view icmp;    ///< as nftables names the protocol, in `proto` and in `type`
    std::string_view reject;  ///< what a refused sender is told
};
constexpr Family four{false, "ip", "ipv4_addr", "icmp", "reject with icmp admin-prohibited"};
constexpr Family six{true, "ip6", "ipv6_addr", "icmpv6", "reject with icmpv6 admin-prohibited"};

std::string const& address_of(Client const& client, Family const& family)
{
    return family.six ? client.ip6 : client.ip;
}

bool is_past(FirewallRule const& rule, std::uint64_t now)
{
    return rule.expire && *rule.expire <= now;
}

/// A, B, C.
std::string joined(std::vector<std::string> const& words)
{
    std::string out;
    for (std::string const& word : words)
        out += (out.empty() ? "" : ", ") + word;
    return out;
}

std::string set_of(std::string_view name, std::string_view type,
                   std::vector<std::string> const& elements)
{
    std::string out = "\tset " + std::string(name) + " {\n\t\ttype " + std::string(type) + "\n";
    if (!elements.empty())
        out += "\t\telements = { " + joined(elements) + " }\n";
    return out + "\t}\n";
}

std::string chain(std::string_view name, std::vector<std::string> const& lines)
{
    std::string out = "\tchain " + std::string(name) + " {\n";
    for (std::string const& line : lines)
        out += "\t\t" + line + "\n";
    return out + "\t}\n";
}

std::vector<std::string> of_family(std::vector<std::string> const& addresses, Family const& family)
{
    std::vector<std::string> fitting;
    std::ranges::copy_if(addresses, std::back_inserter(fitting),
                         [&](auto const& one) { return one.contains(':') == family.six; });
    return fitting;
}

/// Where a rule leads, in this family: "" is everywhere; nothing: nowhere.
std::optional<std::string> destination(FirewallRule const& rule, Family const& family,
                                       Resolved const& names)
{
    std::string const to = std::string(family.table) + " daddr ";
    std::string const& here = family.six ? rule.dst6 : rule.dst4;
    if (!here.empty())
        return to + here + " ";
    if (!rule.dst4.empty() || !rule.dst6.empty())
        return std::nullopt;
    if (rule.dst_host.empty())
        return "";
    auto const found = names.find(rule.dst_host);
    auto const fitting =
        found != names.end() ? of_family(found->second, family) : std::vector<std::string>();
    if (fitting.empty())
        return std::nullopt;
    return to + "{ " + joined(fitting) + " } ";
}

/// The protocols and ports of a rule; none: it matches nothing.
std::vector<std::string> protocols(FirewallRule const& rule, Family const& family)
{
    if (rule.proto == "icmp") {
        if (rule.dns)
            return {};
        if (rule.icmp_type)
            return {std::string(family.icmp) + " type " + std::to_string(*rule.icmp_type) + " "};
        return {"meta l4proto " + std::string(family.icmp) + " "};
    }
    auto ports = rule.ports;
    if (rule.dns) {
        constexpr std::uint16_t dns_port = 53;
        if (ports && (ports->first > dns_port || ports->second < dns_port))
            return {};
        ports = {dns_port, dns_port};
    }
    if (!ports)
        return {rule.proto.empty() ? "" : "meta l4proto " + rule.proto + " "};
    std::vector<std::string> out;
    for (char const* const proto : {"tcp", "udp"})
        if (rule.proto.empty() || rule.proto == proto)
            out.push_back(std::string(proto) + " dport " + std::to_string(ports->first) + "-" +
                          std::to_string(ports->second) + " ");
    return out;
}

/// The chain of one client. A name that nobody resolves blocks it whole: what the rule would have
/// refused is not known.
std::vector<std::string> client_rules(Client const& client, Gateway const& gateway,
                                      Family const& family)
{
    std::string const refuse(family.reject);
    std::vector<std::string> lines;
    for (FirewallRule const& rule : client.rules) {
        if (is_past(rule, gateway.now))
            continue;
        if (!rule.dst_host.empty() && !gateway.names.contains(rule.dst_host))
            return {refuse};
        auto const to = destination(rule, family, gateway.names);
        if (!to || (rule.dns && family.six)) // the resolvers have no IPv6 addresses
            continue;
        for (std::string const& match : protocols(rule, family))
            lines.push_back(*to + (rule.dns ? "ip daddr @dns-addr " : "") + match +
                            (rule.action == FirewallRule::Action::accept ? "accept" : refuse));
    }
    lines.push_back(refuse);
    return lines;
}

std::string chain_of(std::string address)
{
    std::ranges::replace_if(address, [](char c) { return c == '.' || c == ':'; }, '-');
    return "qbs-" + address;
}

/// Who may send what from where, and what the netvm itself takes.
std::string base_table(Gateway const& gateway, std::vector<Client> const& clients,
                       Family const& family)
{
    std::vector<std::string> downstream;
    std::vector<std::string> allowed;
    for (Client const& client : clients) {
        downstream.push_back(address_of(client, family));
        allowed.push_back("\"" + client.interface + "\" . " + address_of(client, family));
    }
    std::string const source = std::string(family.table) + " saddr";
    std::string out = "table " + std::string(family.table) + " qubes {\n";
    out += set_of("downstream", family.address, downstream);
    out += set_of("allowed", "ifname . " + std::string(family.address), allowed);
    out += chain("prerouting", {"type filter hook prerouting priority raw; policy accept;",
                                "iifgroup 2 goto antispoof", source + " @downstream drop"});
    out += chain("antispoof", {"iifname . " + source + " @allowed accept", "drop"});
    if (!family.six && gateway.uplink) { // elsewhere the next netvm knows these addresses
        std::string const second = "ip daddr " + std::string(second_resolver);
        std::string const to = " dport 53 dnat to " + std::string(first_resolver);
        out += chain("dnat-dns", {"type nat hook prerouting priority dstnat; policy accept;",
                                  second + " udp" + to, second + " tcp" + to});
    }
    out += chain("postrouting", {"type nat hook postrouting priority srcnat; policy accept;",
                                 "oifgroup 2 accept", "oifname \"lo\" accept", "masquerade"});
    out += chain("input",
                 {"type filter hook input priority filter; policy drop;", "ct state invalid drop",
                  "ct state established,related accept", "iifname \"lo\" accept",
                  family.six ? "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, "
                               "echo-request } accept"
                             : "iifgroup 2 meta l4proto icmp accept",
                  "iifgroup 2 " + std::string(family.reject)});
    std::vector<std::string> forward{
        "type filter hook forward priority filter; policy accept;", "ct state invalid drop",
        "ct direction reply ct state established,related accept", "oifgroup 2 drop"};
    if (auto const own = of_family(gateway.machine, family); !own.empty()) {
        std::string const refuse = std::string(family.table) + " daddr { " + joined(own) + " } " +
                                   std::string(family.reject);
        forward.push_back(refuse);
        out += chain("output", {"type filter hook output priority filter; policy accept;",
                                "oifname \"lo\" accept", refuse});
    }
    out += chain("forward", forward);
    return out + "}\n";
}

std::string firewall_table(Gateway const& gateway, std::vector<Client> const& clients,
                           Family const& family)
{
    std::string out = "table " + std::string(family.table) + " qubes-firewall {\n";
    if (!family.six)
        out += set_of("dns-addr", family.address,
                      gateway.uplink ? std::vector<std::string>{first_resolver}
                                     : std::vector<std::string>{first_resolver, second_resolver});
    std::vector<std::string> jumps;
    for (Client const& client : clients) {
        std::string const& address = address_of(client, family);
        out += chain(chain_of(address), client_rules(client, gateway, family));
        jumps.push_back(std::string(family.table) + " saddr " + address + " goto " +
                        chain_of(address));
    }
    out += chain("qubes-forward", jumps);
    out += chain("forward", {"type filter hook forward priority filter; policy drop;",
                             "ct direction reply ct state established,related accept",
                             "iifgroup 2 jump qubes-forward"});
    return out + "}\n";
}

/// Everything of a family that nobody here has.
std::string closed_table(Family const& family)
{
    std::string out = "table " + std::string(family.table) + " qbs-filter {\n";
    for (auto const& [hook, ours] :
         {std::pair{"input", "iifname \"lo\" accept"}, std::pair{"output", "oifname \"lo\" accept"},
          std::pair{"forward", ""}})
        out +=
            chain(hook, {"type filter hook " + std::string(hook) + " priority filter; policy drop;",
                         ours});
    return out + "}\n";
}

std::string tables(Gateway const& gateway, Family const& family)
{
    std::vector<Client> clients;
    std::ranges::copy_if(gateway.clients, std::back_inserter(clients),
                         [&](Client const& client) { return !address_of(client, family).empty(); });
    if (family.six && clients.empty())
        return closed_table(family);
    return base_table(gateway, clients, family) + firewall_table(gateway, clients, family);
}

} // namespace

std::string ruleset(Gateway const& gateway)
{
    return "flush ruleset\n" + tables(gateway, four) + tables(gateway, six);
}

std::set<std::string> names_of(std::vector<FirewallRule> const& rules, std::uint64_t now)
{
    std::set<std::string> names;
    for (FirewallRule const& rule : rules)
        if (!rule.dst_host.empty() && !is_past(rule, now))
            names.insert(rule.dst_host);
    return names;
}

std::optional<std::uint64_t> next_expiry(std::vector<FirewallRule> const& rules, std::uint64_t now)
{
    std::optional<std::uint64_t> next;
    for (FirewallRule const& rule : rules)
        if (rule.expire && *rule.expire > now)
            next = next ? std::min(*next, *rule.expire) : *rule.expire;
    return next;
}

} // namespace vitrail::network
