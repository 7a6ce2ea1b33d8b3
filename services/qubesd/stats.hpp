#pragma once

#include "lib/os/event_loop.hpp"
#include "services/qubesd/lifecycle.hpp"
#include "services/qubesd/system.hpp"

#include <map>
#include <string>

namespace vitrail::qubesd {

/// Samples running qubes every stats_interval seconds while somebody listens (fact sheet admin-api
/// §18). Nobody listening, no timer runs.
class Stats {
public:
    Stats(wl_event_loop* loop, System& system, Lifecycle& lifecycle);
    /// One round now. `elapsed_ns`: since the last one; 0: there was none.
    void sample(std::uint64_t elapsed_ns);
    /// A listener has come: makes the timer run.
    void wake();

private:
    void handle_timer();

    System& system_;
    Lifecycle& lifecycle_;
    std::map<std::string, std::uint64_t> last_cpu_ns_;
    std::uint64_t last_round_ns_ = 0;
    bool running_ = false;
    Timer<&Stats::handle_timer> timer_;
};

} // namespace vitrail::qubesd
