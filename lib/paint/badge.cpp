#include "lib/paint/badge.hpp"

#include <algorithm>

namespace vitrail {

namespace {

constexpr double gap = 7;

struct Measures {
    double font;
    double swatch;
    double code;
    double name;
};

TextStyle code_style(double font, Color ink)
{
    return {ink, font - 1, Weight::bold};
}
TextStyle name_style(double font, Color ink)
{
    return {ink, font, Weight::semibold};
}

Measures measure(double height, Badge const& badge)
{
    double const font = height * 13.0 / 22.0;
    Color const any{};
    return {font, height * 0.82,
            badge.code.empty() ? 0 : Canvas::text_width(badge.code, code_style(font, any)),
            Canvas::text_width(badge.name, name_style(font, any))};
}

double notch(double height)
{
    return height * 0.42;
}

/// A tag with a point at both ends.
void tag_path(cairo_t* c, Box const& box)
{
    double const n = notch(box.height);
    double const middle = box.y + box.height / 2;
    cairo_move_to(c, box.x, middle);
    cairo_line_to(c, box.x + n, box.y);
    cairo_line_to(c, box.x + box.width - n, box.y);
    cairo_line_to(c, box.x + box.width, middle);
    cairo_line_to(c, box.x + box.width - n, box.y + box.height);
    cairo_line_to(c, box.x + n, box.y + box.height);
    cairo_close_path(c);
}

double paint_tag(Canvas& canvas, Box const& box, Badge const& badge, Scheme scheme)
{
    Palette const& colors = palette(scheme);
    double const width = std::min(box.width, badge_width(box.height, badge));
    double const n = notch(box.height);
    if (width < 2 * n + 8)
        return 0;
    cairo_t* const c = canvas.cairo();
    tag_path(c, {box.x + 0.5, box.y + 0.5, width - 1, box.height - 1});
    canvas.set_color(mix(colors.bar, colors.text, 0.10));
    cairo_fill_preserve(c);
    canvas.set_color(colors.text_muted);
    cairo_set_line_width(c, 1);
    cairo_stroke(c);
    canvas.text({box.x + n + 4, box.y, width - 2 * n - 6, box.height}, badge.name,
                name_style(measure(box.height, badge).font, colors.text));
    return width;
}

} // namespace

double badge_width(double height, Badge const& badge)
{
    Measures const m = measure(height, badge);
    if (badge.kind == Badge::Kind::session)
        return m.name + 2 * notch(height) + 10;
    return m.swatch + gap + (m.code > 0 ? m.code + 2 * gap + 1 : 0) + m.name + gap + 5;
}

double paint_badge(Canvas& canvas, Box const& box, Badge const& badge, Scheme scheme)
{
    if (badge.kind == Badge::Kind::session)
        return paint_tag(canvas, box, badge, scheme);

    Measures const m = measure(box.height, badge);
    Color const back = Color::rgb(badge.rgb);
    Color const ink = ink_on(back);
    double const radius = box.height * 0.3;
    double const width = std::min(box.width, badge_width(box.height, badge));
    if (width < m.swatch)
        return 0;
    Box const chip{box.x, box.y, width, box.height};
    canvas.fill_rounded(chip, radius, back);
    cairo_t* const c = canvas.cairo();
    cairo_save(c);
    canvas.rounded_path(chip, radius);
    cairo_clip(c);
    canvas.fill_texture({box.x, box.y, m.swatch, box.height}, 0, texture_of(badge.label),
                        ink.with_alpha(0.75));
    canvas.fill({box.x + m.swatch, box.y, 1, box.height}, ink.with_alpha(0.45));
    cairo_restore(c);
    // A label as dark, or as light, as what lies around it still has an edge.
    if (contrast(back, palette(scheme).bar) < 1.6)
        canvas.stroke_rounded(chip, radius, 1, ink.with_alpha(0.5));

    double x = box.x + m.swatch + gap;
    double const end = box.x + width - 5;
    if (m.code > 0) {
        canvas.text({x, box.y, std::max(0.0, std::min(m.code + 2, end - x)), box.height},
                    badge.code, code_style(m.font, ink));
        x += m.code + gap;
        if (x < end)
            canvas.fill({x, box.y + box.height * 0.25, 1, box.height * 0.5}, ink.with_alpha(0.45));
        x += gap;
    }
    canvas.text({x, box.y, std::max(0.0, end - x), box.height}, badge.name,
                name_style(m.font, ink));
    return width;
}

} // namespace vitrail
