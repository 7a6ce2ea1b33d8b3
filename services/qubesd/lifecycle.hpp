#pragma once

#include "lib/os/event_loop.hpp"
#include "services/qubesd/backend.hpp"
#include "services/qubesd/jobs.hpp"
#include "services/qubesd/system.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace vitrail::qubesd {

/// Starts, stops, makes and removes qubes: everything that takes longer than a call to the store.
///
/// Order of a start and of a stop: fact sheet storage-and-lifecycle §9, §10. A qube is never in two
/// such operations at once: the second is refused.
class Lifecycle {
public:
    using Answer = std::function<void(qube::Outcome<std::string>)>;

    Lifecycle(wl_event_loop* loop, System& system, Backend& backend, Jobs& jobs);
    ~Lifecycle();

    /// Once, before anybody calls: finishes what a crash of ours interrupted, takes running qubes
    /// over, ends those that nobody knows. What could not be done is on the error output.
    void recover();

    void start(std::string const& name, Answer answer);
    void shut_down(std::string const& name, bool force, bool wait, Answer answer);
    void kill(std::string const& name, Answer answer);
    [[nodiscard]] qube::Outcome<> pause(std::string const& name);
    [[nodiscard]] qube::Outcome<> unpause(std::string const& name);
    [[nodiscard]] qube::Outcome<> suspend(std::string const& name);
    [[nodiscard]] qube::Outcome<> resume(std::string const& name);

    /// `qube` is complete but for its volumes; answers with its name.
    void create(Qube qube, ByName<std::string> const& pools, Answer answer);
    void remove(std::string const& name, Answer answer);
    /// Work on the volumes of a qube; nothing else happens to it meanwhile. What `work` returns is
    /// handed to `done`, whose outcome is the answer.
    using Done = std::function<qube::Outcome<std::string>(std::string)>;
    void run_exclusively(std::string const& name, Jobs::Work work, Done done, Answer answer);
    [[nodiscard]] bool is_busy(std::string_view name) const { return busy_.contains(name); }

    [[nodiscard]] std::optional<Usage> usage(std::string const& name)
    {
        return backend_.usage(name);
    }

private:
    struct Stopping; ///< a shutdown that somebody waits for

    void start_netvm(std::string const& name);
    void start_volumes(std::string const& name);
    void start_domain(std::string const& name);
    void started(std::string const& name, Result<std::int64_t> domain);
    void start_failed(std::string const& name, qube::AdminError error);
    void handle_ended(std::string const& name);
    void stopped(std::string const& name);
    void set_power(std::string const& name, qube::Power power);
    void timed_out(std::string const& name);
    [[nodiscard]] qube::Outcome<StartOrder> order(Qube const& qube) const;
    [[nodiscard]] qube::Outcome<> may_start(Qube const& qube) const;
    [[nodiscard]] qube::Outcome<> may_shut_down(Qube const& qube, bool force) const;
    void answer_all(std::map<std::string, std::vector<Answer>>& waiting, std::string const& name,
                    qube::Outcome<std::string> const& outcome);
    void clean_up_disposables();
    void stop_left_over_volumes();
    void adopt(RunningQube const& found);
    void fire_life_properties(std::string const& name);

    wl_event_loop* loop_;
    System& system_;
    Backend& backend_;
    Jobs& jobs_;
    std::set<std::string, std::less<>> busy_;
    std::map<std::string, std::vector<Answer>> waiting_for_start_;
    std::map<std::string, std::vector<Answer>> waiting_for_stop_;
    std::map<std::string, std::unique_ptr<Stopping>> stopping_;
};

} // namespace vitrail::qubesd
