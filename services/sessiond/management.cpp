#include "services/sessiond/management.hpp"

#include "lib/os/line_socket.hpp"
#include "lib/os/log_sink.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <utility>

namespace vitrail::session {

Management::Management(wl_event_loop* loop, ManagementSetup setup, ManagementEvents& events)
    : loop_(loop),
      setup_(std::move(setup)),
      events_(events),
      client_(loop, setup_.runtime + "/qubesd.sock"),
      restart_(loop, *this),
      again_(loop, *this)
{
}

std::optional<pid_t> Management::pid() const
{
    return process_ ? std::optional(process_.pid()) : std::nullopt;
}

Result<> Management::start()
{
    auto [ours, theirs] = TRY(socket_pair(SOCK_STREAM));
    Fd const log = TRY(open_log(setup_.log));
    Spawn spawn{.arguments = {setup_.program, "--runtime-dir", setup_.runtime, "--session-fd", "3"},
                .environment = inherited_environment({"HOME", "PATH", "LANG", "USER",
                                                      "XDG_RUNTIME_DIR", "XDG_DATA_HOME",
                                                      "XDG_CONFIG_HOME", "VITRAIL_POLICY_PATH"}),
                .descriptors = {{theirs.get(), 3}, {log.get(), 1}, {log.get(), 2}},
                .new_session = true};
    if (setup_.launcher) {
        spawn.arguments.insert(spawn.arguments.end(), {"--launcher-fd", "4"});
        spawn.descriptors.emplace_back(setup_.launcher.get(), 4);
    }
    process_ = TRY(Process::start(spawn));
    link_ = std::move(ours);
    link_source_.emplace(loop_, *this, link_.get(), WL_EVENT_READABLE);
    process_source_.emplace(loop_, *this, process_.pidfd(), WL_EVENT_READABLE);
    return {};
}

void Management::end()
{
    ending_ = true;
    if (!process_)
        return events_.handle_ended();
    link_source_.reset();
    link_.reset();
}

void Management::handle_link(std::uint32_t)
{
    std::array<char, 64> bytes{};
    ssize_t const got = read(link_.get(), bytes.data(), bytes.size());
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0)
        return link_source_.reset(); // its end is told by its process
    failures_ = 0;
    follow();
}

void Management::follow()
{
    if (ending_ || !process_)
        return;
    client_.follow(
        [this](qube::AdminEvent const& event) {
            if (event.subject.empty() && event.name == "connection-established")
                return events_.handle_connected();
            events_.handle_event(event);
        },
        // It has ended, as its process will tell; or it gave up on us, who did not listen in time.
        [this](qube::AdminError const&) { again_.arm(std::chrono::milliseconds(100)); });
}

void Management::handle_process(std::uint32_t)
{
    process_source_.reset();
    int const status = process_.reap();
    link_source_.reset();
    link_.reset();
    if (ending_)
        return events_.handle_ended();
    std::string const why = "vitrail-qubesd ended with status " + std::to_string(status);
    std::fprintf(stderr, "vitrail-sessiond: %s; starting it again\n", why.c_str());
    constexpr int longest_wait_ms = 5000;
    restart_.arm(std::chrono::milliseconds(std::clamp(200 * failures_, 1, longest_wait_ms)));
    ++failures_;
    events_.handle_lost(why + "; its log: " + setup_.log);
}

void Management::handle_restart()
{
    if (ending_ || process_)
        return;
    if (auto const started = start(); !started) {
        std::fprintf(stderr, "vitrail-sessiond: %s\n", started.error().message().c_str());
        restart_.arm(std::chrono::seconds(1));
    }
}

} // namespace vitrail::session
