#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/ui/qube_model.hpp"
#include "tools/prompt/request.hpp"

#include <gtkmm/window.h>

#include <chrono>
#include <memory>
#include <vector>

namespace vitrail::prompt {

/// What is told for a moment in a corner: calls that were denied, or that policy wants told.
class NoticeBoard {
public:
    NoticeBoard(wl_event_loop* loop, ui::QubeModel const& qubes);
    ~NoticeBoard();
    NoticeBoard(NoticeBoard const&) = delete;
    NoticeBoard& operator=(NoticeBoard const&) = delete;

    /// The same again is counted, not repeated.
    void add(Notice const& notice);
    /// Nothing is told while the screen is locked.
    void clear();

    static constexpr std::size_t most = 3;
    static constexpr std::chrono::seconds shown_for{7};

private:
    using Clock = std::chrono::steady_clock;
    struct Entry {
        Notice notice;
        unsigned times = 1;
        Clock::time_point until;
    };
    void handle_timer();
    void redraw();

    ui::QubeModel const& qubes_;
    std::vector<Entry> entries_; ///< the newest last
    std::unique_ptr<Gtk::Window> window_;
    bool changed_ = false;
    Timer<&NoticeBoard::handle_timer> timer_;
};

} // namespace vitrail::prompt
