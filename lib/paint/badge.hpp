#pragma once

#include "lib/paint/canvas.hpp"

#include <cstdint>
#include <string>

namespace vitrail {

/// Who a window belongs to, as frames, cards and banners show it. Everything here is trusted: it
/// comes from sessiond or from the machine, never from the window's client.
struct Badge {
    enum class Kind { qube, session };
    Kind kind = Kind::session;
    std::string name;      ///< the qube's name, or the machine's
    std::string label;     ///< the label's name, picks the texture
    std::uint32_t rgb = 0; ///< 0xRRGGBB; not used for the session
    std::string code;      ///< two letters

    friend bool operator==(Badge const&, Badge const&) = default;
};

/// Draws who a window belongs to, from the box's left edge: for a qube a rounded chip of the
/// label's colour with texture, code and name; for the session a notched tag in neutral colours, a
/// shape that no label has. Returns the width it took, at most the box's; text that does not fit is
/// ellipsised, and the texture and code stay longest.
double paint_badge(Canvas& canvas, Box const& box, Badge const& badge, Scheme scheme);

/// The width that the badge would like in a box of this height.
[[nodiscard]] double badge_width(double height, Badge const& badge);

} // namespace vitrail
