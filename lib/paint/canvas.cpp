#include "lib/paint/canvas.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

namespace vitrail {

namespace {

using Layout = Handle<PangoLayout, g_object_unref>;

std::int32_t device(std::int32_t length, double scale)
{
    return std::max(1, static_cast<std::int32_t>(std::lround(length * scale)));
}

Layout make_layout(cairo_t* cairo, std::string_view line, TextStyle const& style)
{
    Layout layout{pango_cairo_create_layout(cairo)};
    PangoContext* context = pango_layout_get_context(layout.get());
    Handle<cairo_font_options_t, cairo_font_options_destroy> options{cairo_font_options_create()};
    cairo_font_options_set_antialias(options.get(), CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(options.get(), CAIRO_HINT_STYLE_SLIGHT);
    cairo_font_options_set_hint_metrics(options.get(), CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(context, options.get());
    Handle<PangoFontDescription, pango_font_description_free> font{
        pango_font_description_from_string("Noto Sans, Cantarell, DejaVu Sans, Sans")};
    pango_font_description_set_absolute_size(font.get(), style.size * PANGO_SCALE);
    pango_font_description_set_weight(font.get(), style.weight == Weight::bold ? PANGO_WEIGHT_BOLD
                                                  : style.weight == Weight::semibold
                                                      ? PANGO_WEIGHT_SEMIBOLD
                                                      : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(layout.get(), font.get());
    if (g_utf8_validate(line.data(), static_cast<gssize>(line.size()), nullptr))
        pango_layout_set_text(layout.get(), line.data(), static_cast<int>(line.size()));
    // A right-to-left line must not turn a trusted drawing around: the base direction is ours.
    pango_layout_set_auto_dir(layout.get(), FALSE);
    return layout;
}

} // namespace

Canvas::Canvas(Size size, double scale) : scale_(scale)
{
    image_.size = {device(size.width, scale), device(size.height, scale)};
    image_.pixels.resize(static_cast<std::size_t>(image_.size.width) *
                         static_cast<std::size_t>(image_.size.height));
    surface_.reset(cairo_image_surface_create_for_data(
        reinterpret_cast<unsigned char*>(image_.pixels.data()), CAIRO_FORMAT_ARGB32,
        image_.size.width, image_.size.height, image_.size.width * 4));
    cairo_.reset(cairo_create(surface_.get()));
    // By the rounded size, so that the last column is reached at any scale.
    cairo_scale(cairo_.get(), static_cast<double>(image_.size.width) / size.width,
                static_cast<double>(image_.size.height) / size.height);
}

Image Canvas::take()
{
    cairo_surface_flush(surface_.get());
    cairo_.reset();
    surface_.reset();
    return std::move(image_);
}

void Canvas::set_color(Color color)
{
    cairo_set_source_rgba(cairo_.get(), color.red, color.green, color.blue, color.alpha);
}

void Canvas::fill(Box const& box, Color color)
{
    set_color(color);
    cairo_rectangle(cairo_.get(), box.x, box.y, box.width, box.height);
    cairo_fill(cairo_.get());
}

void Canvas::rounded_path(Box const& box, double radius)
{
    double const r = std::min({radius, box.width / 2, box.height / 2});
    double const right = box.x + box.width;
    double const bottom = box.y + box.height;
    constexpr double quarter = std::numbers::pi / 2;
    cairo_t* const c = cairo_.get();
    cairo_new_sub_path(c);
    cairo_arc(c, right - r, box.y + r, r, -quarter, 0);
    cairo_arc(c, right - r, bottom - r, r, 0, quarter);
    cairo_arc(c, box.x + r, bottom - r, r, quarter, 2 * quarter);
    cairo_arc(c, box.x + r, box.y + r, r, 2 * quarter, 3 * quarter);
    cairo_close_path(c);
}

void Canvas::fill_rounded(Box const& box, double radius, Color color)
{
    set_color(color);
    rounded_path(box, radius);
    cairo_fill(cairo_.get());
}

void Canvas::stroke_rounded(Box const& box, double radius, double width, Color color)
{
    set_color(color);
    double const half = width / 2;
    rounded_path({box.x + half, box.y + half, box.width - width, box.height - width},
                 radius - half);
    cairo_set_line_width(cairo_.get(), width);
    cairo_stroke(cairo_.get());
}

void Canvas::shadow(Box const& box, double radius, double reach, double strength)
{
    int const steps = 12;
    for (int i = steps; i > 0; --i) {
        double const grow = reach * i / steps;
        fill_rounded(
            {box.x - grow, box.y - grow + reach / 4, box.width + 2 * grow, box.height + 2 * grow},
            radius + grow, {0, 0, 0, strength / steps});
    }
}

void Canvas::text(Box const& box, std::string_view line, TextStyle const& style)
{
    if (box.width < 4)
        return;
    Layout const layout = make_layout(cairo_.get(), line, style);
    pango_layout_set_single_paragraph_mode(layout.get(), TRUE);
    pango_layout_set_width(layout.get(), static_cast<int>(box.width * PANGO_SCALE));
    pango_layout_set_ellipsize(layout.get(), PANGO_ELLIPSIZE_END);
    if (style.align == Align::center)
        pango_layout_set_alignment(layout.get(), PANGO_ALIGN_CENTER);
    PangoRectangle logical;
    pango_layout_get_extents(layout.get(), nullptr, &logical);
    double const height = static_cast<double>(logical.height) / PANGO_SCALE;
    // On whole device pixels, so that horizontal strokes stay sharp.
    double const y = std::round((box.y + (box.height - height) / 2) * scale_) / scale_;
    set_color(style.color);
    cairo_move_to(cairo_.get(), box.x, y);
    pango_cairo_show_layout(cairo_.get(), layout.get());
}

void Canvas::paragraph(Box const& box, std::string_view text, TextStyle const& style, int lines)
{
    Layout const layout = make_layout(cairo_.get(), text, style);
    pango_layout_set_width(layout.get(), static_cast<int>(box.width * PANGO_SCALE));
    pango_layout_set_wrap(layout.get(), PANGO_WRAP_WORD_CHAR);
    pango_layout_set_height(layout.get(), -lines);
    pango_layout_set_ellipsize(layout.get(), PANGO_ELLIPSIZE_END);
    if (style.align == Align::center)
        pango_layout_set_alignment(layout.get(), PANGO_ALIGN_CENTER);
    set_color(style.color);
    cairo_move_to(cairo_.get(), box.x, box.y);
    pango_cairo_show_layout(cairo_.get(), layout.get());
}

double Canvas::text_width(std::string_view line, TextStyle const& style)
{
    Canvas measure{{1, 1}, 1};
    Layout const layout = make_layout(measure.cairo(), line, style);
    PangoRectangle logical;
    pango_layout_get_extents(layout.get(), nullptr, &logical);
    return std::ceil(static_cast<double>(logical.width) / PANGO_SCALE);
}

void Canvas::draw_image(Image const& image, Box const& into)
{
    if (image.pixels.empty())
        return;
    // Cairo takes a mutable pointer and only reads.
    auto const* const pixels = reinterpret_cast<unsigned char const*>(image.pixels.data());
    auto* const data = const_cast<unsigned char*>(pixels); // lint: allow, C has no better type
    Handle<cairo_surface_t, cairo_surface_destroy> const source{cairo_image_surface_create_for_data(
        data, CAIRO_FORMAT_ARGB32, image.size.width, image.size.height, image.size.width * 4)};
    cairo_t* const c = cairo_.get();
    cairo_save(c);
    cairo_rectangle(c, into.x, into.y, into.width, into.height);
    cairo_clip(c);
    cairo_translate(c, into.x, into.y);
    cairo_scale(c, into.width / image.size.width, into.height / image.size.height);
    cairo_set_source_surface(c, source.get(), 0, 0);
    cairo_pattern_set_filter(cairo_get_source(c), CAIRO_FILTER_GOOD);
    cairo_paint(c);
    cairo_restore(c);
}

void Canvas::fill_texture(Box const& box, double radius, Texture texture, Color ink)
{
    cairo_t* const c = cairo_.get();
    cairo_save(c);
    rounded_path(box, radius);
    cairo_clip(c);
    set_color(ink);
    cairo_set_line_width(c, 1.5);
    double const right = box.x + box.width;
    double const bottom = box.y + box.height;
    constexpr double step = 5;
    auto const line = [c](double x0, double y0, double x1, double y1) {
        cairo_move_to(c, x0, y0);
        cairo_line_to(c, x1, y1);
    };
    switch (texture) {
    case Texture::plain: break;
    case Texture::diagonals:
        for (double x = box.x - box.height; x < right; x += step)
            line(x, bottom, x + box.height, box.y);
        break;
    case Texture::back_diagonals:
        for (double x = box.x - box.height; x < right; x += step)
            line(x, box.y, x + box.height, bottom);
        break;
    case Texture::grid:
    case Texture::rows:
        for (double y = box.y + 2; y < bottom; y += step)
            line(box.x, y, right, y);
        if (texture == Texture::rows)
            break;
        [[fallthrough]];
    case Texture::columns:
        for (double x = box.x + 2; x < right; x += step)
            line(x, box.y, x, bottom);
        break;
    case Texture::dots:
        for (double y = box.y + 2.5; y < bottom; y += step)
            for (double x = box.x + 2.5; x < right; x += step) {
                cairo_new_sub_path(c);
                cairo_arc(c, x, y, 1.3, 0, 2 * std::numbers::pi);
            }
        cairo_fill(c);
        break;
    case Texture::checks: {
        bool odd = false;
        for (double y = box.y; y < bottom; y += 3.5, odd = !odd)
            for (double x = box.x + (odd ? 3.5 : 0); x < right; x += 7)
                cairo_rectangle(c, x, y, 3.5, 3.5);
        cairo_fill(c);
        break;
    }
    case Texture::waves:
        for (double y = box.y + 2; y < bottom + step; y += step) {
            cairo_move_to(c, box.x, y);
            for (double x = box.x; x < right; x += 8) {
                cairo_curve_to(c, x + 2, y - 3, x + 2, y - 3, x + 4, y);
                cairo_curve_to(c, x + 6, y + 3, x + 6, y + 3, x + 8, y);
            }
        }
        break;
    }
    cairo_stroke(c);
    cairo_restore(c);
}

} // namespace vitrail
