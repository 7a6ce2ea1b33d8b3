#pragma once

#include "lib/os/fd.hpp"
#include "tests/bench/record.hpp"

#include <array>
#include <atomic>
#include <thread>
#include <vector>

namespace vitrail::bench {

/// The least that a message from an agent over guid to the compositor can cost: the same hops over
/// the same kind of sockets, and nothing done at any of them. Threads sleep in epoll, as the
/// programs do.
class WakeFloor {
public:
    WakeFloor();
    ~WakeFloor();
    WakeFloor(WakeFloor const&) = delete;
    WakeFloor& operator=(WakeFloor const&) = delete;

    /// One message of 44 bytes (an X_COMMIT with one rectangle, without its header) at a time:
    /// microseconds from before the send to after the last receive.
    [[nodiscard]] std::vector<double> one_hop(int samples);
    [[nodiscard]] std::vector<double> two_hops(int samples);

private:
    void relay();
    void sink();
    [[nodiscard]] std::vector<double> measure(int samples, int over);

    // [0]: the sender's end, [1]: the receiver's.
    std::array<Fd, 2> to_relay_, to_sink_, direct_, back_;
    std::atomic<Nanoseconds> arrived_{0};
    std::thread relay_, sink_;
};

} // namespace vitrail::bench
