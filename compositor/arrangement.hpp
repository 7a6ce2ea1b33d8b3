#pragma once

#include "lib/base/geometry.hpp"

#include <optional>
#include <span>

namespace vitrail::compositor {

/// Where windows go: pure functions over outer rectangles (content and frame) in layout units.

enum class Snap { none, left, right, top_left, top_right, bottom_left, bottom_right };
enum class Direction { left, right, up, down };

/// The rectangle of a snapped window in a work area, with `gap` at its edges and between
/// neighbours.
[[nodiscard]] Rect snapped(Snap snap, Rect const& work_area, std::int32_t gap);

/// What an arrow key makes of a window: halves, then quarters; up from the middle maximises, which
/// is nothing here and `maximize` in the answer.
struct SnapStep {
    Snap snap = Snap::none;
    bool maximize = false;
    bool minimize = false;
    friend bool operator==(SnapStep const&, SnapStep const&) = default;
};
[[nodiscard]] SnapStep next_snap(Snap current, bool maximized, Direction direction);

/// Where the pointer, dragging a title bar, offers to snap: the screen's edges and corners.
[[nodiscard]] SnapStep snap_at_edge(Point pointer, Rect const& output);

/// A place for a new window of this size in the work area: where it covers the least of the others,
/// their title bars last of all, and as near to the middle as that allows.
[[nodiscard]] Rect place_new(Size size, Rect const& work_area, std::span<Rect const> others);

/// Moves a rectangle so that its title bar can always be reached: the upper edge inside some work
/// area, and at least 64 units of its width. Shrinks nothing.
[[nodiscard]] Rect keep_reachable(Rect rect, std::span<Rect const> work_areas);

/// The rectangle's place in another output: relative to the work areas, made to fit.
[[nodiscard]] Rect carried_over(Rect const& rect, Rect const& from, Rect const& to);

} // namespace vitrail::compositor
