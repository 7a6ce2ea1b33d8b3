#pragma once

#include "lib/ui/marks.hpp"
#include "panel/part.hpp"

#include <gtkmm/box.h>
#include <gtkmm/label.h>
#include <gtkmm/scrolledwindow.h>

#include <map>
#include <memory>
#include <string>

namespace vitrail::panel {

class QubeRow;

/// How many qubes run; its card lists every qube with its state, what it uses, and what can be done
/// to it.
class QubesPart final : public PartView, public ui::QubeModel::Observer {
public:
    explicit QubesPart(Context const& context);
    ~QubesPart() override;
    [[nodiscard]] Gtk::Widget& widget() override { return button_; }

    void handle_qube(ui::QubeInfo const& qube) override;
    void handle_qube_removed(std::string const& name) override;
    void handle_usage() override;
    void handle_connection(bool connected) override;

private:
    void sum_up();
    void arrange();
    void add_section(std::string const& title, bool with_columns,
                     std::vector<QubeRow*> const& rows);

    Context const& context_;
    CardButton button_;
    Gtk::Box content_;
    ui::GlyphIcon icon_{ui::Glyph::qubes, 17};
    ui::GlyphIcon warning_{ui::Glyph::warning, 14};
    Gtk::Label count_;
    Gtk::Box card_;
    Gtk::Box head_;
    Gtk::Label title_;
    Gtk::Label summary_;
    Gtk::ScrolledWindow scroller_;
    Gtk::Box list_;
    std::map<std::string, std::unique_ptr<QubeRow>> rows_;
};

} // namespace vitrail::panel
