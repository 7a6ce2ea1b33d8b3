#pragma once

#include "lib/ui/qube_model.hpp"
#include "lib/ui/shell_link.hpp"
#include "panel/config.hpp"

#include <gtkmm/menubutton.h>
#include <gtkmm/popover.h>
#include <gtkmm/widget.h>

#include <memory>
#include <string>

namespace vitrail::panel {

class Notifications;

/// What the parts stand on. Lives longer than all of them.
struct Context {
    ui::ShellLink& shell;
    ui::QubeModel& model;
    Config const& config;
    Notifications& notifications;
};

/// One part of a bar. There is one of each on every output.
class PartView {
public:
    virtual ~PartView() = default;
    [[nodiscard]] virtual Gtk::Widget& widget() = 0;
    virtual void handle_toplevels() {}
    virtual void handle_desktop() {}
};

/// A button of the bar that opens a card.
class CardButton : public Gtk::MenuButton {
public:
    CardButton(Context const& context, std::string const& name);
    [[nodiscard]] Gtk::Popover& card() { return card_; }
    /// What a screen reader says of it.
    void set_name_for_readers(std::string const& name);

private:
    Gtk::Popover card_;
};

[[nodiscard]] std::unique_ptr<PartView> make_part(Part part, Context const& context);

} // namespace vitrail::panel
