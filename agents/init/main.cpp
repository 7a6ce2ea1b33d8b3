// vitrail-qube-init: process 1 of a qube of the local host. Starts the message bus and the gui
// agent, starts the agent again when it dies, reaps, and ends the qube in order when it is asked
// to.

#include "lib/os/event_loop.hpp"
#include "lib/os/fd.hpp"
#include "lib/os/process.hpp"

#include <getopt.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <optional>

namespace {

using namespace vitrail;

struct Arguments {
    int control_fd = -1;
    int stop_fd = -1;
    std::string agent = "/opt/vitrail/vitrail-agent-gui";
};

class Init {
public:
    Init(Arguments arguments)
        : arguments_(std::move(arguments)),
          child_(loop_.get(), *this, SIGCHLD),
          terminate_(loop_.get(), *this, SIGTERM),
          again_(loop_.get(), *this),
          grace_(loop_.get(), *this)
    {
        if (arguments_.stop_fd >= 0)
            stop_.emplace(loop_.get(), *this, arguments_.stop_fd, WL_EVENT_READABLE);
    }

    int run()
    {
        start_bus();
        start_agent();
        loop_.run();
        return 0;
    }

    void handle_child(int)
    {
        pid_t gone = 0;
        while ((gone = waitpid(-1, nullptr, WNOHANG)) > 0)
            if (agent_ && gone == agent_.pid()) {
                agent_ = Process();
                if (!stopping_)
                    again_.arm(std::chrono::milliseconds(agents_ < 5 ? 1 : 1000));
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

    void start_agent()
    {
        ++agents_;
        Spawn spawn{.arguments = {arguments_.agent, "--gui-domid", "0"},
                    .environment = whole_environment(),
                    .descriptors = {},
                    .new_session = true};
        if (arguments_.control_fd >= 0) {
            spawn.arguments.insert(spawn.arguments.end(), {"--control-fd", "3"});
            spawn.descriptors.emplace_back(arguments_.control_fd, 3);
        }
        auto started = Process::start(spawn);
        if (started)
            agent_ = std::move(*started);
        else {
            std::fprintf(stderr, "vitrail-qube-init: %s\n", started.error().message().c_str());
            again_.arm(std::chrono::seconds(1));
        }
    }

    Arguments arguments_;
    Process agent_;
    int agents_ = 0;
    bool stopping_ = false;
    EventLoop loop_;
    SignalSource<&Init::handle_child> child_;
    SignalSource<&Init::handle_terminate> terminate_;
    Timer<&Init::handle_again> again_;
    Timer<&Init::handle_grace> grace_;
    std::optional<FdSource<&Init::handle_stop>> stop_;
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

} // namespace

int main(int argc, char** argv)
{
    auto arguments = parse(argc, argv);
    if (!arguments) {
        std::fputs("usage: vitrail-qube-init [--control-fd N] [--stop-fd N] [--agent PROGRAM]\n",
                   stderr);
        return 2;
    }
    umask(022);
    std::signal(SIGPIPE, SIG_IGN);
    return Init(std::move(*arguments)).run();
}
