#include "services/sessiond/shell_program.hpp"
#include "services/sessiond/log.hpp"

#include "lib/os/line_socket.hpp"
#include "lib/os/log_sink.hpp"
#include "services/sessiond/restart_delay.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>

namespace vitrail::session {

ShellProgram::ShellProgram(wl_event_loop* loop, Setup setup)
    : loop_(loop), setup_(std::move(setup)), restart_(loop, *this)
{
}

ShellProgram::~ShellProgram()
{
    stop();
}

void ShellProgram::set_compositor(CompositorLink* compositor, std::string const& display)
{
    stop(); // its connection is the old one
    restart_.disarm();
    compositor_ = compositor;
    display_ = display;
    if (compositor_)
        start_or_say();
}

void ShellProgram::end()
{
    set_compositor(nullptr, {});
}

void ShellProgram::stop()
{
    process_source_.reset();
    if (!process_)
        return;
    process_.signal(SIGKILL);
    process_.reap();
    process_ = Process();
}

void ShellProgram::start_or_say()
{
    if (auto const started = start(); !started)
        say(started.error().message());
}

Environment ShellProgram::environment() const
{
    Environment all = inherited_environment(
        {"HOME", "PATH", "LANG", "USER", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME",
         "DBUS_SESSION_BUS_ADDRESS", "AT_SPI_BUS_ADDRESS", "XCURSOR_THEME", "XCURSOR_SIZE", "TZ"});
    all["WAYLAND_SOCKET"] = "3";
    all["WAYLAND_DISPLAY"] = display_;
    all["XDG_SESSION_TYPE"] = "wayland";
    all["XDG_CURRENT_DESKTOP"] = "Vitrail";
    all["QUBESD_SOCKET"] = setup_.admin_socket;
    all["GDK_BACKEND"] = "wayland";
    all["GSETTINGS_BACKEND"] = "memory"; // our theme is our own, and nobody's settings daemon runs
    if (!all.contains("DBUS_SESSION_BUS_ADDRESS") && !all.contains("AT_SPI_BUS_ADDRESS"))
        all["GTK_A11Y"] = "none"; // nobody could read it, and looking for a bus takes its time
    // Without a GPU the default renderer takes 0.5 s and 80 MB more (fact sheet ui-toolkit).
    if (access("/dev/dri", F_OK) != 0)
        all["GSK_RENDERER"] = "cairo";
    return all;
}

Result<> ShellProgram::start()
{
    auto [theirs, compositors] = TRY(socket_pair(SOCK_STREAM));
    Fd const log = TRY(open_log(setup_.log));
    Spawn spawn{.arguments = {setup_.program},
                .environment = environment(),
                .descriptors = {{theirs.get(), 3}, {log.get(), 1}, {log.get(), 2}},
                .new_session = true};
    spawn.arguments.insert(spawn.arguments.end(), setup_.arguments.begin(), setup_.arguments.end());
    process_ = TRY(Process::start(spawn));
    process_source_.emplace(loop_, *this, process_.pidfd(), WL_EVENT_READABLE);
    compositor_->add_client(std::move(compositors), VITRAIL_SESSION_V1_TIER_SHELL, 0, 0);
    return {};
}

void ShellProgram::handle_process(std::uint32_t)
{
    int const status = process_.reap();
    process_ = Process();
    process_source_.reset();
    if (status == 0)
        return;
    say(setup_.program + " ended with status " + std::to_string(status) + "; starting it again");
    restart_.arm(restart_delay(++restarts_));
}

void ShellProgram::handle_restart()
{
    if (compositor_)
        start_or_say();
}

} // namespace vitrail::session
