#pragma once

#include "lib/os/event_loop.hpp"
#include "services/qubesd/lifecycle.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::qubesd {

/// Disposables kept ready: started, paused, hidden, handed out in the time of an unpause.
///
/// How many is said by the features preload-dispvm-max of their template or, for the default
/// template of disposables, of dom0; the names stand in preload-dispvm of the template (fact sheet
/// storage-and-lifecycle §21). Everything about them is in the store, so that a qubesd after us
/// goes on with those that are well. One that has become outdated is thrown away and replaced. One
/// that ended by itself is not replaced before something else happens: what ends at once would be
/// started for ever.
class Preloads {
public:
    using Answer = Lifecycle::Answer;

    Preloads(wl_event_loop* loop, System& system, Lifecycle& lifecycle, Backend& backend);
    ~Preloads();

    /// Once, after the recovery of the others: what is not ready goes, what is missing is made.
    void begin();
    /// Gives one of `from` to `source`, now or as soon as it is ready. False: there is none, and
    /// nobody is answered.
    [[nodiscard]] bool hand_out(std::string const& from, std::string const& source, Answer answer);
    /// One more of `from` now, within its number. Answers with its name when it is ready.
    void add(std::string const& from, Answer answer);

    /// Whether these features are ours alone to set.
    [[nodiscard]] static bool keeps_feature(std::string_view name);
    /// Whether the value makes sense for one of those that say what is wanted.
    [[nodiscard]] static bool may_be(std::string_view feature, std::string_view value);

private:
    /// One in preparation.
    struct Making {
        std::string from;
        Answer answer; ///< who waits for it to be ready; may be nobody
        bool doomed = false;
    };
    struct Waiting {
        std::string source;
        Answer answer;
    };

    void handle_event(qube::AdminEvent const& event);
    void handle_work();
    void handle_refill();
    void doom_outdated(std::string const& changed);
    void make(std::string const& from, Answer answer);
    void start(std::string const& name);
    void finish(std::string const& name, qube::Outcome<std::string> outcome);
    void give(std::string const& name, std::string const& source, Answer const& answer);
    void throw_away(std::string const& name);
    void trim();
    [[nodiscard]] std::vector<std::string> list(Qube const& from) const;
    void keep_list(std::string const& from, std::vector<std::string> const& names);
    void unlist(std::string const& name);
    [[nodiscard]] std::size_t wanted(Qube const& from) const;
    [[nodiscard]] std::optional<std::chrono::milliseconds> delay(Qube const& from) const;
    [[nodiscard]] bool may_make(Qube const& from) const;
    [[nodiscard]] bool has_memory() const;
    [[nodiscard]] std::string setting(Qube const& from, std::string_view feature) const;

    System& system_;
    Lifecycle& lifecycle_;
    Backend& backend_;
    std::uint64_t subscription_;
    std::map<std::string, Making> making_;
    std::map<std::string, Waiting> waiting_; ///< for one in preparation, by its name
    std::set<std::string> doomed_;           ///< ready ones, to be thrown away from the loop
    std::set<std::string> failed_;           ///< templates whose last one did not start
    bool lacks_memory_ = false;
    Timer<&Preloads::handle_work> work_;
    Timer<&Preloads::handle_refill> refill_;
};

} // namespace vitrail::qubesd
