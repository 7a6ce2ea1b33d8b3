#pragma once

#include <string>

namespace vitrail::network {

/// IPv4 and IPv6 in shortest form; an empty one is none.
struct Addresses {
    std::string ip;
    std::string ip6;
    friend bool operator==(Addresses const&, Addresses const&) = default;
};

/// A client and its netvm.
struct Link {
    unsigned number = 0; ///< the client's: unique in the netvm
    Addresses client;
    Addresses netvm; ///< its own addresses are the client's gateways
};

/// The name of a client's link in its netvm.
[[nodiscard]] std::string interface_of(unsigned number);

/// Lines for `ip -batch`, each made for one namespace. Addresses, hardware addresses, groups and
/// routes: fact sheet storage-and-lifecycle §14, §15. Pure.
///
/// In the client's: eth0, with its other end in the namespace that `netvm_path` names.
[[nodiscard]] std::string pair_commands(Link const& link, std::string const& netvm_path);
/// In the netvm's: its end takes packets, both know each other without asking.
[[nodiscard]] std::string netvm_commands(Link const& link);
/// In the client's: its address and the way out.
[[nodiscard]] std::string client_commands(Link const& link);

} // namespace vitrail::network
