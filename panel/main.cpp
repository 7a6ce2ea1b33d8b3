#include "lib/qube/admin_client.hpp"
#include "panel/panel.hpp"

#include <gdk/wayland/gdkwayland.h>
#include <getopt.h>
#include <glib-unix.h>
#include <glibmm/main.h>
#include <gtkmm/init.h>
#include <locale.h>

#include <csignal>
#include <cstdio>

int main(int argc, char** argv)
{
    std::string config;
    option const options[] = {{"config", required_argument, nullptr, 'c'}, {}};
    for (int found; (found = getopt_long(argc, argv, "", options, nullptr)) != -1;) {
        if (found != 'c') {
            std::fputs("usage: vitrail-panel [--config FILE]\n", stderr);
            return 2;
        }
        config = optarg;
    }
    std::signal(SIGPIPE, SIG_IGN);
    setlocale(LC_ALL, "");
    g_set_prgname("vitrail-panel"); // what screen readers call it
    if (!gtk_init_check()) {
        std::fputs("vitrail-panel: no display: sessiond starts this program\n", stderr);
        return 1;
    }
    Gtk::init_gtkmm_internals();
    GdkDisplay* const display = gdk_display_get_default();
    if (!GDK_IS_WAYLAND_DISPLAY(display)) {
        std::fputs("vitrail-panel: this is no Wayland display\n", stderr);
        return 1;
    }
    using namespace vitrail;
    panel::Panel const panel(gdk_wayland_display_get_wl_display(display), config,
                             qube::AdminClient::default_socket());
    if (!panel.connected()) {
        std::fputs("vitrail-panel: the compositor has no vitrail_shell_v1 for us: sessiond starts "
                   "this program\n",
                   stderr);
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
