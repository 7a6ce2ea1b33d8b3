#pragma once

#include "compositor/listener.hpp"
#include "compositor/pixel_buffer.hpp"
#include "compositor/wlr.hpp"
#include "lib/paint/theme.hpp"

#include <memory>
#include <vector>

namespace vitrail::compositor {

/// Whether the session is locked is the compositor's own state: a locker only draws and unlocks.
/// When it dies without unlocking, the session stays locked behind a plain picture and the next
/// locker takes over (ext-session-lock-v1; design.md §4).
class SessionLock {
public:
    /// The one that knows about input and the other layers.
    struct Owner {
        virtual void handle_locked(bool locked) = 0;
        /// Keys go to this surface alone; null: to nobody.
        virtual void handle_lock_focus(wlr_surface* surface) = 0;

    protected:
        ~Owner() = default;
    };

    /// `layer` lies above everything else in the scene.
    SessionLock(wl_display* display, wlr_output_layout* layout, wlr_scene_tree* layer,
                Owner& owner);
    ~SessionLock();

    [[nodiscard]] bool locked() const { return locked_; }
    /// Locks at once; a locker may come later.
    void lock();
    /// Each output, from before its first frame; it leaves by itself.
    void add_output(wlr_output* output);
    /// After a change of the layout, a scale or the theme.
    void arrange(Scheme scheme);
    /// The surface that gets the keys: the one under `output`, else any.
    [[nodiscard]] wlr_surface* surface_for(wlr_output const* output) const;

private:
    class Screen;
    class Surface;
    class Locker;

    void handle_new_lock(wlr_session_lock_v1& lock);
    void handle_covered();
    void unlock();
    void refocus();

    wlr_output_layout* layout_;
    wlr_scene_tree* layer_;
    Owner& owner_;
    Scheme scheme_ = Scheme::dark;
    bool locked_ = false;
    std::vector<std::unique_ptr<Screen>> screens_;
    std::unique_ptr<Locker> locker_;
    wlr_session_lock_manager_v1* manager_;
    Listener<&SessionLock::handle_new_lock> new_lock_;
};

} // namespace vitrail::compositor
