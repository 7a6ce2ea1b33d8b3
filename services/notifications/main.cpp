// vitrail-notifications: the service qubes.Notifications of the GUI domain. Started by
// vitrail-qrexecd for a call, with QREXEC_REMOTE_DOMAIN for whose it is.

#include "lib/os/environment.hpp"
#include "lib/os/line_socket.hpp"
#include "lib/os/sandbox.hpp"
#include "services/notifications/relay.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>

namespace {

using namespace vitrail;

int fail(std::string const& why)
{
    std::fprintf(stderr, "vitrail-notifications: %s\n", why.c_str());
    return 1;
}

/// Connected to whoever shows it, and told whose it is.
Result<Fd> connect_viewer(std::string const& origin)
{
    std::string const path = environment_value("XDG_RUNTIME_DIR", "/run");
    Fd socket = TRY(connect_unix(path + "/vitrail/notifications.sock"));
    std::string const first =
        formats::with_length(formats::build_notification_origin({.name = origin, .about = {}}));
    if (send(socket.get(), first.data(), first.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(first.size())) // an empty socket takes it whole
        return errno_error("telling the panel");
    return socket;
}

} // namespace

int main()
{
    std::signal(SIGPIPE, SIG_IGN);
    std::string const origin = environment_value("QREXEC_REMOTE_DOMAIN");
    if (origin.empty())
        return fail("vitrail-qrexecd starts this program, for a call of a qube");
    auto viewer = connect_viewer(origin);
    if (!viewer)
        return fail("nobody shows what " + origin + " tells: " + viewer.error().message());
    EventLoop loop;
    std::string why;
    notifications::Relay const relay(
        loop.get(),
        {.qube = {.input = Fd(STDIN_FILENO), .output = Fd(STDOUT_FILENO)},
         .viewer = call::both_ways(std::move(*viewer))},
        [&](std::string reason) {
            why = std::move(reason);
            loop.stop();
        });
    if (auto const missing = enter_pipe_sandbox(); !missing)
        return fail(missing.error().message());
    loop.run();
    return why.empty() ? 0 : fail(origin + ": " + why);
}
