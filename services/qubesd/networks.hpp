#pragma once

#include "services/qubesd/backend.hpp"
#include "services/qubesd/system.hpp"

#include <cstdint>
#include <set>
#include <string>

namespace vitrail::qubesd {

/// Keeps the network of running qubes as the state says: a netvm changed, rules changed, a netvm
/// started after its clients.
class Networks {
public:
    Networks(System& system, Backend& backend);
    ~Networks();
    Networks(Networks const&) = delete;
    Networks& operator=(Networks const&) = delete;

    /// Once, after Lifecycle::recover(): what changed while nobody looked.
    void follow_all();

private:
    void handle_event(qube::AdminEvent const& event);
    void follow(Qube const& qube);
    void follow_after_netvm(Qube const& qube, std::set<std::string>& followed);

    System& system_;
    Backend& backend_;
    std::uint64_t subscription_;
};

} // namespace vitrail::qubesd
