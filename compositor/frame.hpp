#pragma once

#include "compositor/decoration.hpp"
#include "compositor/pixel_buffer.hpp"

#include <array>

namespace vitrail::compositor {

/// The scene nodes of one view's frame: title bar and three border bars, above the client's pixels
/// and never among them. Coordinates are those of its tree, whose origin is the content's.
class Frame {
public:
    explicit Frame(wlr_scene_tree* parent);
    /// Draws what changed. Size of the content in layout units.
    void update(TitleBar const& bar, Size content, double scale, Scheme scheme);
    void set_visible(bool visible);

private:
    wlr_scene_tree* tree_;
    Picture title_;
    std::array<wlr_scene_rect*, 3> borders_; ///< left, right, bottom
    TitleBar bar_;
    Size content_;
    double scale_ = 0;
    Scheme scheme_ = Scheme::light;
};

} // namespace vitrail::compositor
