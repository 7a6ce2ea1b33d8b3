#pragma once

#include "launcher/rows.hpp"
#include "lib/ui/marks.hpp"
#include "lib/ui/qube_model.hpp"

#include <gtkmm/box.h>
#include <gtkmm/drawingarea.h>
#include <gtkmm/label.h>
#include <gtkmm/listboxrow.h>

#include <memory>
#include <optional>
#include <string>

namespace vitrail::launcher {

/// What stands at the left of a row: of an application its first letter on a tile in its qube's
/// colour, of what can be done a sign, of a qube its own icon. Nothing of it was drawn by a qube.
class RowIcon : public Gtk::DrawingArea {
public:
    static constexpr int size = 28;
    RowIcon();
    void set(Item const& item, Badge const& badge, bool faded);

private:
    void draw(Cairo::RefPtr<Cairo::Context> const& cairo, int width, int height);
    Item item_;
    Badge badge_;
    bool faded_ = false;
};

struct RowLook {
    bool asks = false;        ///< Enter has been pressed once
    bool in_its_page = false; ///< the page says whose it is
};

/// One row of the list. There are as many as are seen; they are filled anew for each key.
class RowView : public Gtk::ListBoxRow {
public:
    RowView();
    /// `info`: null for the machine.
    void set(Row const& row, ui::QubeInfo const* info, RowLook look);

private:
    Gtk::Box line_;
    RowIcon icon_;
    Gtk::Box texts_;
    Gtk::Label title_;
    Gtk::Label detail_;
    Gtk::Label star_;
    Gtk::Label state_;
    ui::QubeChip chip_;
    Gtk::Label heading_;
};

/// The badge of a qube, as its frames have it; of the machine for null.
[[nodiscard]] Badge badge_of(ui::QubeInfo const* info);

} // namespace vitrail::launcher
