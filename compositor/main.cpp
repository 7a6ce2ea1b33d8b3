#include "compositor/session_control.hpp"

#include "lib/os/event_loop.hpp"

#include <getopt.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

using namespace vitrail;
using namespace vitrail::compositor;

namespace {

/// Stands for sessiond when there is none (--no-session).
class Alone final : public DesktopHost {
public:
    void handle_spawn(std::string const& command) override
    {
        pid_t const child = fork();
        if (child == 0) {
            sigset_t none;
            sigemptyset(&none);
            sigprocmask(SIG_SETMASK, &none, nullptr);
            setsid();
            if (fork() == 0)
                execl("/bin/sh", "/bin/sh", "-c", command.c_str(), nullptr);
            _exit(0);
        }
    }
    void handle_chord(std::string_view name, FramedView*) override
    {
        if (name == "quit" && display)
            wl_display_terminate(display);
    }
    void handle_signal(int number)
    {
        if (number != SIGCHLD && display)
            wl_display_terminate(display);
        while (waitpid_any() > 0) {
        }
    }
    wl_display* display = nullptr;

private:
    static pid_t waitpid_any();
};

} // namespace

#include <sys/wait.h>

pid_t Alone::waitpid_any()
{
    return waitpid(-1, nullptr, WNOHANG);
}

int main(int argc, char** argv)
{
    DesktopSetup setup;
    bool session = true;
    int control_fd = -1;
    option const options[] = {{"config", required_argument, nullptr, 'c'},
                              {"locked", no_argument, nullptr, 'l'},
                              {"no-session", no_argument, nullptr, 'n'},
                              {"control-fd", required_argument, nullptr, 'f'},
                              {}};
    for (int o; (o = getopt_long(argc, argv, "", options, nullptr)) != -1;)
        switch (o) {
        case 'c': setup.config_path = optarg; break;
        case 'l': setup.locked = true; break;
        case 'n': session = false; break;
        case 'f': control_fd = static_cast<int>(std::strtol(optarg, nullptr, 10)); break;
        default: return 2;
        }
    if (session && control_fd < 3) {
        std::fputs("vitrail-compositor: wants --control-fd N or --no-session\n", stderr);
        return 2;
    }
    wlr_log_init(std::getenv("VITRAIL_DEBUG") ? WLR_DEBUG : WLR_ERROR, nullptr);
    signal(SIGPIPE, SIG_IGN);
    if (std::getenv("VITRAIL_HEADLESS_OUTPUTS"))
        setenv("WLR_HEADLESS_OUTPUTS", "0", 1); // ours are added by size, see Desktop::start
    Alone host;
    SessionControl control;
    auto desktop =
        Desktop::create(std::move(setup), session ? static_cast<DesktopHost&>(control) : host);
    if (!desktop) {
        std::fprintf(stderr, "vitrail-compositor: %s\n", desktop.error().message().c_str());
        return 1;
    }
    host.display = (*desktop)->display();
    SignalSource<&Alone::handle_signal> interrupt{(*desktop)->loop(), host, SIGINT};
    SignalSource<&Alone::handle_signal> terminate{(*desktop)->loop(), host, SIGTERM};
    SignalSource<&Alone::handle_signal> child{(*desktop)->loop(), host, SIGCHLD};
    if (session) {
        if (auto attached = control.attach(**desktop, Fd(control_fd)); !attached) {
            std::fprintf(stderr, "vitrail-compositor: %s\n", attached.error().message().c_str());
            return 1;
        }
    }
    auto const name = (*desktop)->listen();
    if (!name) {
        std::fprintf(stderr, "vitrail-compositor: %s\n", name.error().message().c_str());
        return 1;
    }
    if (!(*desktop)->start()) {
        std::fputs("vitrail-compositor: the backend does not start\n", stderr);
        return 1;
    }
    setenv("WAYLAND_DISPLAY", name->c_str(), 1);
    control.announce_ready(*name);
    std::printf("%s\n", name->c_str());
    std::fflush(stdout);
    wl_display_run((*desktop)->display());
    desktop->reset(); // before the host that it tells
    return 0;
}
