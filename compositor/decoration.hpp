#pragma once

#include "lib/paint/badge.hpp"
#include "lib/paint/image.hpp"
#include "lib/paint/theme.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace vitrail::compositor {

/// The colour of the border and the title bar's rim.
[[nodiscard]] Color frame_color(Badge const& badge, Scheme scheme);

enum class FrameButton { minimize, maximize, close };

/// What a title bar shows.
struct TitleBar {
    Badge badge;
    std::string title; ///< after display_text(); stands apart from the badge
    bool focused = false;
    bool maximized = false;
    bool wants_attention = false;
    bool fixed_size = false; ///< no maximise button
    std::optional<FrameButton> hovered;
    bool hovered_pressed = false;
    std::string note; ///< "not answering", "reconnecting": what the compositor knows of the window

    friend bool operator==(TitleBar const&, TitleBar const&) = default;
};

/// Sizes of a frame, in layout units. The frame's outer rectangle is the content grown by these.
struct FrameMetrics {
    std::int32_t border = 3;
    std::int32_t title = 32;  ///< height of the title bar, its rim of `border` on top included
    std::int32_t button = 34; ///< width of one button
    std::int32_t grab = 6;    ///< reach of a resize edge outside the frame
    std::int32_t corner = 18; ///< along an edge, this near its end is the corner
};
inline constexpr FrameMetrics frame_metrics{};

/// The frame's outer rectangle around this content, and back. Layout units.
[[nodiscard]] constexpr Rect frame_around(Rect const& content)
{
    constexpr FrameMetrics m;
    return {content.x - m.border, content.y - m.title, content.width + 2 * m.border,
            content.height + m.title + m.border};
}
[[nodiscard]] constexpr Rect content_within(Rect const& frame)
{
    constexpr FrameMetrics m;
    return {frame.x + m.border, frame.y + m.title, frame.width - 2 * m.border,
            frame.height - m.title - m.border};
}

/// The title bar with the frame's upper corners, over the whole outer width.
/// Units: width in layout units; the image has round(width * scale) columns.
[[nodiscard]] Image paint_title_bar(TitleBar const& bar, std::int32_t width, double scale,
                                    Scheme scheme);

/// A border of frame_metrics.border around a menu or tooltip is plain colour: no painter needed.

enum class FramePart {
    none,
    content,
    title,
    minimize,
    maximize,
    close,
    top,
    bottom,
    left,
    right,
    top_left,
    top_right,
    bottom_left,
    bottom_right,
};

enum class Resizing { allowed, fixed };

/// What lies at `point`, measured from the frame's outer left upper corner; the frame has `frame`
/// as its outer size. With Resizing::fixed (maximised, or a window of one size) edges are title or
/// none.
[[nodiscard]] FramePart frame_part_at(Size frame, Point point, Resizing resizing,
                                      bool fixed_size = false);

/// The button of a part, if it is one.
[[nodiscard]] std::optional<FrameButton> button_of(FramePart part);

} // namespace vitrail::compositor
