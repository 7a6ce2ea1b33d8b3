#pragma once

#include "compositor/decoration.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::compositor {

/// One window in the alt-tab overlay.
struct SwitcherCard {
    Badge badge;
    std::string title; ///< after display_text()
    bool minimized = false;
    std::string place; ///< "Workspace 2" when it stands elsewhere, else empty
    Image preview;     ///< the window's last image, or empty
};

/// The alt-tab overlay: a sheet of cards, the chosen one marked by fill and outline.
/// `area` is the output's size in layout units; the image is never larger.
[[nodiscard]] Image paint_switcher(std::span<SwitcherCard const> cards, std::size_t chosen,
                                   Size area, double scale, Scheme scheme);

/// A notification of the session: the origin in its badge, summary and body apart from it.
/// 380 layout units wide, as high as it needs.
[[nodiscard]] Image paint_notification(Badge const& badge, std::string_view summary,
                                       std::string_view body, double scale, Scheme scheme);

/// How a qube's start goes, where its first window will be.
struct Progress {
    std::string title; ///< after display_text()
    std::string text;  ///< the stage, or what went wrong
    bool failed = false;
};
/// Of its picture, in layout units.
inline constexpr Size progress_size{440, 140};
[[nodiscard]] Image paint_progress(Badge const& badge, Progress const& progress, double scale,
                                   Scheme scheme);

/// A short word in the middle of the screen ("Workspace 3").
[[nodiscard]] Image paint_osd(std::string_view text, double scale, Scheme scheme);

/// A line about one origin: its badge, then the words; in a border of its colour.
[[nodiscard]] Image paint_banner(Badge const& badge, std::string_view words, double scale,
                                 Scheme scheme);

/// A bar over the screen's whole width that says what is wrong with the configuration.
[[nodiscard]] Image paint_error_bar(std::string_view text, std::int32_t width, double scale);

/// What an output shows while the session is locked and no locker draws on it.
[[nodiscard]] Image paint_locked_screen(Size size, double scale, Scheme scheme);

/// The desktop behind all windows: panes of coloured glass held by lead, far from any label's
/// saturation.
[[nodiscard]] Image paint_background(Size size, double scale, Scheme scheme);

/// The size of an image in layout units.
[[nodiscard]] Size layout_size(Image const& image, double scale);

} // namespace vitrail::compositor
