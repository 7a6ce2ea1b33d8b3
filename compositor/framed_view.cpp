#include "compositor/framed_view.hpp"

#include "compositor/desktop.hpp"
#include "compositor/listener.hpp"

#include <algorithm>

namespace vitrail::compositor {

namespace {

std::uint64_t next_id()
{
    static std::uint64_t last = 0;
    return ++last;
}

} // namespace

/// What a task list asks of the view.
struct FramedView::Handle {
    Handle(FramedView& of, wlr_foreign_toplevel_handle_v1& handle)
        : view(of),
          maximize(*this, handle.events.request_maximize),
          minimize(*this, handle.events.request_minimize),
          activate(*this, handle.events.request_activate),
          fullscreen(*this, handle.events.request_fullscreen),
          close(*this, handle.events.request_close)
    {
    }
    void handle_maximize(wlr_foreign_toplevel_handle_v1_maximized_event& event)
    {
        if (event.maximized && view.state().minimized)
            view.desktop_.set_minimized(view, false);
        view.desktop_.set_maximized(view, event.maximized);
    }
    void handle_minimize(wlr_foreign_toplevel_handle_v1_minimized_event& event)
    {
        view.desktop_.set_minimized(view, event.minimized);
    }
    void handle_activate() { view.desktop_.activate(view); }
    void handle_fullscreen(wlr_foreign_toplevel_handle_v1_fullscreen_event& event)
    {
        if (event.fullscreen && view.state().minimized)
            view.desktop_.set_minimized(view, false);
        view.desktop_.set_fullscreen(view, event.fullscreen);
    }
    void handle_close() { view.request_close(); }

    FramedView& view;
    Listener<&Handle::handle_maximize> maximize;
    Listener<&Handle::handle_minimize> minimize;
    Listener<&Handle::handle_activate> activate;
    Listener<&Handle::handle_fullscreen> fullscreen;
    Listener<&Handle::handle_close> close;
};

FramedView::FramedView(Desktop& desktop)
    : desktop_(desktop),
      tree_(wlr_scene_tree_create(desktop.views_layer())),
      content_(wlr_scene_tree_create(tree_)),
      id_(next_id())
{
    tree_->node.data = this;
    wlr_scene_node_set_enabled(&tree_->node, false);
    frame_ = std::make_unique<Frame>(tree_);
}

FramedView::~FramedView()
{
    if (mapped_)
        unmap();
    if (announcing_)
        wl_event_source_remove(announcing_);
    wlr_scene_node_destroy(&tree_->node);
}

bool FramedView::visible() const
{
    return mapped_ && !state_.minimized && state_.workspace == desktop_.workspace();
}

Rect FramedView::outer() const
{
    return state_.fullscreen ? state_.content : frame_around(state_.content);
}

wlr_output* FramedView::output() const
{
    Rect const rect = outer();
    return desktop_.output_near({rect.x + rect.width / 2, rect.y + rect.height / 2});
}

void FramedView::add_handle()
{
    mapped_ = true;
    handle_ = wlr_foreign_toplevel_handle_v1_create(desktop_.foreign_toplevels());
    listeners_ = std::make_unique<Handle>(*this, *handle_);
    tell_handle(); // the frame is painted once its place, size and focus are known
    desktop_.view_told(*this);
}

void FramedView::map()
{
    add_handle();
    desktop_.view_mapped(*this);
}

void FramedView::map_in_place_of(FramedView& gone)
{
    State const state = gone.state();
    bool const focused = gone.focused();
    desktop_.view_replaced(gone, *this);
    add_handle();
    set_state(state);
    refresh_visibility();
    desktop_.view_restored(*this, focused);
}

void FramedView::map_at(State const& state, FramedView* below, bool focused)
{
    desktop_.view_inserted(*this, below);
    add_handle();
    set_state(state);
    refresh_visibility();
    desktop_.view_restored(*this, focused);
}

void FramedView::unmap()
{
    mapped_ = false;
    listeners_.reset();
    wlr_foreign_toplevel_handle_v1_destroy(handle_);
    handle_ = nullptr;
    desktop_.view_unmapped(*this);
    refresh_visibility();
}

void FramedView::announce()
{
    // However often a qube changes a title, it is drawn once a turn.
    if (handle_ && !announcing_)
        announcing_ = wl_event_loop_add_idle(
            desktop_.loop(),
            [](void* data) noexcept {
                auto& self = *static_cast<FramedView*>(data);
                self.announcing_ = nullptr;
                self.announce_now();
            },
            this);
}

void FramedView::tell_handle()
{
    wlr_foreign_toplevel_handle_v1_set_title(handle_, title().c_str());
    wlr_foreign_toplevel_handle_v1_set_app_id(handle_, app_id().c_str());
}

void FramedView::announce_now()
{
    if (!handle_)
        return;
    tell_handle();
    refresh();
}

void FramedView::request_close()
{
    close_wanted_ = true;
    close(); // may end us
}

void FramedView::set_focused(bool focused)
{
    focused_ = focused;
    attention_ = attention_ && !focused;
    activate(focused);
    if (handle_)
        wlr_foreign_toplevel_handle_v1_set_activated(handle_, focused);
    refresh();
}

void FramedView::set_attention(bool wanted)
{
    attention_ = wanted && !focused_;
    refresh();
}

void FramedView::set_hovered(std::optional<FrameButton> button, bool pressed)
{
    if (bar_.hovered == button && bar_.hovered_pressed == pressed)
        return;
    bar_.hovered = button;
    bar_.hovered_pressed = pressed;
    refresh();
}

void FramedView::set_state(State const& state)
{
    bool const visibility =
        state.minimized != state_.minimized || state.workspace != state_.workspace;
    if (mapped_)
        desktop_.view_placed(outer());
    state_ = state;
    state_.content.width = std::max(state_.content.width, 1);
    state_.content.height = std::max(state_.content.height, 1);
    wlr_scene_node_set_position(&tree_->node, state_.content.x, state_.content.y);
    configure({state_.content.width, state_.content.height});
    if (handle_) {
        wlr_foreign_toplevel_handle_v1_set_maximized(handle_, state_.maximized);
        wlr_foreign_toplevel_handle_v1_set_minimized(handle_, state_.minimized);
        wlr_foreign_toplevel_handle_v1_set_fullscreen(handle_, state_.fullscreen);
    }
    if (visibility)
        refresh_visibility();
    else
        handle_placed();
    if (mapped_)
        desktop_.view_placed(outer());
    refresh();
}

void FramedView::content_sized(Size size)
{
    Size const now{std::max(size.width, 1), std::max(size.height, 1)};
    bool const is_another =
        now.width != state_.content.width || now.height != state_.content.height;
    if (is_another && !state_.fullscreen && !state_.maximized && state_.snap == Snap::none) {
        if (mapped_)
            desktop_.view_placed(outer());
        state_.content.width = now.width;
        state_.content.height = now.height;
        if (mapped_)
            desktop_.view_placed(outer());
    }
    refresh();
}

void FramedView::raise()
{
    wlr_scene_node_raise_to_top(&tree_->node);
}

void FramedView::refresh_visibility()
{
    if (tree_->node.enabled != visible())
        desktop_.view_placed(outer());
    wlr_scene_node_set_enabled(&tree_->node, visible());
    handle_placed();
}

void FramedView::refresh()
{
    if (handle_)
        desktop_.view_told(*this);
    bar_.badge = badge();
    bar_.title = title();
    bar_.focused = focused_;
    bar_.maximized = state_.maximized;
    bar_.wants_attention = attention_;
    bar_.fixed_size = fixed_size();
    wlr_output* const on = output();
    frame_->set_visible(!state_.fullscreen);
    if (!state_.fullscreen)
        frame_->update(bar_, {state_.content.width, state_.content.height}, on ? on->scale : 1,
                       desktop_.scheme());
    if (state_.fullscreen && !veil_) {
        float const black[4] = {0, 0, 0, 1};
        veil_ = wlr_scene_rect_create(tree_, 0, 0, black);
        wlr_scene_node_lower_to_bottom(&veil_->node);
    }
    if (veil_) {
        wlr_scene_node_set_enabled(&veil_->node, state_.fullscreen);
        wlr_scene_rect_set_size(veil_, state_.content.width, state_.content.height);
    }
}

} // namespace vitrail::compositor
