#include "services/qubesd/qrexec.hpp"

#include "lib/os/line_socket.hpp"
#include "services/qubesd/storage/files.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <utility>

namespace vitrail::qubesd {
namespace {

constexpr int session_fd = 3;

} // namespace

/// One that is started again when it ends, each time a little later.
class Qrexec::Program {
public:
    Program(wl_event_loop* loop, Spawn command)
        : loop_(loop), command_(std::move(command)), again_(loop, *this)
    {
        handle_again();
    }
    ~Program()
    {
        source_.reset();
        if (process_) {
            process_.signal(SIGKILL);
            (void)process_.reap();
        }
    }
    Program(Program const&) = delete;
    Program& operator=(Program const&) = delete;

    void handle_end(std::uint32_t)
    {
        source_.reset();
        int const status = process_.reap();
        process_ = Process();
        std::fprintf(stderr, "vitrail-qubesd: %s ended with status %d; starting it again\n",
                     command_.arguments.front().c_str(), status);
        wait();
    }
    void handle_again()
    {
        auto started = Process::start(command_);
        if (!started) {
            std::fprintf(stderr, "vitrail-qubesd: %s\n", started.error().message().c_str());
            return wait();
        }
        process_ = std::move(*started);
        source_.emplace(loop_, *this, process_.pidfd(), WL_EVENT_READABLE);
    }

private:
    void wait()
    {
        constexpr int longest_ms = 5000;
        again_.arm(std::chrono::milliseconds(std::min(10 << std::min(failures_++, 9), longest_ms)));
    }

    wl_event_loop* loop_;
    Spawn command_;
    int failures_ = 0;
    Process process_;
    std::optional<FdSource<&Program::handle_end>> source_;
    Timer<&Program::handle_again> again_;
};

Qrexec::Qrexec(wl_event_loop* loop, System& system, QrexecSetup setup)
    : loop_(loop),
      system_(system),
      setup_(std::move(setup)),
      subscription_(system.events.subscribe(
          {}, [this](qube::AdminEvent const& event, std::string const&) { handle_event(event); }))
{
}

Qrexec::~Qrexec()
{
    system_.events.unsubscribe(subscription_);
}

Result<> Qrexec::start()
{
    auto [ours, theirs] = TRY(socket_pair(SOCK_STREAM));
    session_ = std::move(ours);
    session_theirs_ = std::move(theirs);
    TRY_VOID(make_folders(setup_.runtime + "/qrexec"));
    log_ = TRY(LogSink::open(loop_, setup_.log));
    policy_ = std::make_unique<Program>(loop_, policy_command());
    for (auto const& [name, qube] : system_.state.qubes)
        if (qube.now.power == qube::Power::running || qube.now.power == qube::Power::paused)
            begin(qube);
    return {};
}

void Qrexec::handle_event(qube::AdminEvent const& event)
{
    if (event.name == "domain-stopped")
        daemons_.erase(event.subject);
    else if (event.name == "domain-start" && policy_)
        if (Qube const* const one = system_.state.find(event.subject))
            begin(*one);
}

void Qrexec::begin(Qube const& qube)
{
    if (!qube.is(qube::QubeClass::admin) && !qube.is(qube::QubeClass::remote))
        daemons_[qube.name] = std::make_unique<Program>(loop_, daemon_command(qube));
}

Spawn Qrexec::policy_command() const
{
    Spawn spawn{
        .arguments = {setup_.policy, "--session-fd", std::to_string(session_fd), "--socket",
                      setup_.runtime + "/policy.sock", "--prompt", setup_.runtime + "/prompt.sock",
                      "--grants", setup_.runtime + "/grants.sock"},
        .environment =
            inherited_environment({"HOME", "PATH", "LANG", "XDG_RUNTIME_DIR", "XDG_DATA_HOME",
                                   "XDG_CONFIG_HOME", "VITRAIL_POLICY_PATH"}),
        .descriptors = {{session_theirs_.get(), session_fd},
                        {log_->writer(), 1},
                        {log_->writer(), 2}},
        .new_session = true};
    spawn.environment["QUBESD_SOCKET"] = setup_.runtime + "/qubesd.sock";
    return spawn;
}

Spawn Qrexec::daemon_command(Qube const& qube) const
{
    Spawn spawn{.arguments = {setup_.daemon, "--pipes", "--session-fd", std::to_string(session_fd),
                              "--socket-dir=" + setup_.runtime + "/qrexec", "-u", qube.uuid, "--",
                              std::to_string(qube.now.domain), qube.name,
                              property_text(system_.state, qube, "default_user")},
                .environment = inherited_environment(
                    {"HOME", "PATH", "LANG", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "USER"}),
                .descriptors = {{session_theirs_.get(), session_fd},
                                {log_->writer(), 1},
                                {log_->writer(), 2}},
                .new_session = true};
    spawn.environment["QUBESD_SOCKET"] = setup_.runtime + "/qubesd.sock";
    spawn.environment["QREXEC_POLICY_SOCKET"] = setup_.runtime + "/policy.sock";
    spawn.environment["QREXEC_STARTUP_NOWAIT"] = "1"; // its end is told to us
    spawn.environment["VCHAN_SOCKET_DIR"] = setup_.runtime + "/qubes/" + qube.name + "/vchan";
    spawn.environment["VITRAIL_RPC_DIR"] = setup_.services;
    return spawn;
}

} // namespace vitrail::qubesd
