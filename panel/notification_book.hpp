#pragma once

#include "lib/formats/notification.hpp"

#include <chrono>
#include <cstdint>
#include <ctime>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vitrail::panel {

/// A connection of the notifications' socket; never another's. 0: none.
using LinkId = std::uint64_t;

/// One thing that somebody told.
struct NotificationEntry {
    std::uint64_t number = 0; ///< our own name for it
    formats::NotificationOrigin origin;
    LinkId link = 0; ///< who may still be answered; 0: it is only text now
    std::uint32_t id = 0;
    std::string app, summary, body;
    std::vector<formats::NotificationAction> actions; ///< none once it is only text
    formats::Urgency urgency = formats::Urgency::normal;
    bool transient = false, resident = false;
    bool closes = false; ///< with its time on the board
    unsigned times = 1;  ///< told again while it was on the board
    std::time_t arrived = 0;
    bool on_board = false;
    bool seen = false; ///< the user has looked at the list since
    std::chrono::steady_clock::time_point until{};
};

/// What was told, and what of it is on the board. Holds every rule of how long and how many, so
/// that one qube's flood costs no other its place. Pure but for `events`.
class NotificationBook {
public:
    using TimePoint = std::chrono::steady_clock::time_point;
    struct Events {
        virtual void handle_reply(LinkId link, formats::NotificationReply const& reply) = 0;
        /// Entries came, went, or are others.
        virtual void handle_changed() = 0;

    protected:
        ~Events() = default;
    };
    struct Now {
        TimePoint time;
        std::time_t wall = 0; ///< to be shown
    };
    explicit NotificationBook(Events& events) : events_(events) {}
    NotificationBook(NotificationBook const&) = delete;
    NotificationBook& operator=(NotificationBook const&) = delete;

    // What comes over a link. `sequence` of a notification is the id that its sender knows.
    void take(LinkId link, formats::NotificationOrigin const& origin,
              formats::Notification const& told, Now now);
    void withdraw(LinkId link, std::uint32_t id);
    void leave_out(formats::NotificationOrigin const& origin, std::uint32_t count);
    void end_link(LinkId link);

    // What the user does. A number that is not known any more is passed over.
    void dismiss(std::uint64_t number);
    void dismiss_all();
    /// Whose it was, where there is somebody to tell it.
    std::optional<formats::NotificationOrigin> invoke(std::uint64_t number, std::string const& key);
    /// The user sees the list: nothing of it needs the board, and what may be done with it stays.
    void see_all();
    /// Nothing new comes to the board, and what is there leaves it.
    void set_quiet(bool quiet);
    void set_locked(bool locked);

    /// What had its time leaves the board.
    void expire(TimePoint now);
    /// When expire() has something to do; nothing: never.
    [[nodiscard]] std::optional<TimePoint> next_expiry() const;

    /// The newest last.
    [[nodiscard]] std::vector<NotificationEntry> const& entries() const { return entries_; }
    /// Those that are to be seen now, the newest last. Good until the next change.
    [[nodiscard]] std::vector<NotificationEntry const*> board() const;
    [[nodiscard]] std::size_t unseen() const;
    /// By qube, since the list was emptied.
    [[nodiscard]] std::map<std::string, std::uint64_t, std::less<>> const& left_out() const
    {
        return left_out_;
    }
    [[nodiscard]] bool quiet() const { return quiet_; }

    static constexpr std::size_t most = 50;
    static constexpr std::size_t most_on_board = 4;
    static constexpr std::size_t most_of_one = 3; ///< on the board
    static constexpr std::chrono::seconds usual{7};
    static constexpr std::chrono::seconds shortest{3};
    static constexpr std::chrono::seconds longest{60};

private:
    using Entry = NotificationEntry;
    using Place = std::vector<Entry>::iterator;
    [[nodiscard]] Place find(std::uint64_t number);
    [[nodiscard]] Place same_as(Entry const& entry, bool replaces);
    void fill(Entry& entry, formats::Notification const& told, Now now);
    void show(Entry& entry, formats::Notification const& told, TimePoint now);
    void make_room();
    void close(Entry const& entry, formats::CloseReason reason);
    void remove(Place place, formats::CloseReason reason);
    void leave_board(Entry& entry);

    Events& events_;
    std::vector<Entry> entries_;
    std::map<std::string, std::uint64_t, std::less<>> left_out_;
    std::uint64_t last_number_ = 0;
    bool quiet_ = false;
    bool locked_ = false;
};

} // namespace vitrail::panel
