#include "compositor/layer_surface.hpp"

#include <algorithm>

namespace vitrail::compositor {

class LayerShell::LayerSurface {
public:
    LayerSurface(LayerShell& shell, wlr_layer_surface_v1& surface)
        : shell_(shell),
          surface_(surface),
          scene_(wlr_scene_layer_surface_v1_create(shell.layers_[surface.pending.layer], &surface)),
          commit_(*this, surface.surface->events.commit),
          map_(*this, surface.surface->events.map),
          unmap_(*this, surface.surface->events.unmap),
          new_popup_(*this, surface.events.new_popup),
          destroy_(*this, surface.events.destroy)
    {
    }

    [[nodiscard]] wlr_output* output() const { return surface_.output; }
    [[nodiscard]] wlr_layer_surface_v1& handle() const { return surface_; }
    [[nodiscard]] wlr_scene_layer_surface_v1* scene() const { return scene_; }
    void pin(wlr_scene_tree* parent)
    {
        pinned_ = parent;
        place_in_layer();
    }
    void tell_place()
    {
        int x = 0;
        int y = 0;
        wlr_scene_node_coords(&scene_->tree->node, &x, &y);
        auto const& size = surface_.surface->current;
        Rect const place = surface_.surface->mapped ? Rect{x, y, size.width, size.height} : Rect{};
        if (place == place_)
            return;
        shell_.owner_.handle_layer_place(surface_, place_);
        place_ = place;
        shell_.owner_.handle_layer_place(surface_, place_);
    }

private:
    /// Debian's wlroots has taken out this error of the protocol.
    [[nodiscard]] bool refuse_size()
    {
        auto const& state = surface_.current;
        auto const anchored = [&](std::uint32_t edges) { return (state.anchor & edges) == edges; };
        if ((state.desired_width != 0 ||
             anchored(ZWLR_LAYER_SURFACE_V1_ANCHOR_LEFT | ZWLR_LAYER_SURFACE_V1_ANCHOR_RIGHT)) &&
            (state.desired_height != 0 ||
             anchored(ZWLR_LAYER_SURFACE_V1_ANCHOR_TOP | ZWLR_LAYER_SURFACE_V1_ANCHOR_BOTTOM)))
            return false;
        wl_resource_post_error(surface_.resource, ZWLR_LAYER_SURFACE_V1_ERROR_INVALID_SIZE,
                               "a size of 0 without anchors at both edges");
        return true;
    }
    void handle_commit()
    {
        if (refuse_size())
            return;
        auto const committed = surface_.current.committed;
        if (surface_.initial_commit) {
            place_in_layer();
        } else if (committed & WLR_LAYER_SURFACE_V1_STATE_LAYER) {
            place_in_layer();
        } else if (committed == 0 && surface_.surface->mapped == was_mapped_) {
            return tell_place(); // a picture of another size
        }
        was_mapped_ = surface_.surface->mapped;
        shell_.arrange(surface_.output);
        if (surface_.surface->mapped)
            shell_.owner_.handle_layer_focus();
    }
    void place_in_layer()
    {
        wlr_scene_node_reparent(&scene_->tree->node,
                                pinned_ ? pinned_ : shell_.layers_[surface_.current.layer]);
    }
    void handle_map()
    {
        shell_.arrange(surface_.output);
        shell_.owner_.handle_layer_shown(surface_.surface);
        shell_.owner_.handle_layer_focus();
    }
    void handle_unmap()
    {
        shell_.arrange(surface_.output);
        shell_.owner_.handle_layer_focus();
    }
    void handle_new_popup(wlr_xdg_popup& popup)
    {
        shell_.owner_.handle_layer_popup(popup, scene_->tree, surface_.output);
    }
    void handle_destroy()
    {
        LayerShell& shell = shell_;
        wlr_output* const output = surface_.output;
        shell.owner_.handle_layer_place(surface_, place_);
        std::erase_if(shell.surfaces_, [this](auto const& other) { return other.get() == this; });
        if (output)
            shell.arrange(output);
        shell.owner_.handle_layer_focus();
    }

    LayerShell& shell_;
    wlr_layer_surface_v1& surface_;
    wlr_scene_layer_surface_v1* scene_; ///< gone with the surface
    wlr_scene_tree* pinned_ = nullptr;
    Rect place_; ///< as told
    bool was_mapped_ = false;
    Listener<&LayerSurface::handle_commit> commit_;
    Listener<&LayerSurface::handle_map> map_;
    Listener<&LayerSurface::handle_unmap> unmap_;
    Listener<&LayerSurface::handle_new_popup> new_popup_;
    Listener<&LayerSurface::handle_destroy> destroy_;
};

LayerShell::LayerShell(wl_display* display, wlr_output_layout* layout, Layers layers, Owner& owner)
    : layout_(layout),
      layers_(layers),
      owner_(owner),
      shell_(wlr_layer_shell_v1_create(display, 4)),
      new_surface_(*this, shell_->events.new_surface)
{
}

LayerShell::~LayerShell() = default;

void LayerShell::handle_new_surface(wlr_layer_surface_v1& surface)
{
    if (!surface.output)
        surface.output = owner_.default_output();
    if (!surface.output) {
        wlr_layer_surface_v1_destroy(&surface);
        return;
    }
    surfaces_.push_back(std::make_unique<LayerSurface>(*this, surface));
}

void LayerShell::arrange(wlr_output* output)
{
    wlr_box full;
    wlr_output_layout_get_box(layout_, output, &full);
    if (full.width <= 0 || full.height <= 0)
        return;
    wlr_box usable = full;
    // Those that reserve room first, from the top layer down: what they leave is for the others.
    for (bool const exclusive : {true, false})
        for (int layer = 3; layer >= 0; --layer)
            for (auto const& surface : surfaces_) {
                wlr_layer_surface_v1& handle = surface->handle();
                if (surface->output() != output || !handle.initialized ||
                    static_cast<int>(handle.current.layer) != layer ||
                    (handle.current.exclusive_zone > 0) != exclusive)
                    continue;
                wlr_scene_layer_surface_v1_configure(surface->scene(), &full, &usable);
                surface->tell_place();
            }
    Rect const area{usable.x, usable.y, std::max(usable.width, 1), std::max(usable.height, 1)};
    auto const known = std::ranges::find(areas_, output, &Area::output);
    if (known == areas_.end())
        areas_.push_back({output, area});
    else if (known->area != area)
        known->area = area;
    else
        return;
    owner_.handle_work_area(output);
}

void LayerShell::arrange_all()
{
    wlr_output_layout_output* entry;
    wl_list_for_each(entry, &layout_->outputs, link) arrange(entry->output);
}

void LayerShell::remove_output(wlr_output* output)
{
    std::vector<wlr_layer_surface_v1*> leaving;
    for (auto const& surface : surfaces_)
        if (surface->output() == output)
            leaving.push_back(&surface->handle());
    for (wlr_layer_surface_v1* const surface : leaving) {
        surface->output = nullptr;
        wlr_layer_surface_v1_destroy(surface);
    }
    std::erase_if(areas_, [output](Area const& area) { return area.output == output; });
}

Rect LayerShell::work_area(wlr_output* output) const
{
    auto const known = std::ranges::find(areas_, output, &Area::output);
    if (known != areas_.end())
        return known->area;
    wlr_box box;
    wlr_output_layout_get_box(layout_, output, &box);
    return {box.x, box.y, box.width, box.height};
}

wlr_surface* LayerShell::exclusive_surface() const
{
    for (auto const layer : {ZWLR_LAYER_SHELL_V1_LAYER_OVERLAY, ZWLR_LAYER_SHELL_V1_LAYER_TOP})
        for (auto it = surfaces_.rbegin(); it != surfaces_.rend(); ++it) {
            wlr_layer_surface_v1 const& handle = (*it)->handle();
            if (handle.current.layer == layer && handle.surface->mapped &&
                handle.current.keyboard_interactive ==
                    ZWLR_LAYER_SURFACE_V1_KEYBOARD_INTERACTIVITY_EXCLUSIVE)
                return handle.surface;
        }
    return nullptr;
}

wlr_scene_tree* LayerShell::pin(wlr_layer_surface_v1 const& surface, wlr_scene_tree* parent)
{
    for (auto const& known : surfaces_)
        if (&known->handle() == &surface) {
            known->pin(parent);
            return known->scene()->tree;
        }
    return nullptr;
}

bool LayerShell::takes_keys(wlr_surface* surface) const
{
    wlr_layer_surface_v1 const* const handle =
        surface ? wlr_layer_surface_v1_try_from_wlr_surface(wlr_surface_get_root_surface(surface))
                : nullptr;
    return handle && handle->surface->mapped &&
           handle->current.keyboard_interactive !=
               ZWLR_LAYER_SURFACE_V1_KEYBOARD_INTERACTIVITY_NONE;
}

} // namespace vitrail::compositor
