// vitrail-launcher: started by sessiond with a connection of tier shell (WAYLAND_SOCKET), resident,
// hidden until the compositor tells the launcher's chord.

#include "launcher/launcher.hpp"
#include "launcher/window.hpp"
#include "lib/os/programs.hpp"
#include "lib/ui/loop_source.hpp"
#include "lib/ui/style.hpp"

#include <gdk/wayland/gdkwayland.h>
#include <glib-unix.h>
#include <glibmm/main.h>
#include <gtkmm/init.h>
#include <locale.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>

namespace {

using namespace vitrail;
using namespace vitrail::launcher;

std::string variable(char const* name, std::string fallback)
{
    char const* const value = std::getenv(name);
    return value && *value ? std::string(value) : std::move(fallback);
}

LauncherSetup setup()
{
    std::string const home = variable("HOME", "/");
    std::string const data = variable("XDG_DATA_HOME", home + "/.local/share");
    std::string const runtime = variable("XDG_RUNTIME_DIR", "/run");
    return {.admin_socket = variable("QUBESD_SOCKET", runtime + "/vitrail/qubesd.sock"),
            .menus = data + "/qubes-appmenus",
            .uses = data + "/vitrail/launcher-uses",
            .qvm_run = own_program("qvm-run"),
            .environment = inherited_environment(
                {"HOME", "PATH", "LANG", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "QUBESD_SOCKET"}),
            .has_systemd = access("/run/systemd/system", F_OK) == 0};
}

/// Everything that lives as long as the program.
class Program final : public ui::ShellLink::Observer {
public:
    explicit Program(wl_display* display)
        : launcher_(loop_.get(), setup(), [this] { handle_changed(); }), shell_(display, *this)
    {
        ui::apply_style(scheme());
        window_.emplace(launcher_, shell_);
        launcher_.start();
    }
    [[nodiscard]] bool connected() const { return shell_.present(); }
    // ShellLink::Observer
    void handle_chord(std::string_view name) override
    {
        if (name == "launcher" && window_ && !shell_.desktop().locked)
            window_->toggle();
    }
    void handle_desktop() override
    {
        if (!window_)
            return;
        if (scheme() != ui::current_scheme())
            ui::apply_style(scheme());
        if (shell_.desktop().locked)
            window_->close_it();
    }

private:
    [[nodiscard]] Scheme scheme() const
    {
        return shell_.desktop().dark ? Scheme::dark : Scheme::light;
    }
    void handle_changed()
    {
        if (window_)
            window_->update();
    }

    ui::LoopSource loop_;
    Launcher launcher_;
    ui::ShellLink shell_;
    std::optional<LauncherWindow> window_;
};

int complain(char const* text)
{
    std::fprintf(stderr, "vitrail-launcher: %s\n", text);
    return 1;
}

} // namespace

int main()
{
    std::signal(SIGPIPE, SIG_IGN);
    setlocale(LC_ALL, "");
    g_set_prgname("vitrail-launcher"); // what screen readers call it
    if (!gtk_init_check())
        return complain("no display: sessiond starts this program");
    Gtk::init_gtkmm_internals();
    GdkDisplay* const display = gdk_display_get_default();
    if (!GDK_IS_WAYLAND_DISPLAY(display))
        return complain("this is no Wayland display");
    Program const program(gdk_wayland_display_get_wl_display(display));
    if (!program.connected())
        return complain(
            "the compositor has no vitrail_shell_v1 for us: sessiond starts this program");
    auto const loop = Glib::MainLoop::create();
    g_unix_signal_add(
        SIGTERM,
        [](void* data) {
            g_main_loop_quit(static_cast<GMainLoop*>(data));
            return G_SOURCE_REMOVE;
        },
        loop->gobj());
    loop->run();
    return 0;
}
