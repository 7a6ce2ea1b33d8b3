#pragma once

#include "compositor/listener.hpp"
#include "compositor/wlr.hpp"
#include "lib/base/geometry.hpp"

namespace vitrail::compositor {

/// A menu of an xdg-shell client, and the menus that open from it. It belongs to its wlr_xdg_popup
/// and deletes itself with it.
class XdgPopup {
public:
    struct Owner {
        /// One was shown or hidden: one that grabs has the keys while it is shown.
        virtual void handle_menus_changed() = 0;

    protected:
        ~Owner() = default;
    };
    /// `parent` is the scene tree of the surface that opened it; `bounds`, in layout units, is
    /// where the whole chain of menus has to stay (an output's rectangle).
    static void create(Owner& owner, wlr_xdg_popup& popup, wlr_scene_tree* parent,
                       Rect const& bounds);
    /// `parent` was moved: those of its menus that asked to be placed anew then are.
    static void follow(wlr_xdg_surface& parent, Rect const& bounds);

private:
    XdgPopup(Owner& owner, wlr_xdg_popup& popup, wlr_scene_tree* parent, Rect const& bounds);
    void handle_commit();
    void handle_shown() { owner_.handle_menus_changed(); }
    void handle_new_popup(wlr_xdg_popup& popup);
    void handle_reposition();
    void handle_destroy();
    void unconstrain();

    Owner& owner_;
    wlr_xdg_popup& popup_;
    wlr_scene_tree* parent_;
    wlr_scene_tree* tree_;
    Rect bounds_;
    Listener<&XdgPopup::handle_commit> commit_;
    Listener<&XdgPopup::handle_shown> map_;
    Listener<&XdgPopup::handle_shown> unmap_;
    Listener<&XdgPopup::handle_new_popup> new_popup_;
    Listener<&XdgPopup::handle_reposition> reposition_;
    Listener<&XdgPopup::handle_destroy> destroy_;
};

} // namespace vitrail::compositor
