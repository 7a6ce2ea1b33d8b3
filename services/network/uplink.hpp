#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/os/process.hpp"

#include <chrono>
#include <optional>

namespace vitrail::network {

/// Joins a network namespace of the zone to the network that this process is in, by pasta: without
/// rights over that one, nothing of the machine itself in reach, no port open towards it. Questions
/// to the first resolver's address go to the machine's own resolver. Starts pasta again when it
/// ends; ends it at its own end. Source: fact sheet local-host §2.
class Uplink {
public:
    /// `netns` stays open as long as this lives.
    Uplink(wl_event_loop* loop, int netns);
    ~Uplink();
    Uplink(Uplink const&) = delete;
    Uplink& operator=(Uplink const&) = delete;

private:
    void start();
    void handle_end(std::uint32_t ready);
    void handle_again() { start(); }
    void again();

    wl_event_loop* loop_;
    int netns_;
    Process pasta_;
    std::chrono::seconds wait_{1}; ///< until the next try
    Timer<&Uplink::handle_again> again_;
    std::optional<FdSource<&Uplink::handle_end>> end_;
};

} // namespace vitrail::network
