#include "panel/notification_board.hpp"

#include <gtk4-layer-shell.h>
#include <gtkmm/eventcontrollermotion.h>

#include <utility>

namespace vitrail::panel {
namespace {

constexpr int margin = 12;

} // namespace

NotificationBoard::NotificationBoard(ui::QubeModel const& qubes, NotificationCard::Hands hands,
                                     std::function<void()> handle_left)
    : qubes_(qubes), hands_(std::move(hands)), handle_left_(std::move(handle_left))
{
}

void NotificationBoard::show(std::vector<NotificationEntry const*> const& entries, Corner corner)
{
    window_.reset(); // a window of a layer does not become smaller
    release();
    if (entries.empty() || corner == Corner::off)
        return;
    window_ = std::make_unique<Gtk::Window>();
    window_->set_title("Notices");
    window_->set_decorated(false);
    window_->set_resizable(false);
    place(corner);
    auto* const stack = Gtk::make_managed<Gtk::Box>(Gtk::Orientation::VERTICAL, 8);
    stack->set_size_request(NotificationCard::width, -1);
    // What is there keeps its place at the edge: a newer one does not push it under the pointer.
    for (NotificationEntry const* const entry : entries) {
        auto* const card = Gtk::make_managed<NotificationCard>(
            *entry, qubes_, NotificationCard::Place::board, hands_);
        if (corner == Corner::bottom_left || corner == Corner::bottom_right)
            stack->prepend(*card);
        else
            stack->append(*card);
    }
    auto const motion = Gtk::EventControllerMotion::create();
    motion->signal_motion().connect([this](double, double) { hold(); });
    motion->signal_leave().connect([this] {
        release();
        handle_left_();
    });
    stack->add_controller(motion);
    window_->set_child(*stack);
    window_->set_visible(true);
}

void NotificationBoard::place(Corner corner)
{
    GtkWindow* const raw = window_->gobj();
    gtk_layer_init_for_window(raw);
    gtk_layer_set_namespace(raw, "vitrail-notices");
    gtk_layer_set_layer(raw, GTK_LAYER_SHELL_LAYER_OVERLAY);
    bool const top = corner == Corner::top_left || corner == Corner::top_right;
    bool const left = corner == Corner::top_left || corner == Corner::bottom_left;
    for (GtkLayerShellEdge const edge :
         {top ? GTK_LAYER_SHELL_EDGE_TOP : GTK_LAYER_SHELL_EDGE_BOTTOM,
          left ? GTK_LAYER_SHELL_EDGE_LEFT : GTK_LAYER_SHELL_EDGE_RIGHT}) {
        gtk_layer_set_anchor(raw, edge, TRUE);
        gtk_layer_set_margin(raw, edge, margin);
    }
}

void NotificationBoard::hold()
{
    held_until_ = std::chrono::steady_clock::now() + patience;
}

} // namespace vitrail::panel
