#include "panel/notification_book.hpp"

#include <algorithm>
#include <utility>

namespace vitrail::panel {
namespace {

using namespace formats;

/// Whom a place on the board or in the list is counted for.
std::string const& payer(NotificationEntry const& entry)
{
    return entry.origin.about.empty() ? entry.origin.name : entry.origin.about;
}

/// The oldest of whoever has the most among those that count; end() where none does.
template <typename Entries, typename Counts> auto oldest_of_most(Entries& entries, Counts counts)
{
    std::map<std::string_view, std::size_t> of_each;
    std::size_t largest = 0;
    for (auto const& one : entries)
        if (counts(one))
            largest = std::max(largest, ++of_each[payer(one)]);
    return std::ranges::find_if(
        entries, [&](auto const& one) { return counts(one) && of_each[payer(one)] == largest; });
}

std::chrono::milliseconds time_of(Notification const& told)
{
    if (told.timeout == -1)
        return NotificationBook::usual;
    if (told.timeout == 0)
        return NotificationBook::longest;
    return std::clamp<std::chrono::milliseconds>(std::chrono::milliseconds(told.timeout),
                                                 NotificationBook::shortest,
                                                 NotificationBook::longest);
}

} // namespace

NotificationBook::Place NotificationBook::find(std::uint64_t number)
{
    return std::ranges::find(entries_, number, &Entry::number);
}

/// The entry that a new one takes the place of: the one it names, or one on the board that says the
/// very same.
NotificationBook::Place NotificationBook::same_as(Entry const& entry, bool replaces)
{
    return std::ranges::find_if(entries_, [&](Entry const& one) {
        if (replaces)
            return one.link == entry.link && one.id == entry.id;
        return one.on_board && one.origin == entry.origin && one.app == entry.app &&
               one.summary == entry.summary && one.body == entry.body &&
               one.actions == entry.actions && one.urgency == entry.urgency;
    });
}

void NotificationBook::fill(Entry& entry, Notification const& told, Now now)
{
    entry.app = told.app;
    entry.summary = told.summary;
    entry.body = told.body;
    entry.actions = told.actions;
    entry.urgency = told.urgency;
    entry.transient = told.transient;
    entry.resident = told.resident;
    entry.closes = told.transient || told.timeout > 0;
    entry.arrived = now.wall;
}

void NotificationBook::take(LinkId link, NotificationOrigin const& origin, Notification const& told,
                            Now now)
{
    Entry made;
    made.number = ++last_number_;
    made.origin = origin;
    made.link = link;
    made.id = static_cast<std::uint32_t>(told.sequence);
    fill(made, told, now);
    bool const replaces = told.replaces != 0;
    auto place = same_as(made, replaces);
    if (place == entries_.end()) {
        entries_.push_back(std::move(made));
        place = std::prev(entries_.end());
    } else {
        if (!replaces) { // the newer id answers for both
            ++place->times;
            close(*place, CloseReason::expired);
        }
        place->link = link;
        place->id = made.id;
        fill(*place, told, now);
    }
    place->seen = false;
    show(*place, told, now.time);
    make_room();
    events_.handle_changed();
}

void NotificationBook::show(Entry& entry, Notification const& told, TimePoint now)
{
    bool const critical = entry.urgency == Urgency::critical;
    // What is told behind the lock is found in the list, but for what is not to be missed.
    entry.on_board = !quiet_ && (!locked_ || critical);
    entry.until = critical ? TimePoint::max() : now + time_of(told);
    if (!entry.on_board)
        leave_board(entry);
}

/// The list and the board have their bounds.
void NotificationBook::make_room()
{
    auto const on_board = [](Entry const& one) { return one.on_board; };
    auto const of_one = [&](std::string const& who) {
        return std::ranges::count_if(
            entries_, [&](Entry const& one) { return one.on_board && payer(one) == who; });
    };
    for (auto place = oldest_of_most(entries_, on_board);
         place != entries_.end() &&
         (std::ranges::count_if(entries_, on_board) > std::ptrdiff_t{most_on_board} ||
          of_one(payer(*place)) > std::ptrdiff_t{most_of_one});
         place = oldest_of_most(entries_, on_board))
        leave_board(*place);
    std::erase_if(entries_, [](Entry const& one) { return one.number == 0; });
    while (entries_.size() > most)
        remove(oldest_of_most(entries_, [](Entry const&) { return true; }), CloseReason::other);
}

/// It stays in the list, unless it is of the moment. Erased by whoever calls: its number is 0 then.
void NotificationBook::leave_board(Entry& entry)
{
    entry.on_board = false;
    if (entry.closes) {
        close(entry, CloseReason::expired);
        entry.link = 0;
        entry.actions.clear();
    }
    if (entry.transient)
        entry.number = 0;
}

void NotificationBook::withdraw(LinkId link, std::uint32_t id)
{
    auto const place = std::ranges::find_if(
        entries_, [&](Entry const& one) { return one.link == link && one.id == id; });
    if (place == entries_.end())
        return;
    remove(place, CloseReason::withdrawn);
    events_.handle_changed();
}

void NotificationBook::leave_out(NotificationOrigin const& origin, std::uint32_t count)
{
    left_out_[origin.name] += count;
    events_.handle_changed();
}

void NotificationBook::end_link(LinkId link)
{
    for (Entry& one : entries_)
        if (one.link == link) {
            one.link = 0;
            one.actions.clear();
        }
    events_.handle_changed();
}

void NotificationBook::close(Entry const& entry, CloseReason reason)
{
    if (entry.link != 0)
        events_.handle_reply(entry.link, NotificationClosed{.id = entry.id, .reason = reason});
}

void NotificationBook::remove(Place place, CloseReason reason)
{
    Entry const gone = std::move(*place);
    entries_.erase(place);
    close(gone, reason);
}

void NotificationBook::dismiss(std::uint64_t number)
{
    auto const place = find(number);
    if (place == entries_.end())
        return;
    remove(place, CloseReason::dismissed);
    events_.handle_changed();
}

void NotificationBook::dismiss_all()
{
    for (Entry const& one : std::exchange(entries_, {}))
        close(one, CloseReason::dismissed);
    left_out_.clear();
    events_.handle_changed();
}

std::optional<NotificationOrigin> NotificationBook::invoke(std::uint64_t number,
                                                           std::string const& key)
{
    auto const place = find(number);
    if (place == entries_.end() || place->link == 0 ||
        !std::ranges::contains(place->actions, key, &NotificationAction::key))
        return std::nullopt;
    NotificationOrigin origin = place->origin;
    events_.handle_reply(place->link, ActionInvoked{.id = place->id, .key = key});
    if (place->resident)
        place->on_board = false;
    else
        remove(place, CloseReason::dismissed);
    events_.handle_changed();
    return origin;
}

void NotificationBook::see_all()
{
    for (Entry& one : entries_) {
        one.seen = true;
        if (one.on_board && one.transient)
            leave_board(one);
        one.on_board = false;
    }
    std::erase_if(entries_, [](Entry const& one) { return one.number == 0; });
    events_.handle_changed();
}

void NotificationBook::set_quiet(bool quiet)
{
    quiet_ = quiet;
    if (quiet)
        for (Entry& one : entries_)
            if (one.on_board)
                leave_board(one);
    std::erase_if(entries_, [](Entry const& one) { return one.number == 0; });
    events_.handle_changed();
}

void NotificationBook::set_locked(bool locked)
{
    if (std::exchange(locked_, locked) != locked)
        events_.handle_changed();
}

void NotificationBook::expire(TimePoint now)
{
    bool changed = false;
    for (Entry& one : entries_)
        if (one.on_board && one.until <= now) {
            leave_board(one);
            changed = true;
        }
    std::erase_if(entries_, [](Entry const& one) { return one.number == 0; });
    if (changed)
        events_.handle_changed();
}

std::optional<NotificationBook::TimePoint> NotificationBook::next_expiry() const
{
    std::optional<TimePoint> next;
    for (Entry const& one : entries_)
        if (one.on_board && one.until != TimePoint::max())
            next = std::min(next.value_or(one.until), one.until);
    return next;
}

std::vector<NotificationEntry const*> NotificationBook::board() const
{
    std::vector<Entry const*> shown;
    if (!locked_)
        for (Entry const& one : entries_)
            if (one.on_board)
                shown.push_back(&one);
    return shown;
}

std::size_t NotificationBook::unseen() const
{
    return static_cast<std::size_t>(std::ranges::count(entries_, false, &Entry::seen));
}

} // namespace vitrail::panel
