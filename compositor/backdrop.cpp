#include "compositor/backdrop.hpp"

#include <algorithm>

namespace vitrail::compositor {

struct Backdrop::Pane {
    Pane(wlr_scene_tree* layer, wlr_output* of) : picture(layer), output(of) {}
    ~Pane() { wlr_scene_node_destroy(picture.node()); }
    Picture picture;
    wlr_output* output; ///< compared, never followed
    Size size;
    float scale = 0;
    Scheme scheme = Scheme::light;
};

Backdrop::Backdrop(wlr_output_layout* layout, wlr_scene_tree* layer)
    : layout_(layout), layer_(layer)
{
}

Backdrop::~Backdrop() = default;

void Backdrop::arrange(Scheme scheme)
{
    std::vector<std::unique_ptr<Pane>> kept;
    wlr_output_layout_output* entry;
    wl_list_for_each(entry, &layout_->outputs, link)
    {
        wlr_output* const output = entry->output;
        auto const known = std::ranges::find_if(
            panes_, [output](auto const& pane) { return pane && pane->output == output; });
        std::unique_ptr<Pane> pane =
            known != panes_.end() ? std::move(*known) : std::make_unique<Pane>(layer_, output);
        wlr_box box;
        wlr_output_layout_get_box(layout_, output, &box);
        Size const size{box.width, box.height};
        if (box.width > 0 && box.height > 0 &&
            (size != pane->size || output->scale != pane->scale || scheme != pane->scheme)) {
            pane->picture.show(paint_background(size, output->scale, scheme), size);
            pane->size = size;
            pane->scale = output->scale;
            pane->scheme = scheme;
        }
        pane->picture.place({box.x, box.y});
        kept.push_back(std::move(pane));
    }
    panes_ = std::move(kept);
}

} // namespace vitrail::compositor
