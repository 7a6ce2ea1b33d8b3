#pragma once

#include "compositor/listener.hpp"
#include "compositor/wlr.hpp"

namespace vitrail::compositor {

/// Says when a client changed what a point of the screen hits: a surface was shown, hidden,
/// committed (size, input region, place of its subsurfaces) or ended. Coarse on purpose: who hears
/// it looks once at the end of the loop's turn, however many surfaces changed in it.
class SurfaceWatch {
public:
    struct Owner {
        virtual void handle_surfaces_changed() = 0;

    protected:
        ~Owner() = default;
    };
    /// Outlives all surfaces of this wlr_compositor.
    SurfaceWatch(wlr_compositor& compositor, Owner& owner);

private:
    class Watched;
    void handle_new_surface(wlr_surface& surface);

    Owner& owner_;
    Listener<&SurfaceWatch::handle_new_surface> new_surface_;
};

} // namespace vitrail::compositor
