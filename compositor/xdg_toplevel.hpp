#pragma once

#include "compositor/framed_view.hpp"
#include "compositor/listener.hpp"

namespace vitrail::compositor {

/// A window of a program of the GUI domain itself, in the neutral frame.
class XdgToplevel final : public FramedView {
public:
    /// Belongs to its wlr_xdg_toplevel: deletes itself with it.
    XdgToplevel(Desktop& desktop, wlr_xdg_toplevel& toplevel);

    [[nodiscard]] Badge badge() const override;
    [[nodiscard]] std::string title() const override;
    [[nodiscard]] std::string app_id() const override;
    [[nodiscard]] wlr_surface* surface() const override { return toplevel_.base->surface; }
    [[nodiscard]] Size wanted_size() const override;
    [[nodiscard]] bool fixed_size() const override;
    void configure(Size content) override;
    void activate(bool focused) override;
    void close() override;
    [[nodiscard]] std::optional<Point> wanted_place() const override;
    void handle_placed() override;

private:
    void configure_first();
    void show_again();
    void keep_origin(Point origin);
    void handle_commit();
    void handle_map();
    void handle_unmap();
    void handle_destroy();
    void handle_title();
    void handle_request_maximize();
    void handle_request_fullscreen();
    void handle_request_minimize();
    void handle_request_move(wlr_xdg_toplevel_move_event& event);
    void handle_request_resize(wlr_xdg_toplevel_resize_event& event);
    void handle_new_popup(wlr_xdg_popup& popup);

    wlr_xdg_toplevel& toplevel_;
    wlr_scene_tree* surface_tree_;
    wlr_scene_tree* popups_;
    Point origin_;                    ///< of its geometry, in its surface
    std::optional<Point> last_place_; ///< once it was hidden
    Listener<&XdgToplevel::handle_commit> commit_;
    Listener<&XdgToplevel::handle_map> map_;
    Listener<&XdgToplevel::handle_unmap> unmap_;
    Listener<&XdgToplevel::handle_destroy> destroy_;
    Listener<&XdgToplevel::handle_title> set_title_;
    Listener<&XdgToplevel::handle_title> set_app_id_;
    Listener<&XdgToplevel::handle_request_maximize> maximize_;
    Listener<&XdgToplevel::handle_request_fullscreen> fullscreen_;
    Listener<&XdgToplevel::handle_request_minimize> minimize_;
    Listener<&XdgToplevel::handle_request_move> move_;
    Listener<&XdgToplevel::handle_request_resize> resize_;
    Listener<&XdgToplevel::handle_new_popup> new_popup_;
};

} // namespace vitrail::compositor
