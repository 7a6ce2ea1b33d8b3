#include "lib/ui/marks.hpp"

#include "lib/ui/style.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <initializer_list>
#include <numbers>
#include <utility>

namespace vitrail::ui {

namespace {

/// For screen readers: a picture with a name, or nothing at all.
void set_role(Gtk::Widget& widget, GtkAccessibleRole role)
{
    g_object_set(widget.gobj(), "accessible-role", role, nullptr);
}

double scale_of(Gtk::Widget const& widget)
{
    return std::max(1, widget.get_scale_factor());
}

void set_ink(cairo_t* cairo, Gtk::Widget const& widget)
{
    Gdk::RGBA const color = widget.get_color();
    cairo_set_source_rgba(cairo, color.get_red(), color.get_green(), color.get_blue(),
                          color.get_alpha());
}

void rounded(cairo_t* c, double x, double y, double w, double h, double r)
{
    cairo_new_sub_path(c);
    cairo_arc(c, x + w - r, y + r, r, -std::numbers::pi / 2, 0);
    cairo_arc(c, x + w - r, y + h - r, r, 0, std::numbers::pi / 2);
    cairo_arc(c, x + r, y + h - r, r, std::numbers::pi / 2, std::numbers::pi);
    cairo_arc(c, x + r, y + r, r, std::numbers::pi, 3 * std::numbers::pi / 2);
    cairo_close_path(c);
}

/// The paths, on a field of 16 by 16. Filled where they say so, else stroked by the caller.
void paint_glyph(cairo_t* c, Glyph glyph)
{
    constexpr double pi = std::numbers::pi;
    auto const path = [c](std::initializer_list<std::pair<double, double>> points) {
        cairo_new_sub_path(c); // the first point begins one
        for (auto const& [x, y] : points)
            cairo_line_to(c, x, y);
    };
    auto const line = [&path](double x1, double y1, double x2, double y2) {
        path({{x1, y1}, {x2, y2}});
    };
    switch (glyph) {
    case Glyph::applications:
        for (double const x : {1.5, 6.5, 11.5})
            for (double const y : {1.5, 6.5, 11.5})
                rounded(c, x, y, 3, 3, 0.9);
        cairo_fill(c);
        break;
    case Glyph::qubes:
        rounded(c, 1.5, 1.5, 5.5, 5.5, 1.3);
        rounded(c, 9, 1.5, 5.5, 5.5, 1.3);
        rounded(c, 1.5, 9, 5.5, 5.5, 1.3);
        cairo_stroke(c);
        rounded(c, 8.4, 8.4, 6.7, 6.7, 1.5);
        cairo_fill(c);
        break;
    case Glyph::clipboard:
        rounded(c, 2.5, 2.5, 11, 12, 1.8);
        cairo_stroke(c);
        rounded(c, 5, 1, 6, 3.4, 1);
        cairo_fill(c);
        line(5.3, 8, 10.7, 8);
        line(5.3, 11, 9, 11);
        cairo_stroke(c);
        break;
    case Glyph::power:
        cairo_arc(c, 8, 8.7, 5.7, -pi / 2 + 0.7, 1.5 * pi - 0.7);
        cairo_stroke(c);
        line(8, 1.5, 8, 7.5);
        cairo_stroke(c);
        break;
    case Glyph::lock:
        cairo_arc(c, 8, 5.4, 3.2, pi, 0);
        line(4.8, 5.2, 4.8, 7.5);
        line(11.2, 5.2, 11.2, 7.5);
        cairo_stroke(c);
        rounded(c, 2.8, 7.3, 10.4, 7.4, 1.5);
        cairo_fill(c);
        break;
    case Glyph::close:
        line(4, 4, 12, 12);
        line(12, 4, 4, 12);
        cairo_stroke(c);
        break;
    case Glyph::terminal:
        rounded(c, 1.2, 2.5, 13.6, 11, 1.8);
        path({{4, 6}, {6.5, 8}, {4, 10}});
        line(8, 10.4, 11.5, 10.4);
        cairo_stroke(c);
        break;
    case Glyph::play:
        path({{4.5, 2.5}, {13, 8}, {4.5, 13.5}});
        cairo_close_path(c);
        cairo_fill(c);
        break;
    case Glyph::pause:
        rounded(c, 3.5, 2.5, 3, 11, 1);
        rounded(c, 9.5, 2.5, 3, 11, 1);
        cairo_fill(c);
        break;
    case Glyph::stop:
        rounded(c, 3, 3, 10, 10, 1.8);
        cairo_fill(c);
        break;
    case Glyph::restart:
        cairo_arc(c, 8, 8, 5.5, -pi / 2 + 0.9, 1.5 * pi - 0.1);
        cairo_stroke(c);
        path({{7.2, -0.4}, {11.2, 2.6}, {7.2, 5.6}});
        cairo_close_path(c);
        cairo_fill(c);
        break;
    case Glyph::leave:
        path({{9, 2}, {2.5, 2}, {2.5, 14}, {9, 14}});
        line(6.5, 8, 14, 8);
        path({{10.8, 4.8}, {14, 8}, {10.8, 11.2}});
        cairo_stroke(c);
        break;
    case Glyph::moon:
        cairo_arc(c, 7.5, 8.5, 5.8, -0.1, 1.5 * pi - 0.2);
        cairo_arc_negative(c, 10.6, 5.3, 4.6, pi + 0.55, 0.75);
        cairo_close_path(c);
        cairo_fill(c);
        break;
    case Glyph::warning:
        path({{8, 1.8}, {15, 14}, {1, 14}});
        cairo_close_path(c);
        cairo_stroke(c);
        line(8, 6, 8, 9.8);
        line(8, 11.8, 8, 12);
        cairo_stroke(c);
        break;
    case Glyph::bell:
        cairo_arc(c, 8, 7, 4.4, pi, 0);
        cairo_line_to(c, 12.4, 10.5);
        cairo_line_to(c, 14, 12.3);
        cairo_line_to(c, 2, 12.3);
        cairo_line_to(c, 3.6, 10.5);
        cairo_close_path(c);
        cairo_stroke(c);
        line(6.8, 14.5, 9.2, 14.5);
        cairo_stroke(c);
        break;
    case Glyph::folder:
        path({{1.5, 13}, {1.5, 3}, {6, 3}, {7.8, 5}, {14.5, 5}, {14.5, 13}});
        cairo_close_path(c);
        cairo_stroke(c);
        break;
    case Glyph::search:
        cairo_arc(c, 6.7, 6.7, 4.7, 0, 2 * pi);
        cairo_stroke(c);
        line(10.3, 10.3, 14.3, 14.3);
        cairo_stroke(c);
        break;
    }
}

void stroke_glyph(cairo_t* c, Glyph glyph)
{
    cairo_set_line_width(c, 1.5);
    cairo_set_line_cap(c, CAIRO_LINE_CAP_ROUND);
    cairo_set_line_join(c, CAIRO_LINE_JOIN_ROUND);
    paint_glyph(c, glyph);
}

} // namespace

/// What a canvas drew, at the context's origin. GTK records what is drawn and draws it later: the
/// picture is a surface of its own.
void put_canvas(cairo_t* cairo, Canvas& canvas)
{
    double const scale = canvas.scale();
    Image const image = canvas.take();
    Handle<cairo_surface_t, cairo_surface_destroy> const surface{
        cairo_image_surface_create(CAIRO_FORMAT_ARGB32, image.size.width, image.size.height)};
    unsigned char* const pixels = cairo_image_surface_get_data(surface.get());
    auto const stride = static_cast<std::size_t>(cairo_image_surface_get_stride(surface.get()));
    auto const row = static_cast<std::size_t>(image.size.width);
    for (std::size_t y = 0; y < static_cast<std::size_t>(image.size.height); ++y)
        std::memcpy(pixels + y * stride, image.pixels.data() + y * row, row * 4);
    cairo_surface_mark_dirty(surface.get());
    cairo_surface_set_device_scale(surface.get(), scale, scale);
    cairo_set_source_surface(cairo, surface.get(), 0, 0);
    cairo_paint(cairo);
}

QubeChip::QubeChip(int height, int widest) : height_(height), widest_(widest)
{
    set_role(*this, GTK_ACCESSIBLE_ROLE_IMG);
    set_content_height(height);
    set_valign(Gtk::Align::CENTER);
    set_draw_func(
        [this](auto const& cairo, int width, int its_height) { draw(cairo, width, its_height); });
}

void QubeChip::set(Badge const& badge)
{
    if (badge == badge_)
        return;
    badge_ = badge;
    double const wanted = std::ceil(badge_width(height_, badge));
    set_content_width(static_cast<int>(widest_ > 0 ? std::min<double>(wanted, widest_) : wanted));
    name_for_readers(*this, badge.kind == Badge::Kind::qube
                                ? "qube " + badge.name + ", label " + badge.label
                                : badge.name + ", this machine");
    queue_draw();
}

void QubeChip::draw(Cairo::RefPtr<Cairo::Context> const& cairo, int width, int height)
{
    if (badge_.name.empty())
        return;
    Canvas canvas({width, height}, scale_of(*this));
    paint_badge(canvas, {0, 0, static_cast<double>(width), static_cast<double>(height)}, badge_,
                current_scheme());
    put_canvas(cairo->cobj(), canvas);
}

QubeIcon::QubeIcon(int size)
{
    set_role(*this, GTK_ACCESSIBLE_ROLE_IMG);
    set_content_width(size);
    set_content_height(size);
    set_valign(Gtk::Align::CENTER);
    set_draw_func([this](auto const& cairo, int width, int height) { draw(cairo, width, height); });
}

void QubeIcon::set(Badge const& badge, bool faded)
{
    if (badge == badge_ && faded == faded_)
        return;
    badge_ = badge;
    faded_ = faded;
    name_for_readers(*this, badge.kind == Badge::Kind::qube ? "label " + badge.label
                                                            : std::string("this machine"));
    queue_draw();
}

void paint_qube_icon(Canvas& canvas, Box const& box, Badge const& badge, bool faded)
{
    double const side = box.width;
    Palette const& colors = palette(current_scheme());
    if (badge.kind == Badge::Kind::session) {
        cairo_t* const c = canvas.cairo();
        // A tag with a point at both ends: a shape that no label has.
        double const n = side * 0.3;
        double const middle = box.y + side / 2;
        double const top = box.y + side * 0.18;
        double const bottom = box.y + side * 0.82;
        cairo_move_to(c, box.x + 0.5, middle);
        cairo_line_to(c, box.x + n, top);
        cairo_line_to(c, box.x + side - n, top);
        cairo_line_to(c, box.x + side - 0.5, middle);
        cairo_line_to(c, box.x + side - n, bottom);
        cairo_line_to(c, box.x + n, bottom);
        cairo_close_path(c);
        canvas.set_color(mix(colors.bar, colors.text, 0.10));
        cairo_fill_preserve(c);
        canvas.set_color(colors.text_muted);
        cairo_set_line_width(c, 1);
        cairo_stroke(c);
        return;
    }
    Color const back = Color::rgb(badge.rgb);
    Color const ink = ink_on(back);
    double const radius = side * 0.25;
    canvas.fill_rounded(box, radius, back);
    canvas.fill_texture(box, radius, texture_of(badge.label), ink.with_alpha(0.28));
    if (contrast(back, colors.bar) < 1.6)
        canvas.stroke_rounded(box, radius, 1, ink.with_alpha(0.5));
    canvas.text(box, badge.code, {ink, side * 0.5, Weight::bold, Align::center});
    if (faded)
        canvas.fill_rounded(box, radius, colors.card.with_alpha(0.45));
}

void QubeIcon::draw(Cairo::RefPtr<Cairo::Context> const& cairo, int width, int height)
{
    Canvas canvas({width, height}, scale_of(*this));
    double const side = std::min(width, height);
    paint_qube_icon(canvas, {(width - side) / 2, (height - side) / 2, side, side}, badge_, faded_);
    put_canvas(cairo->cobj(), canvas);
}

void paint_glyph_in(cairo_t* cairo, Box const& box, Glyph glyph, Color ink)
{
    cairo_save(cairo);
    cairo_translate(cairo, box.x, box.y);
    cairo_scale(cairo, box.width / 16, box.height / 16);
    cairo_set_source_rgba(cairo, ink.red, ink.green, ink.blue, ink.alpha);
    stroke_glyph(cairo, glyph);
    cairo_restore(cairo);
}

GlyphIcon::GlyphIcon(Glyph glyph, int size) : glyph_(glyph)
{
    set_role(*this, GTK_ACCESSIBLE_ROLE_PRESENTATION);
    set_content_width(size);
    set_content_height(size);
    set_valign(Gtk::Align::CENTER);
    set_halign(Gtk::Align::CENTER);
    set_draw_func([this](auto const& cairo, int width, int height) { draw(cairo, width, height); });
}

void GlyphIcon::draw(Cairo::RefPtr<Cairo::Context> const& cairo, int width, int height) const
{
    cairo_t* const c = cairo->cobj();
    double const scale = std::min(width, height) / 16.0;
    cairo_scale(c, scale, scale);
    set_ink(c, *this);
    stroke_glyph(c, glyph_);
}

Graph::Graph(int width, int height, int samples) : samples_(samples)
{
    set_role(*this, GTK_ACCESSIBLE_ROLE_IMG);
    set_content_width(width);
    set_content_height(height);
    set_valign(Gtk::Align::CENTER);
    set_draw_func([this](auto const& cairo, int its_width, int its_height) {
        draw(cairo, its_width, its_height);
    });
}

void Graph::set(std::deque<double> values)
{
    values_ = std::move(values);
    queue_draw();
}

void Graph::draw(Cairo::RefPtr<Cairo::Context> const& cairo, int width, int height) const
{
    cairo_t* const c = cairo->cobj();
    Palette const& colors = palette(current_scheme());
    auto const ink = [c](Color color) {
        cairo_set_source_rgba(c, color.red, color.green, color.blue, color.alpha);
    };
    rounded(c, 0, 0, width, height, 3);
    ink(colors.text.with_alpha(0.07));
    cairo_fill_preserve(c);
    cairo_clip(c);
    if (values_.empty())
        return;
    double const step = static_cast<double>(width) / std::max(1, samples_ - 1);
    double const left = width - step * static_cast<double>(values_.size() - 1);
    auto const y = [&](double value) {
        return height - 1.5 - std::clamp(value, 0.0, 1.0) * (height - 4);
    };
    cairo_move_to(c, left, y(values_[0]));
    for (std::size_t i = 1; i < values_.size(); ++i)
        cairo_line_to(c, left + step * static_cast<double>(i), y(values_[i]));
    if (values_.size() == 1)
        cairo_line_to(c, width, y(values_[0]));
    ink(colors.accent);
    cairo_set_line_width(c, 1.5);
    cairo_stroke_preserve(c);
    cairo_line_to(c, width, height);
    cairo_line_to(c, left, height);
    cairo_close_path(c);
    ink(colors.accent.with_alpha(0.18));
    cairo_fill(c);
}

} // namespace vitrail::ui
