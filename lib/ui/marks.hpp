#pragma once

#include "lib/paint/badge.hpp"

#include <gtkmm/drawingarea.h>

#include <cstdint>
#include <deque>
#include <string>

namespace vitrail::ui {

/// The chip that a frame carries: whose something is, in the label's colour with texture and code.
class QubeChip : public Gtk::DrawingArea {
public:
    /// `height` and `widest` in layout units; widest 0: as wide as it likes.
    explicit QubeChip(int height = 22, int widest = 0);
    void set(Badge const& badge);

private:
    void draw(Cairo::RefPtr<Cairo::Context> const& cairo, int width, int height);
    Badge badge_;
    int height_;
    int widest_;
};

/// The chip without the name: a square with texture and code, for lists.
class QubeIcon : public Gtk::DrawingArea {
public:
    explicit QubeIcon(int size = 20);
    /// `faded`: it does not run.
    void set(Badge const& badge, bool faded = false);

private:
    void draw(Cairo::RefPtr<Cairo::Context> const& cairo, int width, int height);
    Badge badge_;
    bool faded_ = false;
};

/// Signs of ours in the text's colour: no icon theme has to be read for them.
enum class Glyph {
    applications,
    qubes,
    clipboard,
    power,
    lock,
    close,
    terminal,
    play,
    pause,
    stop,
    restart,
    leave,
    moon,
    warning,
    bell,
    folder,
    search,
};
class GlyphIcon : public Gtk::DrawingArea {
public:
    explicit GlyphIcon(Glyph glyph, int size = 16);

private:
    void draw(Cairo::RefPtr<Cairo::Context> const& cairo, int width, int height) const;
    Glyph glyph_;
};

// For whoever draws by himself.
/// What a canvas drew, at the context's origin.
void put_canvas(cairo_t* cairo, Canvas& canvas);
/// What a QubeIcon shows, at the canvas' scale.
void paint_qube_icon(Canvas& canvas, Box const& box, Badge const& badge, bool faded);
/// The sign, as large as the box.
void paint_glyph_in(cairo_t* cairo, Box const& box, Glyph glyph, Color ink);

/// A small graph of values from 0 to 1, the newest at the right edge.
class Graph : public Gtk::DrawingArea {
public:
    /// `samples`: how many fit from edge to edge.
    Graph(int width, int height, int samples);
    void set(std::deque<double> values);

private:
    void draw(Cairo::RefPtr<Cairo::Context> const& cairo, int width, int height) const;
    std::deque<double> values_;
    int samples_;
};

} // namespace vitrail::ui
