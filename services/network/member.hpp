#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/os/fd.hpp"
#include "services/network/links.hpp"
#include "services/network/lookup.hpp"
#include "services/network/ruleset.hpp"
#include "services/network/uplink.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace vitrail::network {

/// One qube of the zone.
class Member {
public:
    Member(wl_event_loop* loop, std::string its_name, unsigned its_number, Fd its_netns);

    std::string const name;
    unsigned const number;
    Fd const netns;
    bool provides = false;
    bool may_uplink = false;
    Addresses addresses;
    std::string netvm; ///< whose client it is now; empty: nobody's
    std::vector<qube::FirewallRule> rules;

    /// `ended` is called at the end of the process; it may destroy this.
    void hold(Fd pidfd, std::function<void()> ended);
    [[nodiscard]] bool is_held() const { return holder_.has_value(); }

    // As a netvm.

    Resolved names; ///< of its clients' rules
    std::unique_ptr<Uplink> uplink;
    /// `stale` is called when its rules are to be loaded again: a name got its addresses, or a
    /// rule expires at `expiry`.
    void watch(std::set<std::string> const& missing, std::optional<std::uint64_t> expiry,
               std::uint64_t now, std::function<void()> stale);

private:
    void handle_holder(std::uint32_t ready);
    void handle_expiry() { stale_(); }
    void handle_retry();
    void look_up();

    wl_event_loop* loop_;
    Fd pidfd_;
    std::function<void()> ended_;
    std::function<void()> stale_;
    std::set<std::string> missing_;
    std::unique_ptr<Lookup> lookup_;
    std::chrono::seconds wait_{1}; ///< until missing names are asked for again
    Timer<&Member::handle_expiry> expiry_;
    Timer<&Member::handle_retry> retry_;
    std::optional<FdSource<&Member::handle_holder>> holder_;
};

} // namespace vitrail::network
