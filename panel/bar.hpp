#pragma once

#include "panel/part.hpp"

#include <gdkmm/monitor.h>
#include <gtkmm/box.h>
#include <gtkmm/centerbox.h>
#include <gtkmm/window.h>

#include <memory>
#include <vector>

namespace vitrail::panel {

/// One bar, at an edge of one output.
class Bar {
public:
    Bar(Context const& context, Glib::RefPtr<Gdk::Monitor> const& monitor);
    Bar(Bar const&) = delete;
    Bar& operator=(Bar const&) = delete;

    void handle_toplevels();
    void handle_desktop();

    static constexpr int height = 36; ///< layout units

private:
    void place(Glib::RefPtr<Gdk::Monitor> const& monitor);
    void add(Gtk::Box& box, std::vector<Part> const& parts);
    void hide_until_pointed_at();

    Context const& context_;
    Gtk::Window window_;
    Gtk::Box bar_;
    Gtk::Box start_;
    Gtk::Box middle_;
    Gtk::Box end_;
    std::vector<std::unique_ptr<PartView>> parts_;
};

} // namespace vitrail::panel
