#include "compositor/arrangement.hpp"

#include <algorithm>
#include <cstdlib>
#include <tuple>
#include <utility>
#include <vector>

namespace vitrail::compositor {

Rect snapped(Snap snap, Rect const& area, std::int32_t gap)
{
    std::int32_t const left_width = (area.width - 3 * gap) / 2;
    std::int32_t const right_width = area.width - 3 * gap - left_width;
    std::int32_t const top_height = (area.height - 3 * gap) / 2;
    std::int32_t const bottom_height = area.height - 3 * gap - top_height;
    std::int32_t const x0 = area.x + gap;
    std::int32_t const x1 = x0 + left_width + gap;
    std::int32_t const y0 = area.y + gap;
    std::int32_t const y1 = y0 + top_height + gap;
    switch (snap) {
    case Snap::none: break;
    case Snap::left: return {x0, y0, left_width, area.height - 2 * gap};
    case Snap::right: return {x1, y0, right_width, area.height - 2 * gap};
    case Snap::top_left: return {x0, y0, left_width, top_height};
    case Snap::top_right: return {x1, y0, right_width, top_height};
    case Snap::bottom_left: return {x0, y1, left_width, bottom_height};
    case Snap::bottom_right: return {x1, y1, right_width, bottom_height};
    }
    return area;
}

SnapStep next_snap(Snap current, bool maximized, Direction direction)
{
    if (maximized) {
        switch (direction) {
        case Direction::left: return {Snap::left};
        case Direction::right: return {Snap::right};
        case Direction::up: return {.maximize = true};
        case Direction::down: return {Snap::none};
        }
    }
    bool const left =
        current == Snap::left || current == Snap::top_left || current == Snap::bottom_left;
    switch (direction) {
    case Direction::left:
        if (current == Snap::top_right)
            return {Snap::top_left};
        if (current == Snap::bottom_right)
            return {Snap::bottom_left};
        return current == Snap::right ? SnapStep{Snap::none} : SnapStep{Snap::left};
    case Direction::right:
        if (current == Snap::top_left)
            return {Snap::top_right};
        if (current == Snap::bottom_left)
            return {Snap::bottom_right};
        return current == Snap::left ? SnapStep{Snap::none} : SnapStep{Snap::right};
    case Direction::up:
        if (current == Snap::left || current == Snap::right)
            return {left ? Snap::top_left : Snap::top_right};
        if (current == Snap::bottom_left || current == Snap::bottom_right)
            return {left ? Snap::left : Snap::right};
        return {.maximize = true};
    case Direction::down:
        if (current == Snap::left || current == Snap::right)
            return {left ? Snap::bottom_left : Snap::bottom_right};
        if (current == Snap::top_left || current == Snap::top_right)
            return {left ? Snap::left : Snap::right};
        return {.minimize = true};
    }
    return {};
}

SnapStep snap_at_edge(Point p, Rect const& output)
{
    constexpr std::int32_t reach = 4;
    constexpr std::int32_t corner = 80;
    bool const top = p.y < output.y + corner;
    bool const bottom = p.y >= output.bottom() - corner;
    if (p.x < output.x + reach)
        return {top ? Snap::top_left : bottom ? Snap::bottom_left : Snap::left};
    if (p.x >= output.right() - reach)
        return {top ? Snap::top_right : bottom ? Snap::bottom_right : Snap::right};
    return {.maximize = p.y < output.y + reach};
}

namespace {

std::int64_t overlap(Rect const& a, Rect const& b)
{
    std::int64_t const width = std::min(a.right(), b.right()) - std::max(a.x, b.x);
    std::int64_t const height = std::min(a.bottom(), b.bottom()) - std::max(a.y, b.y);
    return width > 0 && height > 0 ? width * height : 0;
}

/// Where a side of the new window may begin: the middle, the work area's ends, and beside each of
/// the others.
std::vector<std::int32_t> candidates(std::int32_t start, std::int32_t room, std::int32_t length,
                                     std::span<std::pair<std::int32_t, std::int32_t> const> others)
{
    constexpr std::int32_t gap = 8;
    std::vector<std::int32_t> all{start + (room - length) / 2, start + gap,
                                  start + room - length - gap};
    for (auto const& [from, to] : others) {
        all.push_back(to + gap);
        all.push_back(from - length - gap);
    }
    std::erase_if(all, [&](std::int32_t at) { return at < start || at + length > start + room; });
    if (all.empty())
        all.push_back(start);
    return all;
}

} // namespace

Rect place_new(Size size, Rect const& area, std::span<Rect const> others)
{
    constexpr std::size_t most = 16; // the work grows with the third power
    auto const newest = others.last(std::min(most, others.size()));
    std::int32_t const width = std::min(size.width, area.width);
    std::int32_t const height = std::min(size.height, area.height);
    std::vector<std::pair<std::int32_t, std::int32_t>> columns;
    std::vector<std::pair<std::int32_t, std::int32_t>> rows;
    for (Rect const& other : newest) {
        columns.emplace_back(other.x, other.right());
        rows.emplace_back(other.y, other.bottom());
    }
    // The least cover of the others first, then of their upper left corners (a title bar should
    // stay in sight), then the nearest to the middle.
    using Cost = std::tuple<std::int64_t, std::int64_t, std::int64_t>;
    std::optional<Cost> least;
    Rect best{area.x + (area.width - width) / 2, area.y + (area.height - height) / 3, width,
              height};
    for (std::int32_t const y : candidates(area.y, area.height, height, rows))
        for (std::int32_t const x : candidates(area.x, area.width, width, columns)) {
            Rect const rect{x, y, width, height};
            std::int64_t covered = 0;
            std::int64_t corners = 0;
            for (Rect const& other : newest) {
                covered += overlap(rect, other);
                corners += overlap(rect, {other.x, other.y, 200, 40});
            }
            std::int64_t const dx = x + width / 2 - (area.x + area.width / 2);
            std::int64_t const dy = y + height / 2 - (area.y + area.height / 2);
            Cost const cost{covered, corners, dx * dx + dy * dy};
            if (!least || cost < *least) {
                least = cost;
                best = rect;
            }
        }
    // Exactly over another: a step aside, so that both title bars can be seen.
    constexpr std::int32_t step = 32;
    auto const taken = [&] {
        return std::ranges::any_of(others, [&](Rect const& other) {
            return std::abs(other.x - best.x) < step / 2 && std::abs(other.y - best.y) < step / 2;
        });
    };
    for (int tries = 0; tries < 200 && taken(); ++tries) {
        best.x += step;
        best.y += step;
        if (best.right() > area.right())
            best.x = area.x + tries % 7 * 5;
        if (best.bottom() > area.bottom())
            best.y = area.y + tries % 5 * 7;
    }
    return best;
}

Rect keep_reachable(Rect rect, std::span<Rect const> areas)
{
    if (areas.empty())
        return rect;
    constexpr std::int32_t title = 32;
    std::int32_t const need = std::min(64, rect.width);
    Rect best = rect;
    std::int64_t best_distance = -1;
    for (Rect const& area : areas) {
        Rect moved = rect;
        // Never an empty interval: an area narrower than the need puts the window at its left.
        auto const least_x = area.x - rect.width + need;
        auto const most_x = std::max<std::int64_t>(least_x, area.right() - need);
        auto const most_y = std::max<std::int64_t>(area.y, area.bottom() - title);
        moved.x = static_cast<std::int32_t>(std::clamp<std::int64_t>(rect.x, least_x, most_x));
        moved.y = static_cast<std::int32_t>(std::clamp<std::int64_t>(rect.y, area.y, most_y));
        std::int64_t const distance =
            std::llabs(std::int64_t{moved.x} - rect.x) + std::llabs(std::int64_t{moved.y} - rect.y);
        if (best_distance < 0 || distance < best_distance) {
            best = moved;
            best_distance = distance;
        }
    }
    return best;
}

Rect carried_over(Rect const& rect, Rect const& from, Rect const& to)
{
    Rect moved{to.x + rect.x - from.x, to.y + rect.y - from.y, std::min(rect.width, to.width),
               std::min(rect.height, to.height)};
    moved.x = static_cast<std::int32_t>(
        std::clamp<std::int64_t>(moved.x, to.x, to.right() - moved.width));
    moved.y = static_cast<std::int32_t>(
        std::clamp<std::int64_t>(moved.y, to.y, to.bottom() - moved.height));
    return moved;
}

} // namespace vitrail::compositor
