#pragma once

#include "compositor/canvas.hpp"
#include "compositor/decoration.hpp"

namespace vitrail::compositor {

/// Draws who a window belongs to, from the box's left edge: for a qube a rounded chip of the
/// label's colour with texture, code and name; for the session a notched tag in neutral colours, a
/// shape that no label has. Returns the width it took, at most the box's; text that does not fit is
/// ellipsised, and the texture and code stay longest.
double paint_badge(Canvas& canvas, Box const& box, Badge const& badge, Scheme scheme);

/// The width that the badge would like in a box of this height.
[[nodiscard]] double badge_width(double height, Badge const& badge);

} // namespace vitrail::compositor
