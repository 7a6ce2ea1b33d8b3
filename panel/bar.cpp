#include "panel/bar.hpp"

#include "lib/ui/style.hpp"

#include <gtk4-layer-shell.h>
#include <gtkmm/eventcontrollermotion.h>

namespace vitrail::panel {

Bar::Bar(Context const& context, Glib::RefPtr<Gdk::Monitor> const& monitor)
    : context_(context),
      bar_(Gtk::Orientation::HORIZONTAL, 2),
      start_(Gtk::Orientation::HORIZONTAL, 2),
      middle_(Gtk::Orientation::HORIZONTAL, 2),
      end_(Gtk::Orientation::HORIZONTAL, 2)
{
    window_.set_decorated(false);
    window_.set_title("Panel");
    place(monitor);
    bar_.add_css_class("bar");
    bar_.add_css_class(context.config.edge == Edge::bottom ? "bottom" : "top");
    bar_.set_size_request(-1, height);
    add(start_, context.config.start);
    add(middle_, context.config.middle);
    add(end_, context.config.end);
    middle_.set_hexpand(true);
    bar_.append(start_);
    bar_.append(middle_);
    bar_.append(end_);
    window_.set_child(bar_);
    if (context.config.autohide)
        hide_until_pointed_at();
    window_.set_visible(true);
}

void Bar::place(Glib::RefPtr<Gdk::Monitor> const& monitor)
{
    GtkWindow* const window = window_.gobj();
    gtk_layer_init_for_window(window);
    gtk_layer_set_namespace(window, "panel");
    gtk_layer_set_monitor(window, monitor->gobj());
    gtk_layer_set_layer(window, GTK_LAYER_SHELL_LAYER_TOP);
    gtk_layer_set_anchor(window, GTK_LAYER_SHELL_EDGE_LEFT, TRUE);
    gtk_layer_set_anchor(window, GTK_LAYER_SHELL_EDGE_RIGHT, TRUE);
    gtk_layer_set_anchor(window,
                         context_.config.edge == Edge::bottom ? GTK_LAYER_SHELL_EDGE_BOTTOM
                                                              : GTK_LAYER_SHELL_EDGE_TOP,
                         TRUE);
    gtk_layer_set_exclusive_zone(window, context_.config.autohide ? 0 : height);
    gtk_layer_set_keyboard_mode(window, GTK_LAYER_SHELL_KEYBOARD_MODE_ON_DEMAND);
}

void Bar::add(Gtk::Box& box, std::vector<Part> const& parts)
{
    for (Part const part : parts) {
        auto& made = parts_.emplace_back(make_part(part, context_));
        made->widget().set_valign(part == Part::tasks ? Gtk::Align::FILL : Gtk::Align::CENTER);
        box.append(made->widget());
    }
}

void Bar::hide_until_pointed_at()
{
    constexpr int line = 3;
    auto const show = [this](bool shown) {
        for (Gtk::Box* const box : {&start_, &middle_, &end_})
            box->set_visible(shown);
        bar_.set_size_request(-1, shown ? height : line);
    };
    auto const motion = Gtk::EventControllerMotion::create();
    motion->signal_enter().connect([show](double, double) { show(true); });
    motion->signal_leave().connect([show] { show(false); });
    window_.add_controller(motion);
    show(false);
}

void Bar::handle_toplevels()
{
    for (auto const& part : parts_)
        part->handle_toplevels();
}

void Bar::handle_desktop()
{
    for (auto const& part : parts_)
        part->handle_desktop();
}

} // namespace vitrail::panel
