#pragma once

#include "lib/base/handle.hpp"
#include "lib/paint/image.hpp"
#include "lib/paint/theme.hpp"

#include <cairo.h>
#include <pango/pangocairo.h>

#include <string_view>

namespace vitrail {

/// A rectangle in layout units with fractions.
struct Box {
    double x = 0;
    double y = 0;
    double width = 0;
    double height = 0;
};

enum class Weight { normal, semibold, bold };
enum class Align { start, center };

/// How a line of text looks. The size is in layout units.
struct TextStyle {
    Color color;
    double size = 13;
    Weight weight = Weight::normal;
    Align align = Align::start;
};

/// Draws into an Image of its own with Cairo, in layout units: the scale is applied once, here.
class Canvas {
public:
    /// `size` in layout units; the image is size * scale, rounded to whole pixels.
    Canvas(Size size, double scale);

    /// The finished picture; the canvas is empty after.
    [[nodiscard]] Image take();

    void fill(Box const& box, Color color);
    void fill_rounded(Box const& box, double radius, Color color);
    void stroke_rounded(Box const& box, double radius, double width, Color color);
    /// A soft shadow under a rounded box, without blur filters: a few growing outlines.
    void shadow(Box const& box, double radius, double reach, double strength);
    /// The pattern in `ink` over the box, clipped to a rounded box.
    void fill_texture(Box const& box, double radius, Texture texture, Color ink);
    /// One line, vertically centred in the box, ellipsised at its width. UTF-8; what is not UTF-8
    /// is not drawn.
    void text(Box const& box, std::string_view line, TextStyle const& style);
    /// Wrapped text, at most `lines` lines, from the top of the box.
    void paragraph(Box const& box, std::string_view text, TextStyle const& style, int lines);
    void draw_image(Image const& image, Box const& into);

    [[nodiscard]] static double text_width(std::string_view line, TextStyle const& style);

    [[nodiscard]] cairo_t* cairo() const { return cairo_.get(); }
    [[nodiscard]] double scale() const { return scale_; }
    void set_color(Color color);
    void rounded_path(Box const& box, double radius);

private:
    double scale_;
    Image image_;
    Handle<cairo_surface_t, cairo_surface_destroy> surface_;
    Handle<cairo_t, cairo_destroy> cairo_;
};

} // namespace vitrail
