#include "compositor/overlays.hpp"

#include "lib/paint/badge.hpp"
#include "lib/paint/canvas.hpp"

#include <algorithm>
#include <cmath>

namespace vitrail::compositor {

namespace {

constexpr std::int32_t margin = 16; ///< room for a card's shadow

/// A card with its shadow, over a canvas that is `margin` larger on every side.
Box card(Canvas& canvas, Size size, double radius, Scheme scheme)
{
    Palette const& colors = palette(scheme);
    Box const box{margin, margin, double(size.width), double(size.height)};
    canvas.shadow(box, radius, margin - 3.0, scheme == Scheme::dark ? 0.5 : 0.28);
    canvas.fill_rounded(box, radius, colors.card.with_alpha(1));
    canvas.stroke_rounded(box, radius, 1, colors.line);
    return box;
}

Size with_margin(Size size)
{
    return {size.width + 2 * margin, size.height + 2 * margin};
}

/// The picture of a window, or, without one, a drawing of a window in its label's colour.
void paint_preview(Canvas& canvas, Box const& box, SwitcherCard const& shown, Scheme scheme)
{
    Palette const& colors = palette(scheme);
    Color const frame = frame_color(shown.badge, scheme);
    double width = box.width;
    double height = box.height;
    if (!shown.preview.pixels.empty()) {
        double const ratio =
            std::min(box.width / shown.preview.size.width, box.height / shown.preview.size.height);
        width = std::max(24.0, shown.preview.size.width * ratio);
        height = std::max(18.0, shown.preview.size.height * ratio);
    }
    Box const fit{box.x + (box.width - width) / 2, box.y + (box.height - height) / 2, width,
                  height};
    canvas.fill_rounded({fit.x - 3, fit.y - 3, fit.width + 6, fit.height + 6}, 5, frame);
    canvas.fill({fit.x, fit.y, fit.width, fit.height}, colors.bar_inactive);
    if (!shown.preview.pixels.empty()) {
        canvas.draw_image(shown.preview, fit);
    } else {
        canvas.fill({fit.x, fit.y, fit.width, 14}, colors.bar);
        canvas.fill_rounded({fit.x + 4, fit.y + 4, fit.width * 0.4, 6}, 3, frame);
        for (int i = 0; i < 4; ++i)
            canvas.fill_rounded({fit.x + 12, fit.y + 28 + i * 14.0,
                                 (fit.width - 24) * (i == 3 ? 0.5 : 0.9 - 0.1 * i), 5},
                                2.5, colors.line);
    }
    if (shown.minimized)
        canvas.fill({fit.x, fit.y, fit.width, fit.height}, colors.card.with_alpha(0.6));
}

} // namespace

Size layout_size(Image const& image, double scale)
{
    return {static_cast<std::int32_t>(std::lround(image.size.width / scale)),
            static_cast<std::int32_t>(std::lround(image.size.height / scale))};
}

Image paint_switcher(std::span<SwitcherCard const> cards, std::size_t chosen, Size area,
                     double scale, Scheme scheme)
{
    constexpr int card_width = 212;
    constexpr int card_height = 196;
    constexpr int pad = 14;
    int const count = static_cast<int>(cards.size());
    int const columns =
        std::clamp((area.width - 2 * pad - 2 * margin - 40) / card_width, 1, std::max(1, count));
    int const fitting_rows = std::max(1, (area.height - 2 * pad - 2 * margin - 40) / card_height);
    int const rows = std::clamp((count + columns - 1) / columns, 1, fitting_rows);
    // Of more windows than fit, the rows around the chosen one are shown.
    int const chosen_row = static_cast<int>(chosen) / columns;
    int const first_row = std::max(0, chosen_row - rows + 1);
    Size const size{columns * card_width + 2 * pad, rows * card_height + 2 * pad};
    Canvas canvas{with_margin(size), scale};
    Palette const& colors = palette(scheme);
    card(canvas, size, 18, scheme);
    for (int i = first_row * columns; i < count && i < (first_row + rows) * columns; ++i) {
        SwitcherCard const& shown = cards[static_cast<std::size_t>(i)];
        Box const box{margin + pad + double(i % columns) * card_width + 4,
                      margin + pad + double(i / columns - first_row) * card_height + 4,
                      card_width - 8, card_height - 8};
        bool const is_chosen = static_cast<std::size_t>(i) == chosen;
        if (is_chosen) {
            canvas.fill_rounded(box, 12, colors.card_selected);
            canvas.stroke_rounded(box, 12, 2, colors.accent);
        }
        paint_preview(canvas, {box.x + 15, box.y + 15, box.width - 30, 106}, shown, scheme);
        double const badge = std::min(box.width - 24, badge_width(22, shown.badge));
        paint_badge(canvas, {box.x + (box.width - badge) / 2, box.y + 132, badge, 22}, shown.badge,
                    scheme);
        std::string line = shown.title;
        if (shown.minimized)
            line += line.empty() ? "minimised" : " · minimised";
        else if (!shown.place.empty())
            line = shown.place + (line.empty() ? "" : " · ") + line;
        canvas.text({box.x + 12, box.y + 157, box.width - 24, 24}, line,
                    {is_chosen ? colors.text : colors.text_muted, 13,
                     is_chosen ? Weight::semibold : Weight::normal, Align::center});
    }
    return canvas.take();
}

Image paint_notification(Badge const& badge, std::string_view summary, std::string_view body,
                         double scale, Scheme scheme)
{
    constexpr int width = 380;
    double const body_width =
        body.empty() ? 0 : Canvas::text_width(body, {.color = {}, .size = 13});
    int const body_lines =
        body.empty() ? 0 : std::clamp(static_cast<int>(body_width / (width - 44)) + 1, 1, 4);
    Size const size{width, 74 + body_lines * 19};
    Canvas canvas{with_margin(size), scale};
    Palette const& colors = palette(scheme);
    Box const box = card(canvas, size, 12, scheme);
    cairo_t* const c = canvas.cairo();
    cairo_save(c);
    canvas.rounded_path(box, 12);
    cairo_clip(c);
    canvas.fill({box.x, box.y, 5, box.height}, frame_color(badge, scheme));
    cairo_restore(c);
    paint_badge(canvas, {box.x + 18, box.y + 13, box.width - 34, 22}, badge, scheme);
    canvas.text({box.x + 18, box.y + 41, box.width - 34, 22}, summary,
                {colors.text, 14, Weight::semibold});
    if (body_lines > 0)
        canvas.paragraph({box.x + 18, box.y + 65, box.width - 34, 0}, body, {colors.text_muted, 13},
                         body_lines);
    return canvas.take();
}

Image paint_progress(Badge const& badge, Progress const& progress, double scale, Scheme scheme)
{
    constexpr double side = 24;
    Palette const& colors = palette(scheme);
    Canvas canvas{progress_size, scale};
    double const width = progress_size.width;
    canvas.fill({0, 0, width, double(progress_size.height)}, colors.card.with_alpha(1));
    canvas.text({side, 26, width - 2 * side, 30}, badge.name, {colors.text, 20, Weight::semibold});
    Color const mark = progress.failed ? colors.danger : frame_color(badge, scheme);
    canvas.fill_rounded({side, 62, width - 2 * side, 3}, 1.5, mark);
    double left = side;
    if (progress.failed) {
        canvas.fill_rounded({side, 78, 18, 18}, 9, colors.danger);
        canvas.text({side, 78, 18, 18}, "!",
                    {ink_on(colors.danger), 13, Weight::bold, Align::center});
        left += 26;
    }
    constexpr int most_lines = 3;
    canvas.paragraph({left, 78, width - left - side, 0}, progress.text,
                     {progress.failed ? colors.text : colors.text_muted, 14}, most_lines);
    return canvas.take();
}

Image paint_osd(std::string_view text, double scale, Scheme scheme)
{
    TextStyle const style{palette(scheme).text, 18, Weight::semibold, Align::center};
    Size const size{static_cast<std::int32_t>(Canvas::text_width(text, style)) + 56, 56};
    Canvas canvas{with_margin(size), scale};
    Box const box = card(canvas, size, 16, scheme);
    canvas.text(box, text, style);
    return canvas.take();
}

Image paint_banner(Badge const& badge, std::string_view words, double scale, Scheme scheme)
{
    TextStyle const style{palette(scheme).text, 13};
    double const chip = badge_width(24, badge);
    double const width = Canvas::text_width(words, style);
    Size const size{static_cast<std::int32_t>(chip + width) + 46, 44};
    Canvas canvas{with_margin(size), scale};
    Box const box = card(canvas, size, 12, scheme);
    canvas.stroke_rounded(box, 12, 2, frame_color(badge, scheme));
    paint_badge(canvas, {box.x + 12, box.y + 10, chip, 24}, badge, scheme);
    canvas.text({box.x + 24 + chip, box.y, width + 6, box.height}, words, style);
    return canvas.take();
}

Image paint_error_bar(std::string_view text, std::int32_t width, double scale)
{
    Color const back = Color::rgb(0xa52834);
    Color const ink = ink_on(back);
    Canvas canvas{{width, 38}, scale};
    canvas.fill({0, 0, double(width), 38}, back);
    canvas.fill_rounded({12, 9, 20, 20}, 10, ink);
    canvas.text({12, 9, 20, 20}, "!", {back, 14, Weight::bold, Align::center});
    canvas.text({44, 0, width - 60.0, 38}, text, {ink, 13, Weight::semibold});
    return canvas.take();
}

Image paint_locked_screen(Size size, double scale, Scheme scheme)
{
    Image image = paint_background(size, scale, scheme);
    Canvas canvas{size, scale};
    canvas.draw_image(image, {0, 0, double(size.width), double(size.height)});
    canvas.fill({0, 0, double(size.width), double(size.height)}, {0.04, 0.05, 0.07, 0.82});
    Color const ink = Color::rgb(0xf1f0ee);
    double const x = size.width / 2.0;
    double const y = size.height / 2.0 - 30;
    cairo_t* const c = canvas.cairo();
    canvas.fill_rounded({x - 22, y - 6, 44, 34}, 7, ink);
    canvas.set_color(ink);
    cairo_set_line_width(c, 5);
    cairo_arc(c, x, y - 8, 14, M_PI, 2 * M_PI);
    cairo_line_to(c, x + 14, y - 4);
    cairo_move_to(c, x - 14, y - 8);
    cairo_line_to(c, x - 14, y - 4);
    cairo_stroke(c);
    canvas.fill_rounded({x - 2.5, y + 5, 5, 12}, 2.5, Color::rgb(0x22252b));
    canvas.text({0, y + 46, double(size.width), 30}, "Locked",
                {ink, 20, Weight::semibold, Align::center});
    canvas.text({0, y + 76, double(size.width), 24}, "The lock screen is starting",
                {ink.with_alpha(0.7), 13, Weight::normal, Align::center});
    return canvas.take();
}

} // namespace vitrail::compositor
