#include "compositor/decoration.hpp"

#include "lib/paint/badge.hpp"
#include "lib/paint/canvas.hpp"

#include <algorithm>
#include <cmath>

namespace vitrail::compositor {

namespace {

constexpr double outer_radius = 9;

struct Glyphs {
    Canvas& canvas;
    Color ink;

    void draw(FrameButton button, Box const& box, bool maximized)
    {
        cairo_t* const c = canvas.cairo();
        // Half a device pixel, so that one-pixel lines fall on pixels at every scale.
        auto const snap = [this](double v) {
            return (std::floor(v * canvas.scale()) + 0.5) / canvas.scale();
        };
        double const x = snap(box.x + box.width / 2);
        double const y = snap(box.y + box.height / 2);
        double const r = std::round(4.5 * canvas.scale()) / canvas.scale();
        cairo_save(c);
        canvas.set_color(ink);
        cairo_set_line_width(c, std::max(1.0, std::round(1.2 * canvas.scale())) / canvas.scale());
        switch (button) {
        case FrameButton::minimize:
            cairo_move_to(c, x - r, y);
            cairo_line_to(c, x + r, y);
            break;
        case FrameButton::maximize:
            if (!maximized) {
                cairo_rectangle(c, x - r, y - r, 2 * r, 2 * r);
            } else {
                double const d = std::round(2.5 * canvas.scale()) / canvas.scale();
                cairo_rectangle(c, x - r, y - r + d, 2 * r - d, 2 * r - d);
                cairo_move_to(c, x - r + d, y - r + d);
                cairo_line_to(c, x - r + d, y - r);
                cairo_line_to(c, x + r, y - r);
                cairo_line_to(c, x + r, y + r - d);
                cairo_line_to(c, x + r - d, y + r - d);
            }
            break;
        case FrameButton::close:
            cairo_set_line_cap(c, CAIRO_LINE_CAP_ROUND);
            cairo_set_line_width(c, 1.4);
            cairo_move_to(c, x - r, y - r);
            cairo_line_to(c, x + r, y + r);
            cairo_move_to(c, x + r, y - r);
            cairo_line_to(c, x - r, y + r);
            break;
        }
        cairo_stroke(c);
        cairo_restore(c);
    }
};

/// Left edges of the buttons from the right: close, maximise, minimise.
Box button_box(std::int32_t width, int from_right)
{
    constexpr FrameMetrics m;
    return {static_cast<double>(width - m.border - 2 - m.button * (from_right + 1)),
            static_cast<double>(m.border), static_cast<double>(m.button),
            static_cast<double>(m.title - m.border)};
}

int button_count(std::int32_t width, bool fixed_size)
{
    if (width < 220) // the name is worth more than two buttons
        return 1;
    return fixed_size ? 2 : 3;
}

FrameButton button_at(int from_right, bool fixed_size)
{
    if (from_right == 0)
        return FrameButton::close;
    return from_right == 1 && !fixed_size ? FrameButton::maximize : FrameButton::minimize;
}

void paint_shape(Canvas& canvas, TitleBar const& bar, std::int32_t width, Scheme scheme)
{
    constexpr FrameMetrics m;
    Palette const& colors = palette(scheme);
    Color const frame = frame_color(bar.badge, scheme);
    double const radius = bar.maximized ? 0 : outer_radius;
    double const inner = std::max(0.0, radius - m.border);
    // Taller than the bar: the lower corners fall outside.
    canvas.fill_rounded({0, 0, double(width), m.title + 2.0 * outer_radius}, radius, frame);
    canvas.fill_rounded({double(m.border), double(m.border), double(width - 2 * m.border),
                         m.title + 2.0 * outer_radius},
                        inner, bar.focused ? colors.bar : colors.bar_inactive);
    // In the window's own colour: any other could be taken for another label.
    if (bar.wants_attention)
        canvas.fill({double(m.border), double(m.title - 3), double(width - 2 * m.border), 3},
                    frame);
    else
        canvas.fill({double(m.border), double(m.title - 1), double(width - 2 * m.border), 1},
                    colors.line);
}

void paint_buttons(Canvas& canvas, TitleBar const& bar, std::int32_t width, Scheme scheme)
{
    Palette const& colors = palette(scheme);
    int const count = button_count(width, bar.fixed_size);
    for (int i = 0; i < count; ++i) {
        FrameButton const button = button_at(i, bar.fixed_size);
        Box const box = button_box(width, i);
        Color ink = bar.focused ? colors.text : colors.text_muted;
        if (bar.hovered == button) {
            Box const pill{box.x + 3, box.y + 3, box.width - 6, box.height - 7};
            Color back = bar.hovered_pressed ? colors.pressed : colors.hover;
            if (button == FrameButton::close) {
                back = bar.hovered_pressed ? mix(colors.danger, Color{}, 0.2) : colors.danger;
                ink = ink_on(back);
            }
            canvas.fill_rounded(pill, 6, back);
        }
        Glyphs{canvas, ink}.draw(button, {box.x, box.y, box.width, box.height - 1}, bar.maximized);
    }
}

} // namespace

Color frame_color(Badge const& badge, Scheme scheme)
{
    return badge.kind == Badge::Kind::qube ? Color::rgb(badge.rgb) : palette(scheme).neutral_frame;
}

Image paint_title_bar(TitleBar const& bar, std::int32_t width, double scale, Scheme scheme)
{
    constexpr FrameMetrics m;
    width = std::max(width, 2 * m.border + 1);
    Canvas canvas{{width, m.title}, scale};
    Palette const& colors = palette(scheme);
    paint_shape(canvas, bar, width, scheme);
    paint_buttons(canvas, bar, width, scheme);

    double const buttons_left = button_box(width, button_count(width, bar.fixed_size) - 1).x;
    double const left = m.border + 4;
    Box const badge_room{left, m.border + 3.0, std::max(0.0, buttons_left - left - 6),
                         m.title - m.border - 7.0};
    double x = left + paint_badge(canvas, badge_room, bar.badge, scheme);
    double const middle_height = m.title - m.border - 1.0;
    if (!bar.note.empty()) {
        TextStyle const style{colors.text_muted, 12, Weight::semibold};
        double const wide =
            std::min(Canvas::text_width(bar.note, style) + 20, std::max(0.0, buttons_left - x - 8));
        if (wide > 40) {
            Box const pill{x + 8, m.border + 4.0, wide, m.title - m.border - 9.0};
            canvas.fill_rounded(pill, 6, colors.hover);
            canvas.text({pill.x + 8, double(m.border), wide - 16, middle_height}, bar.note, style);
            x += wide + 8;
        }
    }
    canvas.text({x + 10, double(m.border), buttons_left - x - 16, middle_height}, bar.title,
                {bar.focused ? colors.text : colors.text_muted, 13,
                 bar.focused ? Weight::semibold : Weight::normal});
    return canvas.take();
}

FramePart frame_part_at(Size frame, Point p, Resizing resizing, bool fixed_size)
{
    constexpr FrameMetrics m;
    bool const inside = Rect{0, 0, frame.width, frame.height}.contains(p);
    int const reach = resizing == Resizing::allowed ? m.grab : 0;
    if (p.x < -reach || p.y < -reach || p.x >= frame.width + reach || p.y >= frame.height + reach)
        return FramePart::none;
    if (resizing == Resizing::allowed) {
        bool const left = p.x < m.border;
        bool const right = p.x >= frame.width - m.border;
        bool const top = p.y < m.border;
        bool const bottom = p.y >= frame.height - m.border;
        bool const near_left = p.x < m.corner;
        bool const near_right = p.x >= frame.width - m.corner;
        bool const near_top = p.y < m.corner;
        bool const near_bottom = p.y >= frame.height - m.corner;
        if ((top && near_left) || (left && near_top))
            return FramePart::top_left;
        if ((top && near_right) || (right && near_top))
            return FramePart::top_right;
        if ((bottom && near_left) || (left && near_bottom))
            return FramePart::bottom_left;
        if ((bottom && near_right) || (right && near_bottom))
            return FramePart::bottom_right;
        if (top)
            return FramePart::top;
        if (bottom)
            return FramePart::bottom;
        if (left)
            return FramePart::left;
        if (right)
            return FramePart::right;
    }
    if (!inside)
        return FramePart::none;
    if (content_within({0, 0, frame.width, frame.height}).contains(p))
        return FramePart::content;
    if (p.y >= m.title)
        return FramePart::none;
    for (int i = 0; i < button_count(frame.width, fixed_size); ++i) {
        Box const box = button_box(frame.width, i);
        // Up to the edges of a frame that has none to resize: a corner is an easy target.
        double const right = i == 0 ? frame.width : box.x + box.width;
        if (p.x >= box.x && p.x < right) {
            switch (button_at(i, fixed_size)) {
            case FrameButton::close: return FramePart::close;
            case FrameButton::maximize: return FramePart::maximize;
            case FrameButton::minimize: return FramePart::minimize;
            }
        }
    }
    return FramePart::title;
}

std::optional<FrameButton> button_of(FramePart part)
{
    switch (part) {
    case FramePart::close: return FrameButton::close;
    case FramePart::maximize: return FrameButton::maximize;
    case FramePart::minimize: return FrameButton::minimize;
    default: return std::nullopt;
    }
}

} // namespace vitrail::compositor
