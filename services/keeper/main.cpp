// vitrail-qube-keeper: what a qube of the local host hangs on (design: processes). It starts the
// sandbox, holds the qube's control connection and stop pipe, and serves whoever manages the qube
// on a socket it inherits. sessiond and qubesd come and go; the keeper ends with its qube.

#include "lib/base/text.hpp"
#include "lib/os/event_loop.hpp"
#include "lib/os/line_socket.hpp"
#include "lib/os/log_sink.hpp"
#include "lib/os/process.hpp"
#include "lib/os/process_tree.hpp"

#include <fcntl.h>
#include <getopt.h>
#include <nlohmann/json.hpp>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <deque>
#include <map>
#include <memory>
#include <optional>

namespace {

using namespace vitrail;
using Json = nlohmann::json;

constexpr int listening_fd = 3;

struct Arguments {
    std::string name;
    std::string log;
    std::vector<std::string> sandbox; ///< the bubblewrap command line
};

class Keeper {
public:
    explicit Keeper(Arguments arguments)
        : arguments_(std::move(arguments)),
          child_(loop_.get(), *this, SIGCHLD),
          terminate_(loop_.get(), *this, SIGTERM),
          grace_(loop_.get(), *this)
    {
    }

    [[nodiscard]] Result<> start()
    {
        log_ = TRY(LogSink::open(loop_.get(), arguments_.log));
        auto [ours, theirs] = TRY(socket_pair(SOCK_STREAM));
        std::array<int, 2> stop{};
        if (pipe2(stop.data(), O_CLOEXEC) != 0)
            return errno_error("a pipe");
        Fd const stop_reader(stop[0]);
        stop_writer_.reset(stop[1]);
        // The variables of the qube stand in the command line; bubblewrap itself needs a PATH.
        sandbox_ = TRY(Process::start({.arguments = arguments_.sandbox,
                                       .environment = inherited_environment({"PATH", "LANG"}),
                                       .descriptors = {{theirs.get(), 3},
                                                       {stop_reader.get(), 4},
                                                       {log_->writer(), 1},
                                                       {log_->writer(), 2}},
                                       .new_session = false}));
        agent_ = std::make_unique<LineSocket>(
            loop_.get(), std::move(ours), [this](std::string_view line) { handle_agent(line); },
            [] {});
        listener_ =
            std::make_unique<LineListener>(loop_.get(), Fd(listening_fd), "",
                                           [this](Fd socket) { handle_caller(std::move(socket)); });
        return {};
    }
    int run()
    {
        loop_.run();
        Json const last{{"event", "ended"}, {"status", status_}};
        for (auto const& [key, caller] : callers_)
            caller->send(last.dump());
        return 0;
    }

    void handle_child(int)
    {
        int status = 0;
        pid_t gone = 0;
        while ((gone = waitpid(-1, &status, WNOHANG)) > 0)
            if (gone == sandbox_.pid()) {
                status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
                loop_.stop();
            }
    }
    void handle_terminate(int) { shut_down(); }
    void handle_grace() { sandbox_.signal(SIGKILL); }

private:
    void shut_down()
    {
        stop_writer_.reset(); // init ends the qube in order; after its own grace it ends at once
        grace_.arm(std::chrono::seconds(10));
    }

    void handle_caller(Fd socket)
    {
        int const key = socket.get();
        callers_[key] = std::make_unique<LineSocket>(
            loop_.get(), std::move(socket),
            [this, key](std::string_view line) { handle_request(key, line); },
            [this, key] { callers_.erase(key); });
    }

    void handle_request(int key, std::string_view line)
    {
        (void)callers_[key]->take_descriptors(); // nobody has any to give
        Json const request = Json::parse(line, nullptr, false);
        std::string const what =
            request.is_object() && request.contains("op") && request["op"].is_string()
                ? request["op"].get<std::string>()
                : "";
        if (what == "state")
            answer(key, {{"state", stop_writer_ ? "running" : "stopping"},
                         {"name", arguments_.name},
                         {"keeper", getpid()},
                         {"paused", paused_},
                         {"pid", sandbox_.pid()}});
        else if (what == "network")
            hand_over_network(*callers_[key]);
        else if (what == "launch" && request.contains("argv") && request["argv"].is_array()) {
            waiting_.push_back(key);
            agent_->send(request["argv"].dump());
        } else if (what == "shutdown") {
            shut_down();
            answer(key, {{"state", "stopping"}});
        } else if (what == "kill") {
            sandbox_.signal(SIGKILL);
            answer(key, {{"state", "stopping"}});
        } else if (what == "pause" || what == "unpause") {
            paused_ = what == "pause";
            signal_below(getpid(), paused_ ? SIGSTOP : SIGCONT);
            answer(key, {{"state", paused_ ? "paused" : "running"}});
        } else
            answer(key, {{"error", "the keeper knows state, network, launch, pause, unpause, "
                                   "shutdown and kill"}});
    }

    /// For whoever has to join it anew: without a right over it, it can only be named.
    static void hand_over_network(LineSocket& caller)
    {
        Fd const net(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
        if (!net || !caller.send_with(R"({"network":true})", {net.get()}))
            caller.send(R"({"error":"the network namespace cannot be handed over"})");
    }

    /// The agent's answers come in the order of the launches.
    void handle_agent(std::string_view line)
    {
        if (waiting_.empty())
            return;
        int const key = waiting_.front();
        waiting_.pop_front();
        if (line == "ok")
            answer(key, {{"launched", true}});
        else
            answer(key, {{"error", escape_for_log(line)}});
    }

    void answer(int key, Json const& reply)
    {
        if (auto const found = callers_.find(key); found != callers_.end())
            found->second->send(reply.dump());
    }

    Arguments arguments_;
    EventLoop loop_;
    Process sandbox_;
    Fd stop_writer_;
    bool paused_ = false;
    int status_ = 0;
    std::unique_ptr<LogSink> log_;
    std::unique_ptr<LineSocket> agent_;
    std::deque<int> waiting_; ///< callers, by descriptor, whose launch the agent has not answered
    std::map<int, std::unique_ptr<LineSocket>> callers_;
    std::unique_ptr<LineListener> listener_;
    SignalSource<&Keeper::handle_child> child_;
    SignalSource<&Keeper::handle_terminate> terminate_;
    Timer<&Keeper::handle_grace> grace_;
};

std::optional<Arguments> parse(int argc, char** argv)
{
    Arguments arguments;
    option const options[] = {
        {"name", required_argument, nullptr, 'n'}, {"log", required_argument, nullptr, 'l'}, {}};
    for (int found; (found = getopt_long(argc, argv, "+", options, nullptr)) != -1;) {
        switch (found) {
        case 'n': arguments.name = optarg; break;
        case 'l': arguments.log = optarg; break;
        default: return std::nullopt;
        }
    }
    arguments.sandbox.assign(argv + optind, argv + argc);
    if (arguments.name.empty() || arguments.log.empty() || arguments.sandbox.empty())
        return std::nullopt;
    return arguments;
}

} // namespace

int main(int argc, char** argv)
{
    auto arguments = parse(argc, argv);
    struct stat status{};
    if (!arguments || fstat(listening_fd, &status) != 0 || !S_ISSOCK(status.st_mode)) {
        std::fputs("usage: vitrail-qube-keeper --name QUBE --log FILE -- BWRAP…, with a listening "
                   "socket as descriptor 3\n",
                   stderr);
        return 2;
    }
    if (geteuid() ==
        0) { // a qube's user must never be the machine's root (fact sheet local-host §1)
        std::fputs("vitrail-qube-keeper: no qube is started as root; vitrail-root-launcher gives "
                   "each an id of its own\n",
                   stderr);
        return 1;
    }
    close_range(listening_fd, ~0U, CLOSE_RANGE_CLOEXEC); // and namespaces that led us here
    fcntl(listening_fd, F_SETFL, O_NONBLOCK);
    umask(022);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGHUP, SIG_IGN);
    Keeper keeper(std::move(*arguments));
    if (auto const started = keeper.start(); !started) {
        std::fprintf(stderr, "vitrail-qube-keeper: %s\n", started.error().message().c_str());
        return 1;
    }
    return keeper.run();
}
