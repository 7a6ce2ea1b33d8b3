#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/transport/guid_start.hpp"
#include "services/sessiond/clipboard_broker.hpp"
#include "services/sessiond/compositor_link.hpp"
#include "services/sessiond/guid_pool.hpp"
#include "services/sessiond/keeper_link.hpp"
#include "services/sessiond/labels.hpp"
#include "services/sessiond/placeholder.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vitrail::session {

/// What a qube needs of the session that it belongs to.
class QubeHost {
public:
    virtual wl_event_loop* loop() = 0;
    virtual GuidPool& guids() = 0;
    /// Null while the compositor is being started again.
    virtual CompositorLink* compositor() = 0;
    virtual ClipboardBroker& clipboard() = 0;
    virtual void handle_qube_changed() = 0;

protected:
    ~QubeHost() = default;
};

/// How a qube looks and behaves on the screen.
struct QubeLook {
    std::string name;
    Label label;
    bool gui = true; ///< its windows are ours to show
    transport::GuidStart options;
    bool internal = false; ///< the user hears nothing of it
    bool service = false;  ///< started for others, without a window
};

struct QubePlaces {
    std::string run; ///< $XDG_RUNTIME_DIR/vitrail/qubes/NAME, which qubesd makes
    std::string log; ///< folder
};

/// A qube whose agent someone else runs: only its windows are ours (vitrail ctl attach).
struct ExternalAgent {
    std::string vchan; ///< folder of its vchan socket
    std::string grants;
};

/// One qube as the session shows it: how its life goes, as qubesd tells it; the connection to its
/// gui agent; its guid.
class Qube {
public:
    enum class State : std::uint8_t { halted, starting, running, paused, stopping, failed };

    Qube(QubeHost& host, QubeLook look, QubePlaces places,
         std::vector<std::string> applications = {}, std::optional<ExternalAgent> external = {});
    ~Qube();
    Qube(Qube const&) = delete;
    Qube& operator=(Qube const&) = delete;

    // What qubesd tells of its life.
    /// `wanted`: by the user, who is to see it.
    void handle_starting(std::string stage, bool wanted);
    /// It runs as `domain`. Once more for one that runs already changes nothing.
    void handle_started(std::uint32_t domain);
    void handle_start_failed(std::string const& why);
    void handle_paused(bool paused);
    void handle_stopping();
    void handle_stop_failed(std::string const& why);
    /// Its domain is gone.
    void handle_stopped();
    /// Its volumes are put away: it can be started again.
    void handle_halted();
    void set_look(QubeLook const& look);
    void set_label(Label const& label);
    /// Its end will be no surprise.
    void expect_end() { end_expected_ = true; }

    /// Connects to the agent that someone else runs as `domain`.
    [[nodiscard]] Result<> attach(std::uint32_t domain);

    void start_applications();
    void launch(std::vector<std::string> const& argv, KeeperLink::Answer answer);
    /// The compositor was started anew: the origin is told, and the agent is connected again.
    void handle_compositor_started();
    /// `answer` gets the last messages of this qube's session, as text.
    void trace(std::function<void(Result<std::string>)> answer);

    [[nodiscard]] Placeholder& placeholder() { return placeholder_; }
    [[nodiscard]] std::string const& name() const { return look_.name; }
    [[nodiscard]] Label const& label() const { return look_.label; }
    [[nodiscard]] std::uint32_t domain() const { return domain_; } ///< 0: it does not run
    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] bool lives() const;
    [[nodiscard]] std::string const& stage() const { return stage_; } ///< of a start
    [[nodiscard]] std::string const& problem() const { return problem_; }
    [[nodiscard]] bool external() const { return external_.has_value(); }
    [[nodiscard]] std::optional<pid_t> guid_pid() const;
    [[nodiscard]] std::optional<pid_t> keeper_pid() const;

private:
    [[nodiscard]] Result<> open_places();
    void show();
    void hide();
    void fail(std::string const& why);
    void set_state(State state, std::string stage = {});
    [[nodiscard]] Result<> watch();
    void handle_watch(std::uint32_t ready);
    void handle_retry();
    void connect_agent();
    [[nodiscard]] Result<> start_guid(Fd vchan);
    void handle_guid_end(int status);
    void handle_guid_line(std::string_view line);
    void announce();

    QubeHost& host_;
    QubeLook look_;
    QubePlaces places_;
    std::vector<std::string> applications_;
    std::optional<ExternalAgent> external_;
    State state_ = State::halted;
    std::uint32_t domain_ = 0;
    std::string stage_;
    std::string problem_;
    bool end_expected_ = false;
    /// O_PATH. What leads to them belongs to our side alone: a qube can change what is in them, and
    /// not what they are.
    Fd vchan_folder_;
    Fd grant_folder_;
    std::unique_ptr<KeeperLink> keeper_;
    std::unique_ptr<Guid> guid_;
    std::string last_line_; ///< of guid's log: the reason when it ends
    std::string trace_text_;
    bool in_trace_ = false;
    std::function<void(Result<std::string>)> trace_answer_;
    std::uint32_t epoch_ = 0;
    pid_t agent_pid_ = 0; ///< who listened on the vchan we last connected to
    pid_t barred_ = 0;    ///< an agent that broke the protocol: never connected again
    int retries_ = 0;
    Fd inotify_;
    std::optional<FdSource<&Qube::handle_watch>> watch_;
    Timer<&Qube::handle_retry> retry_;
    Placeholder placeholder_;
};

[[nodiscard]] std::string_view name(Qube::State state);

} // namespace vitrail::session
