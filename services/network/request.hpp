#pragma once

#include "lib/base/result.hpp"
#include "lib/qube/firewall.hpp"
#include "services/network/links.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vitrail::network {

/// What qubesd asks of the zone: a JSON object a line, its kind in `op`, a qube's name in `qube`.
namespace request {

/// op add: a namespace for a qube that is about to start. Answer: {"added":true} with two
/// descriptors, the qube's network namespace and the user namespace that owns it.
struct Add {
    std::string qube;
    unsigned number = 0;   ///< `number`, 0 to 65535: no other qube of the zone has it
    bool provides = false; ///< `provides`: may be a netvm
    bool uplink = false;   ///< `uplink`: leads out of the zone while it has no netvm itself
};
/// op adopt, with two descriptors, a network namespace of this zone's owner and a pidfd: one that
/// runs and that the zone may not know, because it was started anew or had lost sight of it.
/// Whatever link it has is cut; connect makes it again. Nothing happens to one that is held.
struct Adopt {
    Add about;
};
/// op hold, with a pidfd: the namespace goes when this process ends.
struct Hold {
    std::string qube;
};
/// op connect: to another netvm than before, or to none.
struct Connect {
    std::string qube;
    std::string netvm;   ///< `netvm`, may be empty
    Addresses addresses; ///< `ip`, `ip6`: either may be empty
};
/// op firewall: what its netvm lets it send.
struct Firewall {
    std::string qube;
    std::vector<qube::FirewallRule> rules; ///< `rules`: lines, as admin.vm.firewall.Set takes them
};
/// op remove: its namespace goes at once.
struct Remove {
    std::string qube;
};
/// op state: what there is.
struct State {};

} // namespace request

using Request = std::variant<request::Add, request::Adopt, request::Hold, request::Connect,
                             request::Firewall, request::Remove, request::State>;

/// Fails with a sentence that names what is wrong.
[[nodiscard]] Result<Request> parse_request(std::string_view untrusted_line);

} // namespace vitrail::network
