#include "compositor/lost_view.hpp"

#include "compositor/desktop.hpp"

#include <algorithm>

namespace vitrail::compositor {
namespace {

/// The buffers that a tree shows, in another tree: the same pages, no copy. What the qube does to
/// its pages meanwhile shows, inside its own frame, in grey.
void copy_picture(wlr_scene_node& from, wlr_scene_tree* to, int x, int y)
{
    if (!from.enabled)
        return;
    if (from.type == WLR_SCENE_NODE_TREE) {
        wlr_scene_tree* const tree = wlr_scene_tree_from_node(&from);
        wlr_scene_node* child;
        wl_list_for_each(child, &tree->children, link)
            copy_picture(*child, to, x + child->x, y + child->y);
    } else if (from.type == WLR_SCENE_NODE_BUFFER) {
        wlr_scene_buffer* const shown = wlr_scene_buffer_from_node(&from);
        if (!shown->buffer)
            return;
        wlr_scene_buffer* const kept = wlr_scene_buffer_create(to, shown->buffer);
        wlr_scene_buffer_set_source_box(kept, &shown->src_box);
        wlr_scene_buffer_set_dest_size(kept, shown->dst_width, shown->dst_height);
        wlr_scene_buffer_set_transform(kept, shown->transform);
        wlr_scene_buffer_set_filter_mode(kept, shown->filter_mode);
        pixman_region32_copy(&kept->opaque_region, &shown->opaque_region);
        wlr_scene_node_set_position(&kept->node, x, y);
    }
}

} // namespace

LostView::LostView(Desktop& desktop, FramedView const& gone, WindowKey key, wlr_scene_tree* picture,
                   std::function<void(LostView&)> handle_close)
    : FramedView(desktop),
      key_(key),
      badge_(gone.badge()),
      title_(gone.title()),
      app_id_(gone.app_id()),
      handle_close_(std::move(handle_close))
{
    state_ = gone.state();
    copy_picture(picture->node, content_, 0, 0);
    float const grey[4] = {0.34F, 0.34F, 0.34F, 0.62F}; // premultiplied
    wlr_scene_rect_create(content_, state_.content.width, state_.content.height, grey);
}

LostWindows::LostWindows(Desktop& desktop) : desktop_(desktop), timer_(desktop.loop(), *this)
{
}

void LostWindows::keep(FramedView& gone, WindowKey key, wlr_scene_tree* picture)
{
    auto view = std::make_unique<LostView>(desktop_, gone, key, picture,
                                           [this](LostView& closed) { forget(closed); });
    view->take_place_of(gone);
    kept_.push_back({std::move(view), std::chrono::steady_clock::now() + grace});
    arm();
}

LostView* LostWindows::find(WindowKey key) const
{
    auto const found =
        std::ranges::find_if(kept_, [&](Kept const& kept) { return kept.view->key() == key; });
    return found == kept_.end() ? nullptr : found->view.get();
}

void LostWindows::forget(LostView& view)
{
    auto const found =
        std::ranges::find_if(kept_, [&](Kept const& kept) { return kept.view.get() == &view; });
    if (found == kept_.end())
        return;
    auto const gone = std::move(found->view); // its end may look at what is kept
    kept_.erase(found);
}

std::optional<LostWindows::Remembered> LostWindows::recall(WindowKey key)
{
    auto const found =
        std::ranges::find_if(remembered_, [&](auto const& known) { return known.key == key; });
    if (found == remembered_.end())
        return std::nullopt;
    Remembered const window = *found;
    remembered_.erase(found);
    return window;
}

FramedView* LostWindows::above(std::uint32_t stacking) const
{
    for (FramedView* const view : desktop_.stack())
        if (auto const place = places_.find(view->id());
            place != places_.end() && place->second > stacking)
            return view;
    return nullptr;
}

void LostWindows::recalled(FramedView const& view, std::uint32_t stacking)
{
    places_[view.id()] = stacking;
}

void LostWindows::remove_origin(std::uint32_t origin)
{
    std::erase_if(remembered_, [&](auto const& known) { return known.key.origin == origin; });
    for (std::size_t i = kept_.size(); i-- > 0;)
        if (i < kept_.size() && kept_[i].view->origin() == origin)
            forget(*kept_[i].view);
}

void LostWindows::relabel(std::uint32_t origin, Badge const& badge)
{
    for (Kept const& kept : kept_)
        if (kept.view->origin() == origin)
            kept.view->set_badge(badge);
}

void LostWindows::arm()
{
    if (kept_.empty())
        return;
    auto const next = std::ranges::min_element(kept_, {}, &Kept::until)->until;
    timer_.arm(
        std::chrono::ceil<std::chrono::milliseconds>(next - std::chrono::steady_clock::now()));
}

void LostWindows::handle_time()
{
    auto const now = std::chrono::steady_clock::now();
    for (std::size_t i = kept_.size(); i-- > 0;)
        if (i < kept_.size() && kept_[i].until <= now)
            forget(*kept_[i].view);
    arm();
}

} // namespace vitrail::compositor
