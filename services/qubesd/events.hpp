#pragma once

#include "lib/qube/admin_codec.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>

namespace vitrail::qubesd {

/// Who wants to hear what.
struct Subscription {
    enum class Kind : std::uint8_t { events, stats } kind = Kind::events;
    std::string subject; ///< one qube; empty: everything
};

/// Tells every subscriber what happens, in order, each event once.
class Events {
public:
    using Listener = std::function<void(qube::AdminEvent const&, std::string const& bytes)>;

    /// A number for unsubscribe(). The listener may unsubscribe anybody while it runs.
    std::uint64_t subscribe(Subscription subscription, Listener listener);
    void unsubscribe(std::uint64_t number) { listeners_.erase(number); }

    /// `subject`: the qube it is about, or empty: the system.
    void fire(std::string_view subject, std::string_view name, qube::EventPairs pairs = {});
    void fire_stats(std::string_view subject, qube::EventPairs pairs);
    [[nodiscard]] bool has_stats_listener() const;
    /// Whom to tell that somebody wants to hear vm-stats.
    void set_stats_wanted(std::function<void()> wanted) { stats_wanted_ = std::move(wanted); }

private:
    struct Entry {
        Subscription subscription;
        Listener listener;
    };
    void tell(Subscription::Kind kind, qube::AdminEvent const& event);

    std::function<void()> stats_wanted_;
    std::map<std::uint64_t, Entry> listeners_;
    std::uint64_t next_ = 1;
};

} // namespace vitrail::qubesd
