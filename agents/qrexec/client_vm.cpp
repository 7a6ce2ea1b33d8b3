// qrexec-client-vm: calls a service of another qube. Source: fact sheet qrexec §7 and §15.

#include "lib/base/number.hpp"
#include "lib/call/borrowed_ends.hpp"
#include "lib/call/call_end.hpp"
#include "lib/os/environment.hpp"
#include "lib/os/line_socket.hpp"
#include "lib/os/pipe.hpp"
#include "lib/os/process.hpp"
#include "lib/os/rights.hpp"
#include "lib/transport/pipe_channel.hpp"
#include "lib/transport/socket_server.hpp"

#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

using namespace vitrail;

constexpr int refused = 126;
constexpr int broken = 125;
constexpr std::chrono::seconds patience{120};

struct Options {
    std::string target, service;
    std::vector<std::string> local; ///< a program of ours whose streams are the connection
    std::string prefix;
    std::string source;
    std::string socket = "/var/run/qubes/qrexec-agent";
    std::optional<bool> filter_output, filter_errors;
    bool uses_stdin_socket = false;
};

int usage()
{
    std::fputs(
        "usage: qrexec-client-vm [-t] [-T] [--no-filter-escape-chars-stdout]\n"
        "  [--no-filter-escape-chars-stderr] [--buffer-size=N] [-p DATA] [--use-stdin-socket]\n"
        "  [-s NAME] [--agent-socket=PATH] TARGET SERVICE[+ARGUMENT] [PROGRAM ARGUMENT...]\n",
        stderr);
    return 2;
}

std::optional<Options> parse(int argc, char** argv)
{
    Options options;
    options.socket = environment_value("QREXEC_AGENT_SOCKET", options.socket.c_str());
    option const known[] = {{"filter-escape-chars-stdout", no_argument, nullptr, 't'},
                            {"filter-escape-chars-stderr", no_argument, nullptr, 'T'},
                            {"no-filter-escape-chars-stdout", no_argument, nullptr, 'u'},
                            {"no-filter-escape-chars-stderr", no_argument, nullptr, 'U'},
                            {"buffer-size", required_argument, nullptr, 'b'},
                            {"prefix-data", required_argument, nullptr, 'p'},
                            {"use-stdin-socket", no_argument, nullptr, 'S'},
                            {"source-qube", required_argument, nullptr, 's'},
                            {"agent-socket", required_argument, nullptr, 'a'},
                            {}};
    for (int found; (found = getopt_long(argc, argv, "+tTp:s:", known, nullptr)) != -1;)
        switch (found) {
        case 't': options.filter_output = true; break;
        case 'T': options.filter_errors = true; break;
        case 'u': options.filter_output = false; break;
        case 'U': options.filter_errors = false; break;
        case 'b': // a ring's size: sockets have none
            if (auto const size = parse_whole<std::uint32_t>(optarg);
                !size || !std::has_single_bit(*size))
                return std::nullopt;
            break;
        case 'p': options.prefix = optarg; break;
        case 'S': options.uses_stdin_socket = true; break;
        case 's': options.source = optarg; break;
        case 'a': options.socket = optarg; break;
        default: return std::nullopt;
        }
    if (argc - optind < 2)
        return std::nullopt;
    options.target = argv[optind];
    std::ranges::replace(options.target, '$', '@');
    if (options.target.empty())
        options.target = "@default";
    options.service = argv[optind + 1];
    options.local.assign(argv + optind + 2, argv + argc);
    if (options.uses_stdin_socket && !options.local.empty())
        return std::nullopt;
    return options;
}

/// Where the service is met: on a port, or over pipes that came with the answer.
struct Meeting {
    qrexec::Assigned place;
    std::vector<Fd> pipes;
};

/// Waits for the agent's answer; nothing when the call is refused.
Result<std::optional<Meeting>> ask(int socket, Options const& options)
{
    qrexec::Trigger request{.request = qrexec::RequestId::of("SOCKET"),
                            .target = options.target,
                            .source = options.source,
                            .call = qrexec::parse_service(options.service)};
    constexpr std::size_t longest_target = 63;
    if (!request.call || options.target.size() > longest_target ||
        options.source.size() > longest_target)
        return error("no such service or target can be: " + options.service + " in " +
                     options.target);
    qrexec::Bytes bytes;
    qrexec::build(bytes, request, qrexec::highest_version);
    fcntl(socket, F_SETFL, 0); // there is nothing else to do meanwhile
    if (::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(bytes.size()))
        return errno_error("the agent");
    std::array<std::byte, sizeof(qrexec::ExecParams)> answer{};
    Meeting meeting;
    auto const got = receive_with_rights(socket, answer, meeting.pipes, MSG_WAITALL);
    if (got.count != static_cast<ssize_t>(answer.size()))
        return std::nullopt;
    auto const place = qrexec::parse_meeting(answer);
    if (!place)
        return std::nullopt;
    meeting.place = *place;
    return meeting;
}

/// The streams of the call: ours, or those of a program of ours.
class Local {
public:
    [[nodiscard]] static Result<Local> open(Options const& options)
    {
        Local local;
        call::LocalEnds& ends = local.ends_;
        bool const filters_output =
            options.filter_output.value_or(isatty(STDOUT_FILENO) == 1 && options.local.empty());
        ends.filter_errors = options.filter_errors.value_or(isatty(STDERR_FILENO) == 1);
        ends.filter_output = filters_output;
        ends.errors = local.lender_.lend(STDERR_FILENO);
        if (!options.local.empty()) {
            TRY_VOID(local.start(options.local));
        } else {
            int const output = options.uses_stdin_socket ? STDIN_FILENO : STDOUT_FILENO;
            ends.input = local.lender_.lend(STDIN_FILENO);
            ends.output = local.lender_.lend(output);
            close(STDIN_FILENO);
            if (output != STDIN_FILENO)
                close(STDOUT_FILENO); // whoever reads it sees its end when the call's does
        }
        return local;
    }
    Local(Local&&) = default;

    [[nodiscard]] call::LocalEnds take_ends() { return std::move(ends_); }
    /// Waits for the program of ours.
    void wait()
    {
        if (process_)
            (void)process_.reap();
    }

private:
    Local() = default;

    Result<> start(std::vector<std::string> const& words)
    {
        Pipe in = TRY(make_pipe());
        Pipe out = TRY(make_pipe());
        constexpr int two_messages = 1 << 17;
        for (int const one : {in.writer.get(), out.reader.get()}) {
            fcntl(one, F_SETFL, O_NONBLOCK);
            fcntl(one, F_SETPIPE_SZ, two_messages);
        }
        Environment variables = whole_environment();
        Fd const saved_input(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10));
        Fd const saved_output(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10));
        constexpr int given_input = 3;
        constexpr int given_output = 4;
        variables["SAVED_FD_0"] = std::to_string(given_input);
        variables["SAVED_FD_1"] = std::to_string(given_output);
        process_ = TRY(Process::start({.arguments = words,
                                       .environment = variables,
                                       .descriptors = {{in.reader.get(), 0},
                                                       {out.writer.get(), 1},
                                                       {saved_input.get(), given_input},
                                                       {saved_output.get(), given_output}},
                                       .new_session = false}));
        ends_.output = std::move(in.writer);
        ends_.input = std::move(out.reader);
        return {};
    }

    call::LocalEnds ends_;
    Process process_;
    call::BorrowedEnds lender_;
};

class Call {
public:
    explicit Call(EventLoop& loop) : loop_(loop), timeout_(loop.get(), *this) {}

    int run(std::unique_ptr<transport::Channel> channel, Options const& options, Local& local)
    {
        transport::Channel const& peer = *channel;
        call::CallEnd end(loop_.get(), std::move(channel), call::Side::caller, local.take_ends(),
                          [this](call::Outcome const& outcome) { handle_end(outcome); });
        end.send_first(options.prefix);
        channel_ = &peer;
        timeout_.arm(patience);
        loop_.run();
        return status_;
    }
    void handle_timeout()
    {
        if (channel_->state() == transport::Channel::State::waiting) {
            std::fputs("qrexec-client-vm: nobody serves the call\n", stderr);
            loop_.stop();
        }
    }

private:
    void handle_end(call::Outcome const& outcome)
    {
        if (outcome.violation)
            std::fprintf(stderr, "qrexec-client-vm: %s\n", outcome.violation->describe().c_str());
        constexpr int most = 0xff;
        status_ = outcome.code ? *outcome.code & most : broken;
        timeout_.disarm();
        loop_.stop();
    }

    EventLoop& loop_;
    int status_ = broken;
    transport::Channel const* channel_ = nullptr; ///< looked at before it has connected only
    Timer<&Call::handle_timeout> timeout_;
};

Result<std::unique_ptr<transport::Channel>> open_channel(Meeting& meeting)
{
    if (meeting.pipes.size() == 2)
        return std::make_unique<transport::PipeChannel>(
            transport::PipeEnds{std::move(meeting.pipes[0]), std::move(meeting.pipes[1])});
    auto const own = parse_whole<std::uint32_t>(environment_value("VCHAN_DOMAIN", "0"));
    if (!own)
        return error("VCHAN_DOMAIN is not the number of a domain");
    return TRY(transport::SocketServer::listen(
        transport::vchan_path(environment_value("VCHAN_SOCKET_DIR", "/var/run/vchan"),
                              DomainId{*own}, meeting.place.domain, meeting.place.port)));
}

Result<int> run(Options const& options)
{
    Fd const agent = TRY(connect_unix(options.socket));
    auto meeting = TRY(ask(agent.get(), options));
    if (!meeting) {
        std::fputs("Request refused\n", stderr);
        return refused;
    }
    auto channel = TRY(open_channel(*meeting));
    Local local = TRY(Local::open(options));
    EventLoop loop;
    int const status = Call(loop).run(std::move(channel), options, local);
    local.wait();
    return status;
}

} // namespace

int main(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    auto const options = parse(argc, argv);
    if (!options)
        return usage();
    auto const status = run(*options);
    if (!status) {
        std::fprintf(stderr, "qrexec-client-vm: %s\n", status.error().message().c_str());
        return broken;
    }
    return *status;
}
