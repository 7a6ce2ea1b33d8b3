#pragma once

#include "services/qubesd/state.hpp"

#include <string>
#include <vector>

namespace vitrail::qubesd {

/// The feature of a qube that gives network and leads out of the machine itself, while it has no
/// netvm of its own. A netvm without it and without a netvm leads nowhere.
inline constexpr std::string_view uplink_feature = "net.uplink";

/// How a qube is joined to the network.
struct NetworkOrder {
    unsigned number = 0;   ///< the qube's qid
    std::string netvm;     ///< empty: loopback only
    std::string ip;        ///< empty: none
    std::string ip6;       ///< empty: none
    bool provides = false; ///< may be a netvm
    bool uplink = false;
    std::vector<qube::FirewallRule> rules; ///< what its netvm lets it send
    friend bool operator==(NetworkOrder const&, NetworkOrder const&) = default;
};

[[nodiscard]] NetworkOrder network_order(State const& state, Qube const& qube);

} // namespace vitrail::qubesd
