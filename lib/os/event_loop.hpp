#pragma once

#include "lib/base/handle.hpp"
#include "lib/base/result.hpp"

#include <wayland-server-core.h>

#include <chrono>
#include <cstdint>

namespace vitrail {

/// Calls one member function when a descriptor is ready, for as long as it lives.
///
///     FdSource<&Session::handle_channel> channel_source_{loop, *this, fd, WL_EVENT_READABLE};
/// The handler takes the ready mask (WL_EVENT_READABLE | WRITABLE | HANGUP | ERROR). It may destroy
/// its owner and must then return at once.
template <auto Handler> class FdSource;
template <typename Owner, void (Owner::*Handler)(std::uint32_t)> class FdSource<Handler> {
public:
    FdSource(wl_event_loop* loop, Owner& owner, int fd, std::uint32_t mask)
        : source_(wl_event_loop_add_fd(
              loop, fd, mask,
              [](int, std::uint32_t ready, void* data) noexcept {
                  (static_cast<Owner*>(data)->*Handler)(ready);
                  return 0;
              },
              &owner))
    {
    }
    ~FdSource() { wl_event_source_remove(source_); }
    FdSource(FdSource const&) = delete;
    FdSource& operator=(FdSource const&) = delete;
    void set_mask(std::uint32_t mask) { wl_event_source_fd_update(source_, mask); }
    /// The handler is called, with 0, after every turn of the loop too: for what a library has read
    /// from the descriptor without us.
    void call_every_turn() { wl_event_source_check(source_); }

private:
    wl_event_source* source_;
};

/// Calls one member function once, `after` the last arm().
template <auto Handler> class Timer;
template <typename Owner, void (Owner::*Handler)()> class Timer<Handler> {
public:
    Timer(wl_event_loop* loop, Owner& owner)
        : source_(wl_event_loop_add_timer(
              loop,
              [](void* data) noexcept {
                  (static_cast<Owner*>(data)->*Handler)();
                  return 0;
              },
              &owner))
    {
    }
    ~Timer() { wl_event_source_remove(source_); }
    Timer(Timer const&) = delete;
    Timer& operator=(Timer const&) = delete;
    /// At least 1 ms: 0 would disarm.
    void arm(std::chrono::milliseconds after)
    {
        auto const ms = static_cast<int>(after.count());
        wl_event_source_timer_update(source_, ms > 0 ? ms : 1);
    }
    void disarm() { wl_event_source_timer_update(source_, 0); }

private:
    wl_event_source* source_;
};

/// Calls one member function for a signal that the process blocks (wl_event_loop uses signalfd).
template <auto Handler> class SignalSource;
template <typename Owner, void (Owner::*Handler)(int)> class SignalSource<Handler> {
public:
    SignalSource(wl_event_loop* loop, Owner& owner, int signal_number)
        : source_(wl_event_loop_add_signal(
              loop, signal_number,
              [](int number, void* data) noexcept {
                  (static_cast<Owner*>(data)->*Handler)(number);
                  return 0;
              },
              &owner))
    {
    }
    ~SignalSource() { wl_event_source_remove(source_); }
    SignalSource(SignalSource const&) = delete;
    SignalSource& operator=(SignalSource const&) = delete;

private:
    wl_event_source* source_;
};

/// A loop of its own, for processes without a wl_display.
class EventLoop {
public:
    EventLoop() : loop_(wl_event_loop_create()) {}
    [[nodiscard]] wl_event_loop* get() const { return loop_.get(); }
    /// Waits for events and runs their handlers until stop().
    void run()
    {
        while (true) {
            // Before the wait of the dispatch, which would not see that one of these stops it.
            wl_event_loop_dispatch_idle(loop_.get());
            if (stopped_)
                return;
            wl_event_loop_dispatch(loop_.get(), -1);
        }
    }
    void stop() { stopped_ = true; }

private:
    Handle<wl_event_loop, wl_event_loop_destroy> loop_;
    bool stopped_ = false;
};

} // namespace vitrail
