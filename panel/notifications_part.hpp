#pragma once

#include "lib/ui/marks.hpp"
#include "panel/notifications.hpp"
#include "panel/part.hpp"

#include <gtkmm/box.h>
#include <gtkmm/button.h>
#include <gtkmm/label.h>
#include <gtkmm/scrolledwindow.h>
#include <gtkmm/switch.h>

namespace vitrail::panel {

/// A bell with how much was told since the user looked; its card lists what was, and has the switch
/// that keeps new ones off the screen.
class NotificationsPart final : public PartView, public Notifications::Observer {
public:
    explicit NotificationsPart(Context const& context);
    ~NotificationsPart() override;
    [[nodiscard]] Gtk::Widget& widget() override { return button_; }
    void handle_notifications() override;

private:
    void build();
    void sum_up();
    void list();

    Context const& context_;
    CardButton button_;
    Gtk::Box content_;
    ui::GlyphIcon icon_{ui::Glyph::bell, 17};
    ui::GlyphIcon quiet_icon_{ui::Glyph::moon, 14};
    Gtk::Label count_;
    Gtk::Box card_;
    Gtk::Box head_;
    Gtk::Label title_;
    Gtk::Button clear_;
    Gtk::Box quiet_line_;
    Gtk::Label quiet_text_;
    Gtk::Switch quiet_;
    Gtk::ScrolledWindow scroller_;
    Gtk::Box list_;
};

} // namespace vitrail::panel
