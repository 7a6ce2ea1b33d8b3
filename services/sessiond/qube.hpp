#pragma once

#include "lib/os/event_loop.hpp"
#include "services/sessiond/compositor_link.hpp"
#include "services/sessiond/guid_pool.hpp"
#include "services/sessiond/keeper_link.hpp"
#include "services/sessiond/qube_list.hpp"
#include "services/sessiond/sandbox_arguments.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace vitrail::session {

/// What a qube needs of the session that it belongs to.
class QubeHost {
public:
    virtual wl_event_loop* loop() = 0;
    virtual GuidPool& guids() = 0;
    virtual KeeperStarter& keepers() = 0;
    /// Null while the compositor is being started again.
    virtual CompositorLink* compositor() = 0;
    virtual void handle_qube_changed() = 0;

protected:
    ~QubeHost() = default;
};

struct QubePlaces {
    std::string run;  ///< $XDG_RUNTIME_DIR/vitrail/qubes/NAME
    std::string kept; ///< $XDG_DATA_HOME/vitrail/qubes/NAME
    std::string log;  ///< folder
    std::string init; ///< our programs
    std::string agent;
    std::string demo; ///< folder
};

/// A qube whose agent someone else runs: only its windows are ours (vitrail ctl attach).
struct ExternalAgent {
    std::string vchan; ///< folder of its vchan socket
    std::string grants;
};

/// One qube: its sandbox on the local host, the connection to its gui agent, its guid.
class Qube {
public:
    enum class State : std::uint8_t { halted, starting, running, stopping, failed };

    Qube(QubeHost& host, QubeSpec spec, std::uint32_t domain, QubePlaces places,
         std::optional<ExternalAgent> external = {});
    ~Qube();
    Qube(Qube const&) = delete;
    Qube& operator=(Qube const&) = delete;

    /// Starts it, or adopts the one that an earlier sessiond left running.
    void start();
    void shut_down();
    void kill();
    void launch(std::vector<std::string> const& argv, KeeperLink::Answer answer);
    void set_label(Label const& label);
    /// The compositor was started anew: the origin is told, and the agent is connected again.
    void handle_compositor_started();
    /// `answer` gets the last messages of this qube's session, as text.
    void trace(std::function<void(Result<std::string>)> answer);

    [[nodiscard]] QubeSpec const& spec() const { return spec_; }
    [[nodiscard]] std::uint32_t domain() const { return domain_; }
    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] std::string const& problem() const { return problem_; }
    [[nodiscard]] bool external() const { return external_.has_value(); }
    [[nodiscard]] std::optional<pid_t> guid_pid() const;
    [[nodiscard]] std::optional<pid_t> keeper_pid() const;

private:
    [[nodiscard]] Result<> open_places();
    [[nodiscard]] Result<> prepare();
    [[nodiscard]] bool adopt();
    void start_keeper();
    void handle_keeper_started(Result<pid_t> started);
    void handle_keeper_end();
    void start_applications();
    void fail(std::string const& why);
    void set_state(State state);
    [[nodiscard]] Result<> watch();
    void handle_watch(std::uint32_t ready);
    void handle_retry();
    void connect_agent();
    [[nodiscard]] Result<> start_guid(Fd vchan);
    void handle_guid_end(int status);
    void handle_guid_line(std::string_view line);
    void announce();
    [[nodiscard]] Sandbox sandbox() const;

    QubeHost& host_;
    QubeSpec spec_;
    std::uint32_t domain_;
    QubePlaces places_;
    std::optional<ExternalAgent> external_;
    State state_ = State::halted;
    std::string problem_;
    Fd vchan_folder_; ///< O_PATH, from before the qube starts
    Fd grant_folder_;
    Fd keeper_socket_;
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
};

[[nodiscard]] std::string_view name(Qube::State state);

} // namespace vitrail::session
