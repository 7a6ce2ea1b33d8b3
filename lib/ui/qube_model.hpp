#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/paint/badge.hpp"
#include "lib/qube/async_client.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::ui {

/// What the power states of the API mean to a user (fact sheet admin-api §18).
enum class Power { halted, starting, running, paused, stopping, crashed, unknown };

/// A word for it, in lower case.
[[nodiscard]] std::string_view name(Power power);

/// One sample of admin.vm.Stats.
struct Usage {
    std::uint64_t memory_kib = 0;
    std::uint32_t cpu_percent = 0; ///< 100: all its processors are busy
};

/// What is known of a qube. All text is as it may be shown.
struct QubeInfo {
    std::string name;
    std::string klass; ///< AppVM, TemplateVM, DispVM, AdminVM, …
    Power power = Power::unknown;
    std::string label;
    std::uint32_t rgb = 0; ///< 0xRRGGBB
    std::string code;      ///< two letters of the label
    std::string template_name;
    std::string netvm;
    bool internal = false;            ///< nobody's to see
    bool service = false;             ///< gives network to others, or is marked as a service
    bool disposable_template = false; ///< others are made from it
    bool gives_network = false;       ///< provides_network
    bool auto_cleanup = false;        ///< it is removed when it ends
    bool updates = false;             ///< its template has updates to install
    /// Those of the wanted ones that are set, as they are: not made to be shown.
    std::map<std::string, std::string, std::less<>> features;
    std::string problem;     ///< why it did not start, or did not end; until the next try
    std::deque<Usage> usage; ///< while it runs and somebody watches, the newest last

    [[nodiscard]] bool is_admin() const { return klass == "AdminVM"; }
    [[nodiscard]] bool is_template() const { return klass == "TemplateVM"; }
    [[nodiscard]] bool alive() const { return power != Power::halted && power != Power::unknown; }
};

/// What a chip says of it.
[[nodiscard]] Badge badge_of(QubeInfo const& info);

/// The list of all qubes as qubesd tells it, kept by its events, read anew whenever the connection
/// was lost. One place for panel, launcher and tools.
class QubeModel {
public:
    /// All of it is called from the loop; none may destroy the model.
    struct Observer {
        /// Known for the first time, or something of it is another.
        virtual void handle_qube(QubeInfo const&) {}
        virtual void handle_qube_removed(std::string const&) {}
        /// A start or an end failed; `problem` says why.
        virtual void handle_problem(QubeInfo const&) {}
        /// New samples of all running qubes are there.
        virtual void handle_usage() {}
        /// Every qube has been read; false: qubesd is gone, and what is known may be old.
        virtual void handle_connection(bool) {}

    protected:
        ~Observer() = default;
    };
    using Done = std::function<void(qube::Outcome<std::string>)>;

    QubeModel(wl_event_loop* loop, std::string socket);
    ~QubeModel();
    QubeModel(QubeModel const&) = delete;
    QubeModel& operator=(QubeModel const&) = delete;

    /// Features of each qube to be read as well; before start().
    void set_wanted_features(std::vector<std::string> names)
    {
        wanted_features_ = std::move(names);
    }
    void add_observer(Observer& observer) { observers_.push_back(&observer); }
    void remove_observer(Observer& observer) { std::erase(observers_, &observer); }
    /// Connects, now and whenever it was lost.
    void start();
    /// Asks for samples, as long as anybody looks at them.
    void watch_usage(bool watched);

    [[nodiscard]] std::map<std::string, QubeInfo, std::less<>> const& qubes() const
    {
        return qubes_;
    }
    [[nodiscard]] QubeInfo const* find(std::string_view name) const;
    [[nodiscard]] bool connected() const { return connected_; }
    [[nodiscard]] qube::AsyncAdminClient& client() { return client_; }

    // What a user does to a qube. A failure is its problem() too.
    void start_qube(std::string const& name, Done done = {});
    void shut_down(std::string const& name, Done done = {});
    /// Starts it again once it has ended.
    void restart(std::string const& name, Done done = {});
    void pause(std::string const& name, Done done = {});
    void unpause(std::string const& name, Done done = {});
    void kill(std::string const& name, Done done = {});

    static constexpr std::size_t max_samples = 20;

private:
    class Reading;
    void follow();
    void handle_event(qube::AdminEvent const& event);
    [[nodiscard]] bool is_wanted(std::string_view event) const;
    void handle_system_event(qube::AdminEvent const& event);
    void handle_lost(qube::AdminError const& why);
    void handle_retry();
    void read_all();
    void take_list(std::string_view answer);
    void read(std::string const& name);
    void read_more();
    void finish_reading(std::string const& name, qube::Outcome<QubeInfo> outcome);
    void set_power(std::string const& name, Power power);
    void set_problem(std::string const& name, std::string_view untrusted_reason);
    void clear_problem(std::string const& name);
    void remove(std::string const& name);
    void follow_usage();
    void take_usage(qube::AdminEvent const& event);
    void act(std::string const& name, std::string method, Done done);
    template <typename Tell> void tell(Tell tell)
    {
        for (Observer* const observer : std::vector(observers_))
            tell(*observer);
    }

    wl_event_loop* loop_;
    qube::AsyncAdminClient client_;
    qube::AsyncAdminClient usage_client_; ///< of the one stream; ends with it
    std::string socket_;
    std::vector<std::string> wanted_features_;
    std::vector<Observer*> observers_;
    std::map<std::string, QubeInfo, std::less<>> qubes_;
    std::map<std::string, std::uint64_t> power_told_; ///< how often an event said it
    std::set<std::string> restarting_;
    std::vector<std::string> to_read_;
    std::map<std::string, std::unique_ptr<Reading>> reading_;
    std::vector<std::unique_ptr<Reading>> read_; ///< done; freed from the next turn
    bool connected_ = false;
    bool watched_ = false;
    bool usage_followed_ = false;
    int failures_ = 0;
    Timer<&QubeModel::handle_retry> retry_;
};

/// Whose a name is, also of one that is not known: then without a label.
[[nodiscard]] Badge badge_of(QubeModel const& qubes, std::string_view name);

} // namespace vitrail::ui
