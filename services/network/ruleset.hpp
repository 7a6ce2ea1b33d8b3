#pragma once

#include "lib/qube/firewall.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace vitrail::network {

/// A qube as its netvm sees it.
struct Client {
    std::string interface; ///< its end in the netvm: vifN
    std::string ip;        ///< IPv4, in shortest form
    std::string ip6;       ///< empty: it has no IPv6
    std::vector<qube::FirewallRule> rules;
};

/// Addresses of names, of both families, in shortest form. A name that is missing could not be
/// resolved (yet).
using Resolved = std::map<std::string, std::vector<std::string>>;

/// A netvm: what decides about its rules.
struct Gateway {
    std::vector<Client> clients;
    bool uplink = false; ///< it leads out of the zone itself
    /// Of the machine itself, both families, in shortest form: neither a client nor
    /// the netvm reaches them.
    std::vector<std::string> machine;
    Resolved names;
    std::uint64_t now = 0; ///< Unix seconds: rules that expired by then are none
};

/// Where qubes send what they ask of DNS; the uplink answers at the first
/// (fact sheet storage-and-lifecycle §18).
inline constexpr char const* first_resolver = "10.139.1.1";
inline constexpr char const* second_resolver = "10.139.1.2";

/// All nftables rules of a netvm's namespace, to be loaded in one step in place of what was there.
/// Source: fact sheet storage-and-lifecycle §16, §17; but for packets that a client sends, also of
/// connections that are open, its rules decide each time, so that a change holds at once. Pure.
[[nodiscard]] std::string ruleset(Gateway const& gateway);

/// Names that a ruleset at `now` needs.
[[nodiscard]] std::set<std::string> names_of(std::vector<qube::FirewallRule> const& rules,
                                             std::uint64_t now);
/// When the next rule expires, in Unix seconds.
[[nodiscard]] std::optional<std::uint64_t> next_expiry(std::vector<qube::FirewallRule> const& rules,
                                                       std::uint64_t now);

} // namespace vitrail::network
