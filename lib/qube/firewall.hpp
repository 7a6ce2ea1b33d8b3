#pragma once

#include "lib/qube/admin_error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::qube {

/// One rule of a qube's firewall. Source: fact sheet admin-api §14.
struct FirewallRule {
    enum class Action { accept, drop } action = Action::drop;
    std::string proto;    ///< tcp, udp, icmp or empty
    std::string dst4;     ///< ADDRESS/BITS
    std::string dst6;     ///< ADDRESS/BITS
    std::string dst_host; ///< a name; at most one of the three is there
    std::optional<std::pair<std::uint16_t, std::uint16_t>> ports;
    bool dns = false; ///< specialtarget=dns
    std::optional<unsigned> icmp_type;
    std::optional<std::uint64_t> expire; ///< Unix seconds
    std::string comment;
    friend bool operator==(FirewallRule const&, FirewallRule const&) = default;
};

/// One line, option=value separated by spaces, the comment last. Fails with QubesValueError.
[[nodiscard]] Outcome<FirewallRule> parse_rule(std::string_view untrusted_line);
/// As Get answers it and as it is stored.
[[nodiscard]] std::string rule_text(FirewallRule const& rule);
/// Lines; each ends in a newline, the last may do without. Fails with QubesValueError.
[[nodiscard]] Outcome<std::vector<FirewallRule>> parse_rules(std::string_view untrusted_lines);
[[nodiscard]] std::string rules_text(std::vector<FirewallRule> const& rules);

} // namespace vitrail::qube
