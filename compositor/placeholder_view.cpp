#include "compositor/placeholder_view.hpp"

#include "compositor/desktop.hpp"

#include <utility>
#include <vector>

namespace vitrail::compositor {

PlaceholderView::PlaceholderView(Desktop& desktop, Badge badge, Progress progress,
                                 std::function<void()> handle_close)
    : FramedView(desktop),
      badge_(std::move(badge)),
      progress_(std::move(progress)),
      handle_close_(std::move(handle_close)),
      picture_(content_)
{
    Rect const area = desktop.output_for_new() ? desktop.work_area_of(desktop.output_for_new())
                                               : desktop.first_work_area();
    State state;
    state.workspace = desktop.workspace();
    std::vector<Rect> others;
    for (FramedView const* const other : desktop.stack())
        if (other->visible())
            others.push_back(other->outer());
    Rect const outer = frame_around({0, 0, progress_size.width, progress_size.height});
    state.content = content_within(place_new({outer.width, outer.height}, area, others));
    map_at(state, nullptr, false); // seen, and the keys stay where they are
}

void PlaceholderView::set(Badge badge, Progress progress)
{
    badge_ = std::move(badge);
    progress_ = std::move(progress);
    scale_ = 0;
    paint();
    announce();
}

void PlaceholderView::paint()
{
    wlr_output* const on = output();
    double const scale = on ? double(on->scale) : 1;
    if (scale == scale_ && desktop_.scheme() == scheme_)
        return;
    scale_ = scale;
    scheme_ = desktop_.scheme();
    Image image = paint_progress(badge_, progress_, scale_, scheme_);
    picture_.show(std::move(image), progress_size);
}

} // namespace vitrail::compositor
