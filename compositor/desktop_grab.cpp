#include "compositor/desktop.hpp"
#include "compositor/desktop_private.hpp"

#include <algorithm>
#include <cmath>

namespace vitrail::compositor {

// A window that is moved or resized, or a button of its frame that is held

void Desktop::take_pointer(FramedView& view)
{
    // The client hears of the release now: it is not told where the pointer goes.
    wlr_seat_pointer_end_grab(seat_);
    release_buttons();
    grabbed_ = &view;
    grab_point_ = whole(cursor_);
    grab_rect_ = view.state().content;
    wlr_seat_pointer_notify_clear_focus(seat_);
}

void Desktop::begin_move(FramedView& view)
{
    if (view.state().fullscreen)
        return;
    take_pointer(view);
    grab_ = Grab::move;
}

void Desktop::begin_resize(FramedView& view, std::uint32_t edges)
{
    if (view.state().fullscreen || view.state().maximized)
        return;
    take_pointer(view);
    grab_ = Grab::resize;
    grab_edges_ = edges;
    set_pointer_shape(wlr_xcursor_get_resize_name(static_cast<wlr_edges>(edges)));
}

void Desktop::drag(Point p)
{
    FramedView& view = *grabbed_;
    std::int32_t const dx = p.x - grab_point_.x;
    std::int32_t const dy = p.y - grab_point_.y;
    if (grab_ == Grab::move) {
        FramedView::State state = view.state();
        if (state.maximized || state.snap != Snap::none) {
            if (std::abs(dx) + std::abs(dy) < 12)
                return;
            // Torn loose: it keeps its old size, the pointer keeps its share of the title bar.
            double const share =
                static_cast<double>(grab_point_.x - grab_rect_.x) / grab_rect_.width;
            state.content.width = state.restore.width;
            state.content.height = state.restore.height;
            state.content.x =
                p.x - static_cast<std::int32_t>(share * std::max(state.restore.width, 1));
            state.maximized = false;
            state.snap = Snap::none;
            grab_rect_ = state.content;
            grab_point_ = p;
            return view.set_state(state);
        }
        std::vector<Rect> areas;
        wlr_output_layout_output* entry;
        wl_list_for_each(entry, &layout_->outputs, link)
            areas.push_back(layer_shell_->work_area(entry->output));
        Rect const wanted{grab_rect_.x + dx, grab_rect_.y + dy, state.content.width,
                          state.content.height};
        Rect const moved = content_within(keep_reachable(frame_around(wanted), areas));
        return move_view(view, {moved.x, moved.y});
    }
    FramedView::State state = view.state();
    constexpr std::int32_t least_width = 120;
    constexpr std::int32_t least_height = 40;
    Rect rect = grab_rect_;
    if (grab_edges_ & WLR_EDGE_RIGHT)
        rect.width = std::max(least_width, rect.width + dx);
    if (grab_edges_ & WLR_EDGE_BOTTOM)
        rect.height = std::max(least_height, rect.height + dy);
    if (grab_edges_ & WLR_EDGE_LEFT) {
        rect.width = std::max(least_width, grab_rect_.width - dx);
        rect.x = static_cast<std::int32_t>(grab_rect_.right()) - rect.width;
    }
    if (grab_edges_ & WLR_EDGE_TOP) {
        rect.height = std::max(least_height, grab_rect_.height - dy);
        rect.y = static_cast<std::int32_t>(grab_rect_.bottom()) - rect.height;
    }
    state.content = rect;
    state.snap = Snap::none;
    view.set_state(state);
}

void Desktop::finish_grab(std::uint32_t time)
{
    FramedView* const view = grabbed_;
    FramePart part = FramePart::none;
    FramedView* const over = frame_at(whole(cursor_), part);
    bool const click = grab_ == Grab::button && over == view && part == pressed_part_;
    FramePart const what = pressed_part_;
    SnapStep offer;
    if (grab_ == Grab::move && view && view->state().snap == Snap::none)
        offer = snap_at_edge(whole(cursor_), output_rect(output_near(whole(cursor_))));
    end_grab();
    if (offer != SnapStep{})
        return snap(*view, offer);
    if (click && view && what == FramePart::close)
        view->request_close();
    else if (click && view && what == FramePart::maximize)
        set_maximized(*view, !view->state().maximized);
    else if (click && view && what == FramePart::minimize)
        set_minimized(*view, true);
    update_pointer(time);
}

void Desktop::end_grab()
{
    if (grabbed_ && grab_ == Grab::button)
        grabbed_->set_hovered(std::nullopt, false);
    if (grabbed_)
        host_.handle_view_changed(*grabbed_);
    grab_ = Grab::none;
    grabbed_ = nullptr;
    pressed_part_ = FramePart::none;
}

} // namespace vitrail::compositor
