#pragma once

#include "agents/gui/listener.hpp"
#include "agents/gui/shared_buffer.hpp"
#include "agents/gui/wlr.hpp"
#include "lib/base/geometry.hpp"
#include "lib/os/event_loop.hpp"
#include "lib/wire/types.hpp"

#include <optional>

namespace vitrail::agent {

class Agent;

/// The pixels of one forwarded window: a scene of its own, shown by a virtual output whose buffers
/// are granted pages (design.md §5). Pixman draws the damage straight into them.
///
/// It draws when something changed and the last frame is done: with the extension that is
/// X_FRAME_DONE, in 1.8 a clock of 16 ms which runs only after a frame.
class Picture {
public:
    Picture(Agent& agent, WindowId window);
    ~Picture();
    Picture(Picture const&) = delete;
    Picture& operator=(Picture const&) = delete;

    [[nodiscard]] wlr_scene_tree& root() { return scene_->tree; }
    /// What of the scene is forwarded: from its origin, in layout units.
    void set_size(Size content);
    [[nodiscard]] Size size() const { return content_; }
    void set_scale(std::uint32_t scale_120);
    void set_visible(bool visible);
    /// The next commit carries this serial; it goes out even if no pixel changes.
    void set_serial(std::uint32_t serial);
    /// A daemon that knows nothing of the window: everything is new.
    void start_over();
    /// Draws now what changed, if the daemon is ready for it. False when nothing was sent.
    bool draw();

    void handle_frame_done(std::uint32_t time_ms);
    /// Lets a client draw that waits for its frame: it was asked for another size.
    void send_frame_done();
    /// A buffer of the window is free again.
    void handle_release();
    void handle_presented(wire::from_daemon::Presented const& presented);
    /// The surface under a point in layout units of the content, and the point in it.
    [[nodiscard]] wlr_surface* surface_at(double x, double y, double& sx, double& sy);
    [[nodiscard]] std::uint32_t scale_120() const { return scale_120_; }

private:
    struct Output; ///< the wlr_output and its way back
    friend struct OutputCalls;

    void handle_frame();
    void handle_pace();
    void handle_urgent();
    void draw_soon();
    [[nodiscard]] bool build(wlr_output_state& state, Size pixels);
    void commit_buffer(wlr_output_state const& state);
    void resend(std::uint32_t serial);
    void forget_damage();
    [[nodiscard]] Size pixels() const;

    Agent& agent_;
    WindowId window_;
    wlr_scene* scene_;
    Output* output_;
    wlr_scene_output* scene_output_;
    Size content_;
    std::uint32_t scale_120_ = 120;
    bool visible_ = true;
    bool resized_ = true; ///< the next commit is of another size: all of it is new
    bool in_frame_done_ = false;
    bool blocked_ = false; ///< something to draw, but no buffer
    std::optional<std::uint32_t> serial_;
    SharedBuffer* last_ = nullptr; ///< last committed, as long as it lives
    wlr_buffer* last_lock_ = nullptr;
    wl_event_source* urgent_ = nullptr; ///< draws before the frame is due
    Timer<&Picture::handle_pace> pace_;
    std::optional<Listener<&Picture::handle_frame>> frame_;
};

} // namespace vitrail::agent
