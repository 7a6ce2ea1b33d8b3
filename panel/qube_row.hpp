#pragma once

#include "lib/ui/marks.hpp"
#include "panel/part.hpp"

#include <gtkmm/box.h>
#include <gtkmm/button.h>
#include <gtkmm/label.h>

#include <functional>
#include <string>

namespace vitrail::panel {

/// One qube in the list: what it is and uses; pressed, what can be done to it.
class QubeRow {
public:
    QubeRow(Context const& context, ui::QubeInfo const& qube, std::function<void()> close_card);
    QubeRow(QubeRow const&) = delete;
    QubeRow& operator=(QubeRow const&) = delete;

    [[nodiscard]] Gtk::Widget& widget() { return box_; }
    void set(ui::QubeInfo const& qube);
    /// `most_memory`: what fills the graph, KiB.
    void set_usage(ui::QubeInfo const& qube, std::uint64_t most_memory);
    void fold();

private:
    void unfold();
    void show_actions();
    void ask_kill();
    void add_action(ui::Glyph glyph, std::string const& text, char const* style,
                    std::function<void()> act);
    void open_terminal();

    Context const& context_;
    std::string name_;
    std::function<void()> close_card_;
    ui::Power power_ = ui::Power::unknown;
    bool disposable_ = false;
    bool actions_for_ = false; ///< the buttons stand for `power_`
    Gtk::Box box_;
    Gtk::Button button_;
    Gtk::Box line_;
    ui::QubeIcon icon_{24};
    Gtk::Box words_;
    Gtk::Label title_;
    Gtk::Label state_;
    Gtk::Label problem_;
    Gtk::Box usage_;
    ui::Graph cpu_{52, 20, static_cast<int>(ui::QubeModel::max_samples)};
    Gtk::Label cpu_text_;
    ui::Graph memory_{52, 20, static_cast<int>(ui::QubeModel::max_samples)};
    Gtk::Label memory_text_;
    Gtk::Box actions_;
};

} // namespace vitrail::panel
