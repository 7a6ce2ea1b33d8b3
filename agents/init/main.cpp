// vitrail-qube-init: process 1 of a qube of the local host. Starts the message bus and the gui
// and qrexec agents, starts them again when they die, reaps, and ends the qube in order when it is
// asked to. With --as-root it is something else: it becomes the root of
// what the user's own files are, and then the command.

#include "agents/init/accounts.hpp"
#include "lib/os/apparent_root.hpp"
#include "lib/os/environment.hpp"
#include "lib/os/event_loop.hpp"
#include "lib/os/fd.hpp"
#include "lib/os/process.hpp"

#include <fcntl.h>
#include <getopt.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <optional>

namespace {

using namespace vitrail;

constexpr char const* data_folder = "/opt/vitrail/qube/share";
constexpr char const* calls_program = "/opt/vitrail/qube/lib/vitrail-agent-qrexec";

struct Arguments {
    int control_fd = -1;
    int stop_fd = -1;
    std::string agent = "/opt/vitrail/vitrail-agent-gui";
};

/// A program that is started again when it dies; after a few times not at once.
struct Kept {
    Process process;
    int starts = 0;
    [[nodiscard]] std::chrono::milliseconds pause() const
    {
        constexpr int few = 5;
        return std::chrono::milliseconds(starts < few ? 1 : 1000);
    }
};

class Init {
public:
    Init(Arguments arguments)
        : arguments_(std::move(arguments)),
          child_(loop_.get(), *this, SIGCHLD),
          terminate_(loop_.get(), *this, SIGTERM),
          again_(loop_.get(), *this),
          calls_again_(loop_.get(), *this),
          session_file_(whole_environment()["XDG_RUNTIME_DIR"] + "/vitrail-session"),
          grace_(loop_.get(), *this)
    {
        if (arguments_.stop_fd >= 0)
            stop_.emplace(loop_.get(), *this, arguments_.stop_fd, WL_EVENT_READABLE);
        for (int const ours : {arguments_.control_fd, arguments_.stop_fd})
            fcntl(ours, F_SETFD, FD_CLOEXEC); // nothing that we start gets one unless we say so
    }

    int run()
    {
        init::add_own_user();
        start_bus();
        start_agent();
        start_calls();
        loop_.run();
        return 0;
    }

    void handle_child(int)
    {
        pid_t gone = 0;
        int status = 0;
        while ((gone = waitpid(-1, &status, WNOHANG)) > 0)
            if (agent_.process && gone == agent_.process.pid()) {
                agent_.process = Process();
                unlink(session_file_.c_str());
                if (!stopping_)
                    again_.arm(agent_.pause());
            } else if (calls_.process && gone == calls_.process.pid()) {
                calls_.process = Process();
                if (!stopping_)
                    calls_again_.arm(calls_.pause());
            }
        if (gone < 0 && errno == ECHILD && stopping_)
            loop_.stop(); // nothing of the qube runs any more
    }
    void handle_terminate(int) { stop(); }
    void handle_stop(std::uint32_t)
    {
        stop_.reset();
        stop();
    }
    void handle_again() { start_agent(); }
    void handle_calls_again() { start_calls(); }
    /// The agent tells what programs need to find it, then closes its end.
    void handle_session(std::uint32_t)
    {
        std::array<char, 4096> bytes{};
        ssize_t const got = read(session_pipe_.get(), bytes.data(), bytes.size());
        if (got > 0)
            session_.append(bytes.data(), static_cast<std::size_t>(got));
        if (got > 0 || (got < 0 && errno == EINTR))
            return;
        session_source_.reset();
        session_pipe_.reset();
        if (!session_.empty()) // else it has died before
            keep_session();
    }
    void handle_grace() { loop_.stop(); } // the end of process 1 ends what is left

private:
    void stop()
    {
        if (stopping_)
            return;
        stopping_ = true;
        kill(-1, SIGTERM); // everything but us
        kill(-1, SIGHUP);  // shells at a terminal ignore SIGTERM
        grace_.arm(std::chrono::seconds(5));
        handle_child(SIGCHLD);
    }

    void start_bus()
    {
        Environment variables = whole_environment();
        std::string const address = "unix:path=" + variables["XDG_RUNTIME_DIR"] + "/bus";
        // What it starts by name is ours first: notifications go to the GUI domain.
        variables["XDG_DATA_DIRS"] =
            std::string(data_folder) + ":" +
            environment_value("XDG_DATA_DIRS", "/usr/local/share:/usr/share");
        auto bus = Process::start({.arguments = {"dbus-daemon", "--session", "--nofork",
                                                 "--nopidfile", "--address=" + address},
                                   .environment = variables,
                                   .descriptors = {},
                                   .new_session = true});
        if (bus) // a template without it has no session bus: most programs do without
            setenv("DBUS_SESSION_BUS_ADDRESS", address.c_str(), 1);
        else
            std::fprintf(stderr, "vitrail-qube-init: %s\n", bus.error().message().c_str());
    }

    /// The end of calls from and to other qubes; a host may have its own.
    void start_calls()
    {
        if (access(calls_program, X_OK) != 0)
            return;
        ++calls_.starts;
        Environment variables = whole_environment();
        variables["VITRAIL_SESSION_FILE"] = session_file_;
        variables["VITRAIL_ROOT_WITH"] = "/opt/vitrail/vitrail-qube-init";
        auto started = Process::start({.arguments = {calls_program},
                                       .environment = variables,
                                       .descriptors = {},
                                       .new_session = true});
        if (started)
            calls_.process = std::move(*started);
        else {
            std::fprintf(stderr, "vitrail-qube-init: %s\n", started.error().message().c_str());
            calls_again_.arm(std::chrono::seconds(1));
        }
    }

    /// There at once as a whole, or not.
    void keep_session()
    {
        std::string const made = session_file_ + ".new";
        Fd const file(open(made.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        if (!file ||
            write(file.get(), session_.data(), session_.size()) !=
                static_cast<ssize_t>(session_.size()) ||
            rename(made.c_str(), session_file_.c_str()) != 0)
            std::perror("vitrail-qube-init: the session's file");
    }

    void start_agent()
    {
        ++agent_.starts;
        Spawn spawn{.arguments = {arguments_.agent, "--gui-domid", "0"},
                    .environment = whole_environment(),
                    .descriptors = {},
                    .new_session = true};
        if (arguments_.control_fd >= 0) {
            spawn.arguments.insert(spawn.arguments.end(), {"--control-fd", "3"});
            spawn.descriptors.emplace_back(arguments_.control_fd, 3);
        }
        Fd const told = open_session(spawn);
        auto started = Process::start(spawn);
        if (started)
            agent_.process = std::move(*started);
        else {
            std::fprintf(stderr, "vitrail-qube-init: %s\n", started.error().message().c_str());
            again_.arm(std::chrono::seconds(1));
        }
    }

    /// The agent's end of a pipe on which it tells its environment.
    Fd open_session(Spawn& spawn)
    {
        session_source_.reset();
        session_.clear();
        std::array<int, 2> ends{-1, -1};
        if (pipe2(ends.data(), O_CLOEXEC) != 0)
            return {};
        session_pipe_.reset(ends[0]);
        session_source_.emplace(loop_.get(), *this, ends[0], WL_EVENT_READABLE);
        constexpr int theirs = 4;
        spawn.arguments.insert(spawn.arguments.end(), {"--session-fd", std::to_string(theirs)});
        spawn.descriptors.emplace_back(ends[1], theirs);
        return Fd(ends[1]);
    }

    Arguments arguments_;
    Kept agent_;
    Kept calls_;
    Fd session_pipe_;
    std::string session_;
    bool stopping_ = false;
    EventLoop loop_;
    SignalSource<&Init::handle_child> child_;
    SignalSource<&Init::handle_terminate> terminate_;
    Timer<&Init::handle_again> again_;
    Timer<&Init::handle_calls_again> calls_again_;
    std::string session_file_;
    Timer<&Init::handle_grace> grace_;
    std::optional<FdSource<&Init::handle_stop>> stop_;
    std::optional<FdSource<&Init::handle_session>> session_source_;
};

std::optional<Arguments> parse(int argc, char** argv)
{
    Arguments arguments;
    option const options[] = {{"control-fd", required_argument, nullptr, 'c'},
                              {"stop-fd", required_argument, nullptr, 's'},
                              {"agent", required_argument, nullptr, 'a'},
                              {}};
    for (int found; (found = getopt_long(argc, argv, "", options, nullptr)) != -1;) {
        if (found == 'a') {
            arguments.agent = optarg;
            continue;
        }
        int value = -1;
        auto const [end, problem] = std::from_chars(
            optarg ? optarg : "", optarg ? optarg + std::strlen(optarg) : "", value);
        if (found == '?' || problem != std::errc{} || *end != '\0' || value < 3)
            return std::nullopt;
        (found == 'c' ? arguments.control_fd : arguments.stop_fd) = value;
    }
    return optind == argc ? std::optional(arguments) : std::nullopt;
}

int run_as_root(char** command)
{
    if (auto const done = become_apparent_root(); !done) {
        std::fprintf(stderr, "root: %s\n", done.error().message().c_str());
        return 126;
    }
    prctl(PR_SET_PDEATHSIG, SIGTERM); // whoever wanted it done is gone: nobody ends it else
    execvp(command[0], command);
    std::perror(command[0]);
    return 127;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc > 3 && std::string_view(argv[1]) == "--as-root" && std::string_view(argv[2]) == "--")
        return run_as_root(argv + 3);
    auto arguments = parse(argc, argv);
    if (!arguments) {
        std::fputs("usage: vitrail-qube-init [--control-fd N] [--stop-fd N] [--agent PROGRAM]\n"
                   "       vitrail-qube-init --as-root -- COMMAND\n",
                   stderr);
        return 2;
    }
    umask(022);
    std::signal(SIGPIPE, SIG_IGN);
    return Init(std::move(*arguments)).run();
}
