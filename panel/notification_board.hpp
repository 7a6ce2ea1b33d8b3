#pragma once

#include "panel/config.hpp"
#include "panel/notification_card.hpp"

#include <gtkmm/window.h>

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

namespace vitrail::panel {

/// The cards in a corner, above windows and below prompts. The only place where anything is told
/// unasked.
class NotificationBoard {
public:
    using TimePoint = std::chrono::steady_clock::time_point;
    /// `handle_left` when the pointer has left the cards.
    NotificationBoard(ui::QubeModel const& qubes, NotificationCard::Hands hands,
                      std::function<void()> handle_left);

    /// Nothing: no board.
    void show(std::vector<NotificationEntry const*> const& entries, Corner corner);
    /// Until when nothing may move there, because the pointer is among the cards; a pointer that
    /// rests is forgotten.
    [[nodiscard]] TimePoint held_until() const { return held_until_; }
    void release() { held_until_ = {}; }

    static constexpr std::chrono::seconds patience{10};

private:
    void place(Corner corner);
    void hold();

    ui::QubeModel const& qubes_;
    NotificationCard::Hands hands_;
    std::function<void()> handle_left_;
    std::unique_ptr<Gtk::Window> window_;
    TimePoint held_until_{};
};

} // namespace vitrail::panel
