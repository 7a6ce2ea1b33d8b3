#pragma once

#include "compositor/overlays.hpp"
#include "compositor/pixel_buffer.hpp"

#include <memory>
#include <vector>

namespace vitrail::compositor {

/// The desktop's picture behind everything, one per output.
class Backdrop {
public:
    Backdrop(wlr_output_layout* layout, wlr_scene_tree* layer);
    ~Backdrop();
    /// After a change of outputs or theme; draws only what differs.
    void arrange(Scheme scheme);

private:
    struct Pane;
    wlr_output_layout* layout_;
    wlr_scene_tree* layer_;
    std::vector<std::unique_ptr<Pane>> panes_;
};

} // namespace vitrail::compositor
