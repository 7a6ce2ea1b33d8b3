#pragma once

#include "compositor/listener.hpp"
#include "compositor/wlr.hpp"
#include "lib/base/geometry.hpp"

#include <optional>
#include <string>

namespace vitrail::compositor {

class FramedView;

/// What the pointer looks like.
///
/// A qube's own picture is shown over that window's content alone, cut to what can be seen of it,
/// and of bounded size; everywhere else the pointer is the compositor's. Where the picture lies
/// wholly within what is seen it goes to the cursor plane, else into the window's content tree.
class CursorImage {
public:
    CursorImage(wlr_cursor* cursor, wlr_xcursor_manager* themes);
    ~CursorImage();

    void show_shape(std::string name); ///< of the cursor theme
    /// Of a client that is trusted with the screen; null hides it.
    void show_surface(wlr_surface* surface, Point hotspot);
    /// Of a qube; null hides it, over that content only.
    void show_within(FramedView& view, wlr_surface* surface, Point hotspot);
    /// The content tree of a view that showed it is about to go or to hide.
    void owner_gone(wlr_scene_tree* content);
    /// Scales changed.
    void reload();
    /// The pointer, the picture or what covers it may have moved; before each frame.
    void update();

    static constexpr std::int32_t largest = 128; ///< layout units; a larger one is not shown

private:
    enum class Shown { theme, client, plane, scene, hidden };
    void handle_commit();
    void handle_surface_destroy();
    void forget();
    void show_theme(std::string const& name);
    void show_in_scene(Point place);
    [[nodiscard]] bool wholly_seen(Rect const& picture) const;

    wlr_cursor* cursor_;
    wlr_xcursor_manager* themes_;
    std::string theme_name_;
    Shown shown_ = Shown::hidden;

    FramedView* view_ = nullptr; ///< of the qube whose picture it is
    wlr_surface* surface_ = nullptr;
    Point hotspot_;
    wlr_scene_tree* tree_ = nullptr; ///< in the view's content, while shown there
    wlr_scene_tree* picture_ = nullptr;
    std::optional<Listener<&CursorImage::handle_commit>> commit_;
    std::optional<Listener<&CursorImage::handle_surface_destroy>> destroy_;
};

} // namespace vitrail::compositor
