#include "compositor/surface_watch.hpp"

namespace vitrail::compositor {

/// One surface; deletes itself with it.
class SurfaceWatch::Watched {
public:
    Watched(Owner& owner, wlr_surface& surface)
        : owner_(owner),
          commit_(*this, surface.events.commit),
          map_(*this, surface.events.map),
          unmap_(*this, surface.events.unmap),
          destroy_(*this, surface.events.destroy)
    {
    }

private:
    void handle_change() { owner_.handle_surfaces_changed(); }
    void handle_destroy()
    {
        owner_.handle_surfaces_changed();
        delete this;
    }

    Owner& owner_;
    Listener<&Watched::handle_change> commit_;
    Listener<&Watched::handle_change> map_;
    Listener<&Watched::handle_change> unmap_;
    Listener<&Watched::handle_destroy> destroy_;
};

SurfaceWatch::SurfaceWatch(wlr_compositor& compositor, Owner& owner)
    : owner_(owner), new_surface_(*this, compositor.events.new_surface)
{
}

void SurfaceWatch::handle_new_surface(wlr_surface& surface)
{
    new Watched(owner_, surface); // deletes itself with the surface
}

} // namespace vitrail::compositor
