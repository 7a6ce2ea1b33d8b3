#pragma once

#include "lib/os/fd.hpp"
#include "tests/bench/record.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <thread>
#include <vector>

namespace vitrail::bench {

/// The copies that nobody gets around: from an agent's buffers to an output's, all of them shared
/// memory, two of each in turn.
class CopyFloor {
public:
    explicit CopyFloor(std::size_t pixels);
    ~CopyFloor();
    CopyFloor(CopyFloor const&) = delete;
    CopyFloor& operator=(CopyFloor const&) = delete;

    /// What the next copy reads.
    [[nodiscard]] std::span<std::uint32_t> source() { return part(turn_); }
    /// Microseconds of one copy; `streaming`: with stores that bypass the caches.
    [[nodiscard]] double copy_us(bool streaming);

private:
    [[nodiscard]] std::span<std::uint32_t> part(std::size_t which)
    {
        return memory_.subspan(which * memory_.size() / 4, memory_.size() / 4);
    }
    std::span<std::uint32_t> memory_; ///< two sources, two targets
    std::size_t turn_ = 0;
};

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
