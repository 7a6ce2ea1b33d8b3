#include "agents/gui/agent.hpp"
#include "agents/gui/application_defaults.hpp"
#include "agents/gui/launcher.hpp"
#include "lib/base/number.hpp"
#include "lib/os/environment.hpp"
#include "lib/os/process.hpp"
#include "lib/transport/file_granter.hpp"
#include "lib/transport/socket_server.hpp"

#include <getopt.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

using namespace vitrail;

struct Arguments {
    unsigned gui_domain = 0;
    unsigned port = 6000;
    std::optional<unsigned> control_fd;
    std::optional<unsigned> session_fd;
    std::vector<std::string> command;
};

int usage()
{
    std::fputs("usage: vitrail-agent-gui [--gui-domid N] [--vchan-port N] [--control-fd N] "
               "[--session-fd N] [-- COMMAND…]\n"
               "environment: VCHAN_DOMAIN, VCHAN_SOCKET_DIR, VITRAIL_GRANT_DIR, XDG_RUNTIME_DIR\n",
               stderr);
    return 2;
}

std::optional<unsigned> number(char const* text)
{
    auto const value = parse_whole<unsigned>(text);
    return value && *value <= 0xffff ? value : std::nullopt;
}

std::optional<Arguments> parse(int argc, char** argv)
{
    Arguments arguments;
    option const options[] = {{"gui-domid", required_argument, nullptr, 'd'},
                              {"vchan-port", required_argument, nullptr, 'p'},
                              {"control-fd", required_argument, nullptr, 'c'},
                              {"session-fd", required_argument, nullptr, 's'},
                              {}};
    for (int found; (found = getopt_long(argc, argv, "+", options, nullptr)) != -1;) {
        auto const value = found == '?' ? std::nullopt : number(optarg);
        if (!value)
            return std::nullopt;
        switch (found) {
        case 'd': arguments.gui_domain = *value; break;
        case 'p': arguments.port = *value; break;
        case 's': arguments.session_fd = value; break;
        default: arguments.control_fd = value; break;
        }
    }
    arguments.command.assign(argv + optind, argv + argc);
    return arguments;
}

class Program {
public:
    Program(agent::Agent& agent)
        : agent_(agent),
          terminate_(agent.loop(), *this, SIGTERM),
          interrupt_(agent.loop(), *this, SIGINT)
    {
    }
    void handle_signal(int) { agent_.stop(); }

private:
    agent::Agent& agent_;
    SignalSource<&Program::handle_signal> terminate_;
    SignalSource<&Program::handle_signal> interrupt_;
};

/// What applications need to find us.
void set_displays(agent::Agent const& agent)
{
    setenv("WAYLAND_DISPLAY", agent.wayland_socket().c_str(), 1);
    if (std::string const display = agent.x11_display(); !display.empty())
        setenv("DISPLAY", display.c_str(), 1);
    else
        unsetenv("DISPLAY");
    setenv("XDG_SESSION_TYPE", "wayland", 1);
}

/// Tells init our variables, which programs need that others than we start. Its end says that
/// windows can be shown. Less than a pipe holds.
void tell_environment(Fd session)
{
    std::string text;
    for (auto const& [name, value] : whole_environment())
        text += name + "=" + value + '\0';
    if (write(session.get(), text.data(), text.size()) < 0)
        wlr_log_errno(WLR_ERROR, "telling the session's variables");
}

Result<> serve(Arguments const& arguments)
{
    auto const own = number(environment_value("VCHAN_DOMAIN", "0").c_str());
    if (!own)
        return error("VCHAN_DOMAIN is not the number of a domain");
    std::string const runtime = environment_value("XDG_RUNTIME_DIR", "");
    if (runtime.empty())
        return error("XDG_RUNTIME_DIR is not set: it holds the Wayland socket");
    auto const granter = TRY(transport::FileGranter::open(
        environment_value("VITRAIL_GRANT_DIR",
                          environment_value("VCHAN_SOCKET_DIR", "/var/run/vchan").c_str()),
        DomainId{*own}));
    std::string const path =
        transport::vchan_path(environment_value("VCHAN_SOCKET_DIR", "/var/run/vchan"),
                              DomainId{*own}, DomainId{arguments.gui_domain}, arguments.port);
    auto const listen = [&]() -> Result<std::unique_ptr<transport::Channel>> {
        return TRY(transport::SocketServer::listen(path));
    };
    auto const agent = TRY(agent::Agent::create(
        {.gui_domain = DomainId{arguments.gui_domain}, .serve = listen, .granter = *granter}));
    Program program(*agent);
    agent::Launcher launcher(agent->loop());
    TRY_VOID(agent->start());
    TRY_VOID(launcher.listen(runtime + "/vitrail-agent.sock"));
    set_displays(*agent);
    TRY_VOID(agent::set_application_defaults(runtime));
    if (arguments.session_fd)
        tell_environment(Fd(static_cast<int>(*arguments.session_fd)));
    if (arguments.control_fd)
        TRY_VOID(launcher.serve(Fd(static_cast<int>(*arguments.control_fd))));
    if (!arguments.command.empty())
        TRY_VOID(launcher.launch(arguments.command));
    agent->run();
    return {};
}

} // namespace

int main(int argc, char** argv)
{
    auto const arguments = parse(argc, argv);
    if (!arguments)
        return usage();
    wlr_log_init(std::getenv("VITRAIL_DEBUG") ? WLR_DEBUG : WLR_INFO, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    if (auto const served = serve(*arguments); !served) {
        std::fprintf(stderr, "vitrail-agent-gui: %s\n", served.error().message().c_str());
        return 1;
    }
    return 0;
}
