#include "compositor/frame.hpp"

namespace vitrail::compositor {

Frame::Frame(wlr_scene_tree* parent) : tree_(wlr_scene_tree_create(parent)), title_(tree_)
{
    float const nothing[4] = {};
    for (wlr_scene_rect*& border : borders_)
        border = wlr_scene_rect_create(tree_, 0, 0, nothing);
    // A frame takes the pointer: nothing below it may be clicked through it.
    wlr_scene_buffer_from_node(title_.node())->point_accepts_input = nullptr;
}

void Frame::update(TitleBar const& bar, Size content, double scale, Scheme scheme)
{
    constexpr FrameMetrics m;
    bool const resized = content != content_;
    bool const repaint =
        bar != bar_ || content.width != content_.width || scale != scale_ || scheme != scheme_;
    if (!resized && !repaint)
        return;
    std::int32_t const width = content.width + 2 * m.border;
    if (repaint) {
        title_.show(paint_title_bar(bar, width, scale, scheme), {width, m.title});
        title_.place({-m.border, -m.title});
    }
    Color const color = frame_color(bar.badge, scheme);
    float const rgba[4] = {static_cast<float>(color.red), static_cast<float>(color.green),
                           static_cast<float>(color.blue), 1};
    std::array<Rect, 3> const places{{{-m.border, 0, m.border, content.height},
                                      {content.width, 0, m.border, content.height},
                                      {-m.border, content.height, width, m.border}}};
    for (std::size_t i = 0; i < borders_.size(); ++i) {
        wlr_scene_rect_set_color(borders_[i], rgba);
        wlr_scene_rect_set_size(borders_[i], places[i].width, places[i].height);
        wlr_scene_node_set_position(&borders_[i]->node, places[i].x, places[i].y);
    }
    bar_ = bar;
    content_ = content;
    scale_ = scale;
    scheme_ = scheme;
}

void Frame::set_visible(bool visible)
{
    wlr_scene_node_set_enabled(&tree_->node, visible);
}

} // namespace vitrail::compositor
