#pragma once

#include "lib/os/event_loop.hpp"

#include <poll.h>

#include <functional>

namespace vitrail::test {

/// The loop of a test: turned until a condition holds.
class Turns {
public:
    [[nodiscard]] wl_event_loop* get() const { return loop_.get(); }
    /// False when ten seconds brought no event that made it true.
    [[nodiscard]] bool until(std::function<bool()> const& condition) const
    {
        while (!condition()) {
            pollfd wanted{wl_event_loop_get_fd(loop_.get()), POLLIN, 0};
            if (poll(&wanted, 1, 10'000) != 1)
                return false;
            wl_event_loop_dispatch(loop_.get(), 0);
        }
        return true;
    }
    /// Whether nothing is due: a loop that is not idle now spins.
    [[nodiscard]] bool idle() const
    {
        pollfd wanted{wl_event_loop_get_fd(loop_.get()), POLLIN, 0};
        return poll(&wanted, 1, 0) == 0;
    }

private:
    EventLoop loop_;
};

} // namespace vitrail::test
