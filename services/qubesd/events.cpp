#include "services/qubesd/events.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace vitrail::qubesd {

std::uint64_t Events::subscribe(Subscription subscription, Listener listener)
{
    bool const stats = subscription.kind == Subscription::Kind::stats;
    listeners_[next_] = {std::move(subscription), std::move(listener)};
    if (stats && stats_wanted_)
        stats_wanted_();
    return next_++;
}

void Events::fire(std::string_view subject, std::string_view name, qube::EventPairs pairs)
{
    tell(Subscription::Kind::events, {std::string(subject), std::string(name), std::move(pairs)});
}

void Events::fire_stats(std::string_view subject, qube::EventPairs pairs)
{
    tell(Subscription::Kind::stats, {std::string(subject), "vm-stats", std::move(pairs)});
}

bool Events::has_stats_listener() const
{
    return std::ranges::any_of(listeners_, [](auto const& entry) {
        return entry.second.subscription.kind == Subscription::Kind::stats;
    });
}

void Events::tell(Subscription::Kind kind, qube::AdminEvent const& event)
{
    if (listeners_.empty())
        return;
    std::string const bytes = qube::build_event(event);
    std::vector<std::uint64_t> numbers;
    for (auto const& [number, entry] : listeners_)
        if (entry.subscription.kind == kind &&
            (entry.subscription.subject.empty() || entry.subscription.subject == event.subject))
            numbers.push_back(number);
    for (std::uint64_t const number : numbers)
        if (auto const found = listeners_.find(number); found != listeners_.end()) {
            Listener const listener = found->second.listener; // it may end its own entry
            listener(event, bytes);
        }
}

} // namespace vitrail::qubesd
