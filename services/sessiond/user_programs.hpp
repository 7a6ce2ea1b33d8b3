#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/os/process.hpp"

#include <list>
#include <memory>
#include <optional>
#include <string>

namespace vitrail::session {

/// Programs of the GUI domain: those the user starts by a key, and the screen locker.
class UserPrograms {
public:
    UserPrograms(wl_event_loop* loop, std::string log, Environment environment);
    ~UserPrograms();

    /// Where Wayland programs connect, from the compositor's start on.
    void set_display(std::string const& display) { environment_["WAYLAND_DISPLAY"] = display; }
    void spawn(std::string const& command);
    /// A locker runs for as long as the screen is locked: one that dies is started again.
    void set_locked(bool locked);
    void end();

private:
    struct Running;
    void start_locker();
    void handle_locker_retry();
    void forget(Running* program);

    wl_event_loop* loop_;
    std::string log_;
    Environment environment_;
    std::list<std::unique_ptr<Running>> running_;
    Running* locker_ = nullptr;
    bool locked_ = false;
    Timer<&UserPrograms::handle_locker_retry> retry_;
};

} // namespace vitrail::session
