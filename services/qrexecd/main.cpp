// vitrail-qrexecd: the daemon of one qube's calls. Two processes: the front opens, asks and
// connects; its reader, in a sandbox, reads what the agent sends. Source: fact sheet qrexec §1.

#include "lib/base/number.hpp"
#include "lib/os/ending.hpp"
#include "lib/os/environment.hpp"
#include "lib/os/link_option.hpp"
#include "lib/os/sandbox.hpp"
#include "lib/qube/admin_client.hpp"
#include "services/qrexecd/daemon.hpp"
#include "services/qrexecd/own_carrier.hpp"
#include "services/qrexecd/reader.hpp"

#include <fcntl.h>
#include <getopt.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

using namespace vitrail;

constexpr int violated = 4;

int usage()
{
    std::fputs("usage: vitrail-qrexecd [-q] [-D] [--socket-dir=PATH] [-p POLICY_PROGRAM] [-u UUID] "
               "[--pipes] [--session-fd N]\n"
               "                       -- DOMAIN NAME [DEFAULT_USER]\n"
               "environment: VCHAN_SOCKET_DIR, QREXEC_POLICY_SOCKET, QREXEC_STARTUP_TIMEOUT,\n"
               "QREXEC_STARTUP_NOWAIT, QUBESD_SOCKET\n",
               stderr);
    return 2;
}

/// --reader LINK DOMAIN DEFAULT_USER pipes|sockets
int read_agent(char** words)
{
    auto const link = parse_whole<std::uint32_t>(words[0]);
    auto const domain = parse_whole<std::uint32_t>(words[1]);
    if (!link || !domain)
        return usage();
    EventLoop loop;
    constexpr unsigned descriptors = 4 * qrexec::max_connections;
    auto const missing = enter_sandbox(descriptors);
    if (!missing) {
        std::fprintf(stderr, "vitrail-qrexecd: %s\n", missing.error().message().c_str());
        return 1;
    }
    for (std::string const& layer : missing->layers)
        std::fprintf(stderr, "vitrail-qrexecd: this system has no %s to confine its reader with\n",
                     layer.c_str());
    qrexecd::Reader const reader(loop, Fd(static_cast<int>(*link)),
                                 {.own = DomainId{*domain},
                                  .default_user = words[2],
                                  .hands_pipes = words[3] == std::string_view("pipes")});
    loop.run();
    if (!reader.violation())
        return 0;
    std::fprintf(stderr, "vitrail-qrexecd: violation: %s\n",
                 reader.violation()->describe().c_str());
    return violated;
}

std::optional<qrexecd::Settings> parse(int argc, char** argv)
{
    qrexecd::Settings settings;
    settings.vchan_folder = environment_value("VCHAN_SOCKET_DIR", "/var/run/vchan");
    settings.policy.socket = environment_value("QREXEC_POLICY_SOCKET", "/run/qubes/policy.sock");
    settings.qubesd = environment_value("QUBESD_SOCKET", "");
    settings.own_services = {.qubesd = settings.qubesd,
                             .folder = environment_value("VITRAIL_RPC_DIR", "")};
    if (auto const timeout =
            parse_whole<std::uint32_t>(environment_value("QREXEC_STARTUP_TIMEOUT", "60")))
        settings.startup_timeout = std::chrono::seconds(*timeout);
    if (std::getenv("QREXEC_STARTUP_NOWAIT"))
        settings.startup_timeout = std::chrono::seconds(0);
    option const known[] = {{"quiet", no_argument, nullptr, 'q'},
                            {"direct", no_argument, nullptr, 'D'},
                            {"socket-dir", required_argument, nullptr, 'd'},
                            {"policy-program", required_argument, nullptr, 'p'},
                            {"uuid", required_argument, nullptr, 'u'},
                            {"pipes", no_argument, nullptr, 'P'},
                            {"session-fd", required_argument, nullptr, 's'},
                            {}};
    for (int found; (found = getopt_long(argc, argv, "+qDp:u:", known, nullptr)) != -1;)
        switch (found) {
        case 'q':
        case 'D': break; // always in the foreground: whoever starts it keeps its pidfd
        case 'd': settings.socket_folder = optarg; break;
        case 'p': settings.policy.program = optarg; break;
        case 'u': settings.uuid = optarg; break;
        case 'P': settings.hands_pipes = true; break;
        case 's':
            settings.session = inherited_descriptor(optarg);
            if (!settings.session)
                return std::nullopt;
            break;
        default: return std::nullopt;
        }
    if (argc - optind != 2 && argc - optind != 3)
        return std::nullopt;
    auto const domain = parse_whole<std::uint32_t>(argv[optind]);
    settings.name = argv[optind + 1];
    if (argc - optind == 3)
        settings.default_user = argv[optind + 2];
    if (!domain || !qrexec::is_qube_name(settings.name) ||
        (!settings.uuid.empty() && !qrexec::is_uuid(settings.uuid)))
        return std::nullopt;
    settings.domain = DomainId{*domain};
    return settings;
}

} // namespace

int main(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    if (argc == 6 && std::string_view(argv[1]) == "--reader")
        return read_agent(argv + 2);
    if (argc == 2 && std::string_view(argv[1]) == "--own-service")
        return qrexecd::carry_own_service();
    auto settings = parse(argc, argv);
    if (!settings)
        return usage();
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    EventLoop loop;
    Ending const ending(loop, std::move(settings->session));
    auto const daemon = qrexecd::Daemon::create(loop, std::move(*settings));
    if (!daemon) {
        std::fprintf(stderr, "vitrail-qrexecd: %s\n", daemon.error().message().c_str());
        return 1;
    }
    loop.run();
    return (*daemon)->status();
}
