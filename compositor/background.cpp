#include "compositor/overlays.hpp"
#include "lib/paint/canvas.hpp"

#include <array>
#include <cmath>
#include <numbers>

namespace vitrail::compositor {

namespace {

struct Glass {
    std::array<Color, 6> panes;
    Color sky_top;
    Color sky_bottom;
    Color lead;
    double strength;
};

Glass const light_glass{
    .panes = {Color::rgb(0x8fb0c9), Color::rgb(0xc9a98f), Color::rgb(0xa3b896),
              Color::rgb(0xb9a3c2), Color::rgb(0xd2bd8a), Color::rgb(0x9bbdbb)},
    .sky_top = Color::rgb(0xe9edf0),
    .sky_bottom = Color::rgb(0xd8dde0),
    .lead = Color::rgb(0xffffff),
    .strength = 0.42,
};
Glass const dark_glass{
    .panes = {Color::rgb(0x4a7391), Color::rgb(0x8a6247), Color::rgb(0x5b7650),
              Color::rgb(0x6f557c), Color::rgb(0x8b7540), Color::rgb(0x4b7775)},
    .sky_top = Color::rgb(0x1b1f26),
    .sky_bottom = Color::rgb(0x12151a),
    .lead = Color::rgb(0x0c0e12),
    .strength = 0.40,
};

/// One ring segment of the rose window.
void segment(cairo_t* c, double x, double y, double inner, double outer, double from, double to)
{
    cairo_new_sub_path(c);
    cairo_arc(c, x, y, outer, from, to);
    cairo_arc_negative(c, x, y, inner, to, from);
    cairo_close_path(c);
}

/// A pane lights up towards the rose's middle, as glass does before the sun.
void fill_pane(cairo_t* c, double x, double y, double reach, Color color, double strength)
{
    Handle<cairo_pattern_t, cairo_pattern_destroy> const glow{
        cairo_pattern_create_radial(x, y, 0, x, y, reach)};
    Color const warm = mix(color, Color::rgb(0xfff3d6), 0.35);
    cairo_pattern_add_color_stop_rgba(glow.get(), 0, warm.red, warm.green, warm.blue, strength);
    cairo_pattern_add_color_stop_rgba(glow.get(), 0.55, color.red, color.green, color.blue,
                                      strength * 0.8);
    cairo_pattern_add_color_stop_rgba(glow.get(), 1, color.red, color.green, color.blue,
                                      strength * 0.12);
    cairo_set_source(c, glow.get());
    cairo_fill_preserve(c);
}

} // namespace

Image paint_background(Size size, double scale, Scheme scheme)
{
    Glass const& glass = scheme == Scheme::dark ? dark_glass : light_glass;
    Canvas canvas{size, scale};
    cairo_t* const c = canvas.cairo();
    double const w = size.width;
    double const h = size.height;
    Handle<cairo_pattern_t, cairo_pattern_destroy> const sky{
        cairo_pattern_create_linear(0, 0, 0, h)};
    cairo_pattern_add_color_stop_rgb(sky.get(), 0, glass.sky_top.red, glass.sky_top.green,
                                     glass.sky_top.blue);
    cairo_pattern_add_color_stop_rgb(sky.get(), 1, glass.sky_bottom.red, glass.sky_bottom.green,
                                     glass.sky_bottom.blue);
    cairo_set_source(c, sky.get());
    cairo_paint(c);

    // A rose window, off to the lower right, larger than the screen: rings of panes that double
    // their number outwards, each ring turned by half a pane.
    double const x = w * 0.74;
    double const y = h * 0.80;
    double const unit = std::hypot(w, h) / 10;
    double const reach = unit * 10.5;
    constexpr std::array<double, 8> rings{0.0, 0.75, 1.75, 3.0, 4.5, 6.2, 8.2, 10.5};
    constexpr std::array<int, 7> counts{6, 12, 12, 24, 24, 24, 48};
    cairo_set_line_join(c, CAIRO_LINE_JOIN_ROUND);
    for (std::size_t ring = 0; ring + 1 < rings.size(); ++ring) {
        double const step = 2 * std::numbers::pi / counts[ring];
        double const turn = ring % 2 == 0 ? 0 : step / 2;
        for (int i = 0; i < counts[ring]; ++i) {
            std::size_t const pick =
                (static_cast<std::size_t>(i) * 5 + ring * 2 + (i % 3 == 0 ? 1 : 0)) %
                glass.panes.size();
            segment(c, x, y, rings[ring] * unit, rings[ring + 1] * unit, turn + i * step,
                    turn + (i + 1) * step);
            fill_pane(c, x, y, reach, glass.panes[pick], glass.strength);
            canvas.set_color(glass.lead.with_alpha(0.75));
            cairo_set_line_width(c, ring < 2 ? 2.5 : 3.5);
            cairo_stroke(c);
        }
    }
    return canvas.take();
}

} // namespace vitrail::compositor
