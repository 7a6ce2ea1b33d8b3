#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/ui/qube_model.hpp"
#include "lib/ui/shell_link.hpp"
#include "panel/config.hpp"
#include "panel/notification_board.hpp"
#include "panel/notification_book.hpp"
#include "panel/notification_desk.hpp"

#include <string>
#include <vector>

namespace vitrail::panel {

/// Everything that is told unasked: what qubes' applications tell, and what the prompt does. One
/// book, one board, and the parts of the bars that show the list.
class Notifications final : public NotificationBook::Events, public NotificationDesk::Events {
public:
    struct Observer {
        virtual void handle_notifications() = 0;

    protected:
        ~Observer() = default;
    };
    Notifications(wl_event_loop* loop, ui::QubeModel const& qubes, ui::ShellLink& shell,
                  Config const& config);
    Notifications(Notifications const&) = delete;
    Notifications& operator=(Notifications const&) = delete;
    [[nodiscard]] Result<> listen(std::string const& path) { return desk_.listen(path); }

    void add_observer(Observer& observer) { observers_.push_back(&observer); }
    void remove_observer(Observer& observer) { std::erase(observers_, &observer); }
    [[nodiscard]] NotificationBook const& book() const { return book_; }
    [[nodiscard]] NotificationCard::Hands const& hands() const { return hands_; }
    void dismiss_all();
    /// While the list is open, the board would only lie above it.
    void set_listed(bool listed);
    void set_quiet(bool quiet) { book_.set_quiet(quiet); }

    /// The lock, the look or the settings may be others.
    void handle_desktop();

    // NotificationBook::Events
    void handle_reply(LinkId link, formats::NotificationReply const& reply) override;
    void handle_changed() override;
    // NotificationDesk::Events
    void handle_told(LinkId link, formats::NotificationOrigin const& origin,
                     formats::NotificationMessage const& message) override;
    void handle_link_end(LinkId link) override { book_.end_link(link); }

private:
    void handle_timer();
    void invoke(std::uint64_t number, std::string const& key);
    void dismiss(std::uint64_t number);

    ui::ShellLink& shell_;
    Config const& config_;
    NotificationBook book_{*this};
    NotificationDesk desk_;
    NotificationCard::Hands hands_;
    NotificationBoard board_;
    std::vector<Observer*> observers_;
    bool listed_ = false;
    bool changed_ = false; ///< since the board was drawn
    Timer<&Notifications::handle_timer> timer_;
};

} // namespace vitrail::panel
