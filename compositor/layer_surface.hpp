#pragma once

#include "compositor/listener.hpp"
#include "compositor/wlr.hpp"
#include "lib/base/geometry.hpp"

#include <array>
#include <memory>
#include <vector>

namespace vitrail::compositor {

/// Panels, launchers, backgrounds, notifications: clients of wlr-layer-shell, arranged per output.
class LayerShell {
public:
    struct Owner {
        /// The part of an output that windows may use has changed.
        virtual void handle_work_area(wlr_output* output) = 0;
        /// Which layer surface wants the keys has changed; ask keyboard_surface().
        virtual void handle_layer_focus() = 0;
        /// Before handle_layer_focus() where a surface is new.
        virtual void handle_layer_shown(wlr_surface* surface) = 0;
        /// It is, or was until now, in this place of the layout.
        virtual void handle_layer_place(wlr_layer_surface_v1 const& surface, Rect const& place) = 0;
        /// For a client that names no output; null refuses the surface.
        virtual wlr_output* default_output() = 0;
        virtual void handle_layer_popup(wlr_xdg_popup& popup, wlr_scene_tree* parent,
                                        wlr_output* output) = 0;

    protected:
        ~Owner() = default;
    };
    /// In the order of zwlr_layer_shell_v1_layer: background, bottom, top, overlay.
    using Layers = std::array<wlr_scene_tree*, 4>;

    LayerShell(wl_display* display, wlr_output_layout* layout, Layers layers, Owner& owner);
    ~LayerShell();

    [[nodiscard]] wlr_layer_shell_v1* handle() const { return shell_; }

    /// Configures all surfaces of an output and works out its work area.
    void arrange(wlr_output* output);
    void arrange_all();
    /// Closes the surfaces of an output that goes away.
    void remove_output(wlr_output* output);

    /// Layout units; the output's whole rectangle where no panel reserves anything.
    [[nodiscard]] Rect work_area(wlr_output* output) const;
    /// The topmost surface with exclusive keyboard interactivity in the top or overlay layer.
    [[nodiscard]] wlr_surface* exclusive_surface() const;
    /// The surface stays in this part of the scene, whatever layer it names; where it is there, or
    /// null for one that is not ours.
    [[nodiscard]] wlr_scene_tree* pin(wlr_layer_surface_v1 const& surface, wlr_scene_tree* parent);
    /// It is shown and takes the keys when the user clicks it; false for null.
    [[nodiscard]] bool takes_keys(wlr_surface* surface) const;

private:
    class LayerSurface;
    void handle_new_surface(wlr_layer_surface_v1& surface);

    wlr_output_layout* layout_;
    Layers layers_;
    Owner& owner_;
    std::vector<std::unique_ptr<LayerSurface>> surfaces_;
    struct Area {
        wlr_output* output;
        Rect area;
    };
    std::vector<Area> areas_;
    wlr_layer_shell_v1* shell_;
    Listener<&LayerShell::handle_new_surface> new_surface_;
};

} // namespace vitrail::compositor
