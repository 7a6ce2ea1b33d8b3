#include "lib/qube/admin_client.hpp"
#include "lib/ui/program.hpp"
#include "panel/panel.hpp"

#include <getopt.h>

#include <cstdio>

int main(int argc, char** argv)
{
    std::string config;
    std::string socket;
    option const options[] = {{"config", required_argument, nullptr, 'c'},
                              {"notifications", required_argument, nullptr, 'n'},
                              {}};
    for (int found; (found = getopt_long(argc, argv, "", options, nullptr)) != -1;) {
        if (found != 'c' && found != 'n') {
            std::fputs("usage: vitrail-panel [--config FILE] [--notifications SOCKET]\n", stderr);
            return 2;
        }
        (found == 'c' ? config : socket) = optarg;
    }
    using namespace vitrail;
    wl_display* const display = ui::open_display("vitrail-panel");
    if (!display)
        return 1;
    panel::Panel panel(display, config, qube::AdminClient::default_socket());
    if (auto const listening = socket.empty() ? Result<>() : panel.listen(socket); !listening)
        std::fprintf(stderr, "vitrail-panel: %s\n", listening.error().message().c_str());
    return ui::run_until_terminated("vitrail-panel", panel.connected());
}
