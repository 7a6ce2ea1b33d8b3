#pragma once

#include "compositor/wlr.hpp"
#include "lib/paint/image.hpp"

namespace vitrail::compositor {

/// A wlr_buffer over the pixels of an image, read-only for everyone. The caller owns one reference
/// and gives it up with wlr_buffer_drop(); a scene that shows it keeps its own.
[[nodiscard]] wlr_buffer* make_pixel_buffer(Image image);

/// Shows a picture of our own in the scene. The node belongs to its parent tree and takes no input.
class Picture {
public:
    explicit Picture(wlr_scene_tree* parent);
    /// `size` in layout units; the image has that times the scale in pixels.
    void show(Image image, Size size);
    void clear();
    void place(Point position);
    void set_visible(bool visible);
    [[nodiscard]] wlr_scene_node* node() const { return &buffer_->node; }

private:
    wlr_scene_buffer* buffer_;
};

} // namespace vitrail::compositor
