#include "services/sessiond/session.hpp"

#include <fcntl.h>
#include <getopt.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>

namespace {

using namespace vitrail;

struct Arguments {
    std::string config;
    std::string qubes;
    std::string outputs; ///< of the headless backend, as the compositor takes them
    std::vector<std::string> programs;
    bool headless = false;
    bool locked = false;
};

int usage()
{
    std::fputs("usage: vitrail-sessiond --qubes FILE [--config FILE] [--headless] [--locked] "
               "[--output WxH[@SCALE]]… [--program COMMAND]…\n",
               stderr);
    return 2;
}

std::optional<Arguments> parse(int argc, char** argv)
{
    Arguments arguments;
    option const options[] = {{"config", required_argument, nullptr, 'c'},
                              {"qubes", required_argument, nullptr, 'q'},
                              {"headless", no_argument, nullptr, 'h'},
                              {"output", required_argument, nullptr, 'o'},
                              {"program", required_argument, nullptr, 'p'},
                              {"locked", no_argument, nullptr, 'l'},
                              {}};
    for (int found; (found = getopt_long(argc, argv, "", options, nullptr)) != -1;)
        switch (found) {
        case 'c': arguments.config = optarg; break;
        case 'q': arguments.qubes = optarg; break;
        case 'h': arguments.headless = true; break;
        case 'l': arguments.locked = true; break;
        case 'o':
            arguments.outputs += (arguments.outputs.empty() ? "" : " ") + std::string(optarg);
            break;
        case 'p': arguments.programs.emplace_back(optarg); break;
        default: return std::nullopt;
        }
    if (optind != argc || arguments.qubes.empty())
        return std::nullopt;
    return arguments;
}

/// The compositor's variables: which backend it takes, and what its libraries need.
Environment compositor_environment(Arguments const& arguments)
{
    Environment all = inherited_environment({"HOME", "PATH", "LANG", "XDG_RUNTIME_DIR",
                                             "XDG_CONFIG_HOME", "XCURSOR_THEME", "XCURSOR_SIZE",
                                             "XAUTHORITY", "XDG_SEAT", "XDG_VTNR", "XDG_SESSION_ID",
                                             "LIBSEAT_BACKEND", "WLR_RENDERER", "VITRAIL_DEBUG"});
    if (arguments.headless) {
        all["WLR_BACKENDS"] = "headless";
        all["WLR_RENDERER"] = "pixman";
        all["VITRAIL_HEADLESS_OUTPUTS"] =
            arguments.outputs.empty() ? "1920x1080" : arguments.outputs;
    } else if (char const* const wayland = std::getenv("VITRAIL_OUTER_WAYLAND")) {
        all["WLR_BACKENDS"] = "wayland";
        all["WAYLAND_DISPLAY"] = wayland;
    } else if (char const* const x11 = std::getenv("VITRAIL_OUTER_DISPLAY")) {
        all["WLR_BACKENDS"] = "x11";
        all["DISPLAY"] = x11;
    }
    if (access("/dev/dri", F_OK) != 0)
        all["WLR_RENDERER"] = "pixman"; // software: there is nothing to draw with
    return all;
}

Fd inherited_launcher()
{
    char const* const text = std::getenv("VITRAIL_LAUNCHER_FD");
    int number = -1;
    if (!text || std::from_chars(text, text + std::strlen(text), number).ec != std::errc{})
        return {};
    fcntl(number, F_SETFD, FD_CLOEXEC);
    unsetenv("VITRAIL_LAUNCHER_FD");
    return Fd(number);
}

} // namespace

int main(int argc, char** argv)
{
    auto const arguments = parse(argc, argv);
    if (!arguments)
        return usage();
    char const* const runtime = std::getenv("XDG_RUNTIME_DIR");
    if (!runtime || (!std::getenv("XDG_DATA_HOME") && !std::getenv("HOME"))) {
        std::fputs("vitrail-sessiond: XDG_RUNTIME_DIR and HOME have to be set\n", stderr);
        return 2;
    }
    auto qubes = session::load_qube_list(arguments->qubes);
    if (!qubes) {
        std::fprintf(stderr, "vitrail-sessiond: %s\n", qubes.error().message().c_str());
        return 2;
    }
    std::signal(SIGPIPE, SIG_IGN);
    umask(022);
    session::Session session({.runtime = runtime,
                              .config = arguments->config,
                              .qubes = std::move(*qubes),
                              .programs = arguments->programs,
                              .compositor = compositor_environment(*arguments),
                              .launcher = inherited_launcher(),
                              .locked = arguments->locked});
    if (auto const started = session.start(); !started) {
        std::fprintf(stderr, "vitrail-sessiond: %s\n", started.error().message().c_str());
        return 1;
    }
    return session.run();
}
