#pragma once

#include "lib/os/fd.hpp"
#include "lib/transport/xen_vchan.hpp"

#include <cstdint>
#include <deque>
#include <string>

namespace vitrail::test {

/// The hypervisor of a test: what libxenvchan's functions do here. The other domain is the test.
///
/// As with the real one: an event is announced once, however much came, and the event device is
/// read by libxenvchan_wait(). A call that would wait for ever fails the test instead.
struct FakeVchan {
    std::size_t ring = 4096;
    std::deque<std::byte> to_us, to_peer;
    int live = 2;             ///< the peer's byte: 0 gone, 1 there, 2 not yet
    bool broken = false;      ///< the event channel cannot be notified any more
    bool wants_space = false; ///< asked to be told when the peer has read
    int waits = 0;
    std::string path;
    int domain = -1;
    Fd event; ///< the event device, as an eventfd

    /// An event from the other domain.
    void kick() const;
    void peer_connects()
    {
        live = 1;
        kick();
    }
    void peer_sends(std::string_view bytes);
    [[nodiscard]] std::string peer_reads(std::size_t most = SIZE_MAX);
    void peer_closes()
    {
        live = 0;
        kick();
    }
};

/// Of the vchan made last; null when none is open.
extern FakeVchan* fake_vchan;
/// The next one cannot be made, for this reason; 0: it can.
extern int fake_vchan_error;
/// Vchans made and not closed.
extern int open_vchans;
/// What stood in the ring for the peer when the last one was closed.
extern std::string left_for_peer;

} // namespace vitrail::test
