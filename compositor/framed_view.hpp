#pragma once

#include "compositor/arrangement.hpp"
#include "compositor/frame.hpp"
#include "compositor/wlr.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace vitrail::compositor {

class Desktop;

/// What the compositor arranges: a toplevel with its frame. The subclass is the protocol that its
/// client speaks; everything about place and state is here and in Desktop.
class FramedView {
public:
    explicit FramedView(Desktop& desktop);
    virtual ~FramedView();
    FramedView(FramedView const&) = delete;
    FramedView& operator=(FramedView const&) = delete;

    // What the protocol knows.
    [[nodiscard]] virtual Badge badge() const = 0;
    [[nodiscard]] virtual std::string title() const = 0; ///< after display_text()
    [[nodiscard]] virtual std::string app_id() const = 0;
    [[nodiscard]] virtual wlr_surface* surface() const = 0;
    [[nodiscard]] virtual Size wanted_size() const = 0; ///< of the content, as the client drew it
    [[nodiscard]] virtual bool fixed_size() const = 0;
    virtual void
    configure(Size content) = 0; ///< asks the client for this size and the states below
    virtual void activate(bool focused) = 0;
    virtual void close() = 0;

    /// The qube's number, 0 for the session.
    [[nodiscard]] virtual std::uint32_t origin() const { return 0; }
    /// The number its agent knows it by, 0 for the session.
    [[nodiscard]] virtual std::uint32_t window_number() const { return 0; }
    /// Where the client wants its content, in layout units; nothing: the compositor chooses.
    [[nodiscard]] virtual std::optional<Point> wanted_place() const { return std::nullopt; }
    /// Its client has gone: a picture of what was.
    [[nodiscard]] virtual bool lost() const { return false; }
    /// The compositor's key repeat (evdev code); in-session clients repeat by themselves.
    virtual void repeat_key(std::uint32_t, std::uint32_t) {}
    /// The mouse moved while this view holds the pointer.
    virtual void relative_motion(std::uint32_t, double, double) {}
    /// It was moved, resized, shown or hidden: what hangs on it follows.
    virtual void handle_placed() {}
    /// Outputs, work areas or its label changed.
    virtual void handle_layout() {}
    /// A press outside of the menus of its qube.
    virtual void dismiss() {}
    /// What its client may not do to the pointer or to pixels is cut away (tier qube).
    [[nodiscard]] bool untrusted() const { return origin() != 0; }
    [[nodiscard]] wlr_scene_tree* content_tree() const { return content_; }

    // State, in layout units.
    struct State {
        Rect content;
        Rect restore; ///< content before it was maximised, snapped or made full screen
        Snap snap = Snap::none;
        bool maximized = false;
        bool fullscreen = false;
        bool minimized = false;
        int workspace = 1;
    };
    [[nodiscard]] State const& state() const { return state_; }
    [[nodiscard]] std::uint64_t id() const { return id_; }
    [[nodiscard]] bool mapped() const { return mapped_; }
    [[nodiscard]] bool focused() const { return focused_; }
    [[nodiscard]] bool visible() const;
    /// On the screen now, as far as it depends on us: menus too. What covers it is not asked.
    [[nodiscard]] bool seen() const { return tree_->node.enabled; }
    [[nodiscard]] Rect outer() const;
    [[nodiscard]] wlr_output* output() const;

    /// The user asked it to close: its end is his doing.
    void request_close();
    [[nodiscard]] bool close_wanted() const { return close_wanted_; }
    [[nodiscard]] bool wants_attention() const { return attention_; }

    void set_focused(bool focused);
    void set_attention(bool wanted);
    void set_hovered(std::optional<FrameButton> button, bool pressed);
    void set_state(State const& state); ///< places it and asks the client for its size
    void raise();
    /// Draws the frame anew where something changed.
    void refresh();
    void refresh_visibility();

protected:
    void map();
    /// Instead of map(): takes over place, state, stacking and focus of `gone`, which is still
    /// mapped and is unmapped by this.
    void map_in_place_of(FramedView& gone);
    /// Instead of map(): at a place that is remembered; `below`: the view it lies under, or null.
    void map_at(State const& state, FramedView* below, bool focused);
    void unmap();
    void add_handle();
    void announce_now();
    void tell_handle();
    /// The client drew this size.
    void content_sized(Size size);
    void hide_frame() { frame_->set_visible(false); }
    void announce(); ///< title or application changed; acts at the end of the loop's turn

    Desktop& desktop_;
    wlr_scene_tree* tree_;    ///< at the content's origin
    wlr_scene_tree* content_; ///< the client's pixels
    State state_;
    wlr_foreign_toplevel_handle_v1* handle_ = nullptr;

private:
    friend class Desktop;
    std::uint64_t id_;
    std::unique_ptr<Frame> frame_;
    wlr_scene_rect* veil_ = nullptr; ///< black behind a full-screen view smaller than its output
    TitleBar bar_;
    bool mapped_ = false;
    bool focused_ = false;
    bool attention_ = false;
    bool close_wanted_ = false;
    wl_event_source* announcing_ = nullptr;
    struct Handle;
    std::unique_ptr<Handle> listeners_;
};

} // namespace vitrail::compositor
