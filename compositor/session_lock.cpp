#include "compositor/session_lock.hpp"

#include "compositor/overlays.hpp"

#include <algorithm>

namespace vitrail::compositor {

/// One output's part of the lock: the plain picture, and the locker's surface over it.
class SessionLock::Screen {
public:
    Screen(SessionLock& lock, wlr_output* output)
        : lock_(lock),
          output_(output),
          tree_(wlr_scene_tree_create(lock.layer_)),
          picture_(tree_),
          commit_(*this, output->events.commit),
          destroy_(*this, output->events.destroy)
    {
    }
    ~Screen() { wlr_scene_node_destroy(&tree_->node); }

    void arrange(Scheme scheme)
    {
        wlr_box box;
        wlr_output_layout_get_box(lock_.layout_, output_, &box);
        if (box.width <= 0 || box.height <= 0)
            return;
        wlr_scene_node_set_position(&tree_->node, box.x, box.y);
        if (Size const size{box.width, box.height};
            lock_.locked_ && (size != size_ || scheme != scheme_ || scale_ != output_->scale)) {
            picture_.show(paint_locked_screen(size, output_->scale, scheme), size);
            size_ = size;
            scheme_ = scheme;
            scale_ = output_->scale;
        }
        if (surface)
            wlr_session_lock_surface_v1_configure(surface, static_cast<std::uint32_t>(box.width),
                                                  static_cast<std::uint32_t>(box.height));
    }
    /// From now on a frame counts only if it was drawn locked.
    void uncover()
    {
        covered = false;
        if (output_->enabled)
            wlr_output_schedule_frame(output_);
    }
    void forget_picture()
    {
        picture_.clear();
        size_ = {};
    }

    [[nodiscard]] wlr_output* output() const { return output_; }
    [[nodiscard]] wlr_scene_tree* tree() const { return tree_; }
    [[nodiscard]] bool done() const { return covered || !output_->enabled; }

    bool covered = false;
    wlr_session_lock_surface_v1* surface = nullptr;

private:
    void handle_commit(wlr_output_event_commit& event)
    {
        if (!(event.state->committed & WLR_OUTPUT_STATE_BUFFER) || covered || !lock_.locked_)
            return;
        covered = true;
        lock_.handle_covered();
    }
    void handle_destroy()
    {
        SessionLock& lock = lock_;
        std::erase_if(lock.screens_, [this](auto const& screen) { return screen.get() == this; });
        lock.handle_covered();
    }

    SessionLock& lock_;
    wlr_output* output_;
    wlr_scene_tree* tree_;
    Picture picture_;
    Size size_;
    Scheme scheme_ = Scheme::dark;
    float scale_ = 0;
    Listener<&Screen::handle_commit> commit_;
    Listener<&Screen::handle_destroy> destroy_;
};

class SessionLock::Surface {
public:
    Surface(SessionLock& lock, Locker& locker, wlr_session_lock_surface_v1& surface)
        : lock_(lock),
          locker_(locker),
          surface_(surface),
          map_(*this, surface.surface->events.map),
          destroy_(*this, surface.events.destroy)
    {
        for (auto const& screen : lock.screens_)
            if (screen->output() == surface.output) {
                wlr_scene_subsurface_tree_create(screen->tree(), surface.surface);
                screen->surface = &surface;
                screen->arrange(lock.scheme_);
            }
    }
    ~Surface()
    {
        for (auto const& screen : lock_.screens_)
            if (screen->surface == &surface_)
                screen->surface = nullptr;
    }

private:
    friend class Locker;
    void handle_map() { lock_.refocus(); }
    void handle_destroy();

    SessionLock& lock_;
    Locker& locker_;
    wlr_session_lock_surface_v1& surface_;
    Listener<&Surface::handle_map> map_;
    Listener<&Surface::handle_destroy> destroy_;
};

/// The client that holds the lock.
class SessionLock::Locker {
public:
    Locker(SessionLock& lock, wlr_session_lock_v1& handle)
        : lock_(lock),
          handle(handle),
          new_surface_(*this, handle.events.new_surface),
          unlock_(*this, handle.events.unlock),
          destroy_(*this, handle.events.destroy)
    {
    }
    std::vector<std::unique_ptr<Surface>> surfaces;

private:
    void handle_new_surface(wlr_session_lock_surface_v1& surface)
    {
        surfaces.push_back(std::make_unique<Surface>(lock_, *this, surface));
    }
    void handle_unlock() { lock_.unlock(); }
    void handle_destroy()
    {
        SessionLock& lock = lock_;
        // Dead or done: when it did not unlock before, everything stays locked.
        lock.locker_.reset();
        lock.refocus();
    }

    SessionLock& lock_;

public:
    wlr_session_lock_v1& handle;
    bool told = false;

private:
    Listener<&Locker::handle_new_surface> new_surface_;
    Listener<&Locker::handle_unlock> unlock_;
    Listener<&Locker::handle_destroy> destroy_;
};

void SessionLock::Surface::handle_destroy()
{
    SessionLock& lock = lock_;
    std::erase_if(locker_.surfaces, [this](auto const& surface) { return surface.get() == this; });
    lock.refocus();
}

SessionLock::SessionLock(wl_display* display, wlr_output_layout* layout, wlr_scene_tree* layer,
                         Owner& owner)
    : layout_(layout),
      layer_(layer),
      owner_(owner),
      manager_(wlr_session_lock_manager_v1_create(display)),
      new_lock_(*this, manager_->events.new_lock)
{
    wlr_scene_node_set_enabled(&layer_->node, false);
}

SessionLock::~SessionLock() = default;

void SessionLock::add_output(wlr_output* output)
{
    screens_.push_back(std::make_unique<Screen>(*this, output));
    screens_.back()->arrange(scheme_);
}

void SessionLock::arrange(Scheme scheme)
{
    scheme_ = scheme;
    for (auto const& screen : screens_)
        screen->arrange(scheme);
}

void SessionLock::lock()
{
    if (locked_)
        return;
    locked_ = true;
    wlr_scene_node_set_enabled(&layer_->node, true);
    arrange(scheme_);
    for (auto const& screen : screens_)
        screen->uncover();
    owner_.handle_locked(true);
    refocus();
}

void SessionLock::unlock()
{
    locked_ = false;
    wlr_scene_node_set_enabled(&layer_->node, false);
    for (auto const& screen : screens_)
        screen->forget_picture();
    owner_.handle_locked(false);
}

void SessionLock::handle_new_lock(wlr_session_lock_v1& lock_request)
{
    if (locker_) {
        wlr_session_lock_v1_destroy(&lock_request);
        return;
    }
    locker_ = std::make_unique<Locker>(*this, lock_request);
    lock();
    handle_covered();
}

void SessionLock::handle_covered()
{
    // "locked" promises that nothing of the session is on any screen.
    if (locked_ && locker_ && !locker_->told &&
        std::ranges::all_of(screens_, [](auto const& screen) { return screen->done(); })) {
        locker_->told = true;
        wlr_session_lock_v1_send_locked(&locker_->handle);
    }
}

wlr_surface* SessionLock::surface_for(wlr_output const* output) const
{
    wlr_surface* any = nullptr;
    for (auto const& screen : screens_) {
        if (!screen->surface || !screen->surface->surface->mapped)
            continue;
        if (screen->output() == output)
            return screen->surface->surface;
        any = screen->surface->surface;
    }
    return any;
}

void SessionLock::refocus()
{
    if (locked_)
        owner_.handle_lock_focus(surface_for(nullptr));
}

} // namespace vitrail::compositor
