// vitrail-agent-qrexec: the qube's end of qrexec. Runs what the daemon orders, asks it for who
// calls in the qube.

#include "agents/qrexec/agent.hpp"
#include "agents/qrexec/session.hpp"
#include "lib/base/number.hpp"
#include "lib/os/environment.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

using namespace vitrail;

} // namespace

int main(int argc, char** argv)
{
    if (argc == 2 && std::string_view(argv[1]) == "--wait-for-session")
        return agent_qrexec::wait_for_session(agent_qrexec::session_file());
    if (argc != 1) {
        std::fputs("usage: vitrail-agent-qrexec [--wait-for-session]\n"
                   "environment: VCHAN_DOMAIN, VCHAN_SOCKET_DIR, QREXEC_AGENT_SOCKET,\n"
                   "QREXEC_SERVICE_PATH, QUBES_RPC_CONFIG_PATH, VITRAIL_SESSION_FILE, "
                   "VITRAIL_ROOT_WITH\n",
                   stderr);
        return 2;
    }
    std::signal(SIGPIPE, SIG_IGN);
    auto const own = parse_whole<std::uint32_t>(environment_value("VCHAN_DOMAIN", "0"));
    if (!own) {
        std::fputs("vitrail-agent-qrexec: VCHAN_DOMAIN is not the number of a domain\n", stderr);
        return 2;
    }
    EventLoop loop;
    auto const agent = agent_qrexec::Agent::create(
        loop, {.own = DomainId{*own},
               .folder = environment_value("VCHAN_SOCKET_DIR", "/var/run/vchan"),
               .socket = environment_value("QREXEC_AGENT_SOCKET", "/var/run/qubes/qrexec-agent"),
               .places = agent_qrexec::Places::from_environment()});
    if (!agent) {
        std::fprintf(stderr, "vitrail-agent-qrexec: %s\n", agent.error().message().c_str());
        return 1;
    }
    loop.run();
    return 1; // it stops only when it cannot go on
}
