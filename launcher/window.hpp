#pragma once

#include "launcher/launcher.hpp"
#include "launcher/row_view.hpp"

#include <gtkmm/box.h>
#include <gtkmm/entry.h>
#include <gtkmm/label.h>
#include <gtkmm/listbox.h>
#include <gtkmm/togglebutton.h>
#include <gtkmm/window.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vitrail::launcher {

/// The one window, hidden until it is wanted: a field, four pages, a list. Only the rows that are
/// seen are widgets.
class LauncherWindow : public Gtk::Window {
public:
    LauncherWindow(Launcher& launcher, ui::ShellLink& shell);

    /// Empty, at its first page, with the keyboard.
    void open();
    void close_it();
    void toggle() { get_visible() ? close_it() : open(); }
    /// What is listed may be another; where the user is in it stays.
    void update();

    static constexpr std::size_t shown_rows = 13;

private:
    bool handle_key(guint key, guint code, Gdk::ModifierType state);
    void handle_typed();
    void show_page(Page page, std::string qube = {});
    void move(int step);
    void choose(std::size_t row);
    void activate_chosen();
    void toggle_favourite();
    void leave_page();
    [[nodiscard]] Item const* chosen() const;
    void fill();
    void fill_header();
    void scroll_to_chosen();

    Launcher& launcher_;
    ui::ShellLink& shell_;
    View view_;
    std::vector<Row> rows_;
    std::size_t chosen_ = 0;
    std::size_t first_ = 0; ///< the first row that is seen
    bool asks_ = false;     ///< Enter was pressed once on what asks first
    bool filling_ = false;

    Gtk::Box card_;
    Gtk::Box field_;
    ui::GlyphIcon magnifier_;
    ui::QubeChip page_chip_;
    Gtk::Entry entry_;
    Gtk::Label page_state_;
    Gtk::Box tabs_;
    std::array<Gtk::ToggleButton, tab_pages> tab_;
    Gtk::ListBox list_;
    std::array<RowView, shown_rows> views_;
    Gtk::Label footer_;
};

} // namespace vitrail::launcher
