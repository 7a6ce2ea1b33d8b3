#include "lib/ui/program.hpp"

#include <gdk/wayland/gdkwayland.h>
#include <glib-unix.h>
#include <glibmm/main.h>
#include <gtkmm/init.h>
#include <locale.h>

#include <csignal>
#include <cstdio>

namespace vitrail::ui {
namespace {

void complain(char const* program, char const* text)
{
    std::fprintf(stderr, "%s: %s\n", program, text);
}

} // namespace

wl_display* open_display(char const* program)
{
    std::signal(SIGPIPE, SIG_IGN);
    setlocale(LC_ALL, "");
    g_set_prgname(program); // what screen readers call it
    if (!gtk_init_check()) {
        complain(program, "no display: sessiond starts this program");
        return nullptr;
    }
    Gtk::init_gtkmm_internals();
    GdkDisplay* const display = gdk_display_get_default();
    if (!GDK_IS_WAYLAND_DISPLAY(display)) {
        complain(program, "this is no Wayland display");
        return nullptr;
    }
    return gdk_wayland_display_get_wl_display(display);
}

int run_until_terminated(char const* program, bool connected)
{
    if (!connected) {
        complain(program,
                 "the compositor has no vitrail_shell_v1 for us: sessiond starts this program");
        return 1;
    }
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

} // namespace vitrail::ui
