#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/os/fd.hpp"

struct xcb_connection_t;

namespace vitrail::agent {

class Agent;

/// Waits until the X server has worked off what our window manager has sent so far, then calls
/// Seat::handle_x11_settled().
///
/// Input focus of X11 windows is set over the window manager's connection, keys reach Xwayland over
/// its Wayland one, which it reads first: a key sent right after the focus would go to no window.
class X11Barrier {
public:
    /// `connection` is wlroots' own.
    X11Barrier(Agent& agent, xcb_connection_t& connection);

private:
    void handle_readable(std::uint32_t ready);

    Agent& agent_;
    xcb_connection_t& connection_;
    unsigned sequence_; ///< of the request whose answer we wait for
    Fd fd_;             ///< a copy: an epoll takes each descriptor once, and wlroots' has it
    FdSource<&X11Barrier::handle_readable> source_;
};

} // namespace vitrail::agent
