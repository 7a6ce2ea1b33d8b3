#include "lib/qube/admin_client.hpp"
#include "lib/ui/program.hpp"
#include "panel/panel.hpp"

#include <getopt.h>

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
    using namespace vitrail;
    wl_display* const display = ui::open_display("vitrail-panel");
    if (!display)
        return 1;
    panel::Panel const panel(display, config, qube::AdminClient::default_socket());
    return ui::run_until_terminated("vitrail-panel", panel.connected());
}
