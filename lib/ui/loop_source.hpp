#pragma once

#include "lib/os/event_loop.hpp"

#include <sigc++/connection.h>

namespace vitrail::ui {

/// An event loop of ours, run by GLib's: its descriptor is a source of the default context.
class LoopSource {
public:
    LoopSource();
    ~LoopSource();
    LoopSource(LoopSource const&) = delete;
    LoopSource& operator=(LoopSource const&) = delete;
    [[nodiscard]] wl_event_loop* get() const { return loop_.get(); }

private:
    Handle<wl_event_loop, wl_event_loop_destroy> loop_;
    sigc::connection source_;
};

} // namespace vitrail::ui
