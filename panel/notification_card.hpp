#pragma once

#include "panel/notification_book.hpp"

#include "lib/ui/qube_model.hpp"

#include <gtkmm/box.h>

#include <functional>
#include <string>

namespace vitrail::panel {

/// One thing that was told, with the chip of who tells it: on the board or in the list.
class NotificationCard : public Gtk::Box {
public:
    /// Both may come to destroy the card, from the loop's next turn on.
    struct Hands {
        std::function<void(std::uint64_t number, std::string const& key)> invoke;
        std::function<void(std::uint64_t number)> dismiss;
    };
    enum class Place { board, list };
    NotificationCard(NotificationEntry const& entry, ui::QubeModel const& qubes, Place place,
                     Hands const& hands);

    /// A click this soon was meant for what was there before.
    static constexpr std::chrono::milliseconds unsettled{300};
    static constexpr int width = 340;

private:
    void add_head(NotificationEntry const& entry, ui::QubeModel const& qubes, Place place);
    void add_texts(NotificationEntry const& entry, ui::QubeModel const& qubes, Place place);
    void add_actions(NotificationEntry const& entry);
    void add_button(Gtk::Box& box, std::string const& name, Gtk::Widget& child,
                    std::function<void()> press);

    Hands const& hands_;
    std::chrono::steady_clock::time_point made_ = std::chrono::steady_clock::now();
};

} // namespace vitrail::panel
