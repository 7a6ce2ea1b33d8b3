#include "compositor/cursor_image.hpp"

#include "compositor/framed_view.hpp"

#include <cmath>
#include <utility>

namespace vitrail::compositor {

CursorImage::CursorImage(wlr_cursor* cursor, wlr_xcursor_manager* themes)
    : cursor_(cursor), themes_(themes)
{
    show_shape("default");
}

CursorImage::~CursorImage()
{
    forget();
}

void CursorImage::show_shape(std::string name)
{
    forget();
    show_theme(name);
}

void CursorImage::show_surface(wlr_surface* surface, Point hotspot)
{
    forget();
    theme_name_.clear();
    shown_ = surface ? Shown::client : Shown::hidden;
    wlr_cursor_set_surface(cursor_, surface, hotspot.x, hotspot.y);
}

void CursorImage::show_within(FramedView& view, wlr_surface* surface, Point hotspot)
{
    forget();
    view_ = &view;
    surface_ = surface;
    hotspot_ = hotspot;
    if (surface) {
        commit_.emplace(*this, surface->events.commit);
        destroy_.emplace(*this, surface->events.destroy);
    }
    update();
}

void CursorImage::owner_gone(wlr_scene_tree* content)
{
    if (view_ && view_->content_tree() == content)
        show_shape("default");
}

void CursorImage::reload()
{
    // The theme's picture is chosen by scale; a client draws its own anew.
    if (shown_ == Shown::theme)
        wlr_cursor_set_xcursor(cursor_, themes_, theme_name_.c_str());
    update();
}

void CursorImage::forget()
{
    commit_.reset();
    destroy_.reset();
    if (tree_)
        wlr_scene_node_destroy(&tree_->node);
    tree_ = nullptr;
    picture_ = nullptr;
    surface_ = nullptr;
    view_ = nullptr;
}

void CursorImage::show_theme(std::string const& name)
{
    if (shown_ == Shown::theme && theme_name_ == name)
        return;
    theme_name_ = name;
    shown_ = Shown::theme;
    wlr_cursor_set_xcursor(cursor_, themes_, name.c_str());
}

bool CursorImage::wholly_seen(Rect const& picture) const
{
    // The scene knows what is not covered by anything opaque above it, per node.
    pixman_region32_t seen;
    pixman_region32_init(&seen);
    auto const add = [](wlr_scene_buffer* buffer, int, int, void* data) noexcept {
        auto* const region = static_cast<pixman_region32_t*>(data);
        pixman_region32_union(region, region, &buffer->node.visible);
    };
    wlr_scene_node_for_each_buffer(&view_->content_tree()->node, add, &seen);
    pixman_box32_t box{picture.x, picture.y, static_cast<std::int32_t>(picture.right()),
                       static_cast<std::int32_t>(picture.bottom())};
    bool const inside = pixman_region32_contains_rectangle(&seen, &box) == PIXMAN_REGION_IN;
    pixman_region32_fini(&seen);
    return inside;
}

void CursorImage::update()
{
    if (!view_)
        return;
    Rect const content = view_->state().content;
    Point const tip{static_cast<std::int32_t>(std::floor(cursor_->x)),
                    static_cast<std::int32_t>(std::floor(cursor_->y))};
    Size const size = surface_ ? Size{surface_->current.width, surface_->current.height} : Size{};
    if (tree_)
        wlr_scene_node_set_enabled(&tree_->node, false);
    // Outside of the content (a button is held), or of no decent size: the compositor's own.
    if (!content.contains(tip) || size.width > largest || size.height > largest)
        return show_theme("default");
    theme_name_.clear();
    Rect const picture{tip.x - hotspot_.x, tip.y - hotspot_.y, size.width, size.height};
    if (!surface_ || picture.empty()) {
        if (std::exchange(shown_, Shown::hidden) != Shown::hidden)
            wlr_cursor_unset_image(cursor_);
        return;
    }
    if (content.contains(picture) && wholly_seen(picture)) {
        if (std::exchange(shown_, Shown::plane) != Shown::plane)
            wlr_cursor_set_surface(cursor_, surface_, hotspot_.x, hotspot_.y);
        return;
    }
    if (std::exchange(shown_, Shown::scene) != Shown::scene)
        wlr_cursor_unset_image(cursor_);
    show_in_scene({picture.x, picture.y});
}

void CursorImage::show_in_scene(Point place)
{
    Rect const content = view_->state().content;
    if (!tree_) {
        tree_ = wlr_scene_tree_create(view_->content_tree());
        picture_ = wlr_scene_subsurface_tree_create(tree_, surface_);
        wlr_scene_node_for_each_buffer(
            &picture_->node,
            [](wlr_scene_buffer* buffer, int, int, void*) noexcept {
                buffer->point_accepts_input = [](wlr_scene_buffer*, double*, double*) noexcept {
                    return false;
                };
            },
            nullptr);
    }
    wlr_scene_node_set_enabled(&tree_->node, true);
    wlr_scene_node_raise_to_top(&tree_->node);
    Point const at{place.x - content.x, place.y - content.y};
    wlr_scene_node_set_position(&tree_->node, at.x, at.y);
    wlr_box const clip{-at.x, -at.y, content.width, content.height};
    wlr_scene_subsurface_tree_set_clip(&picture_->node, &clip);
}

void CursorImage::handle_commit()
{
    // An offset moves the picture against the pointer, as with any wl_pointer cursor.
    hotspot_.x -= surface_->current.dx;
    hotspot_.y -= surface_->current.dy;
    update();
}

void CursorImage::handle_surface_destroy()
{
    show_shape("default");
}

} // namespace vitrail::compositor
