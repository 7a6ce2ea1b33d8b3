#include "guid/keeper_link.hpp"
#include "guid/link.hpp"
#include "guid/start.hpp"
#include "lib/base/assert.hpp"
#include "lib/base/text.hpp"
#include "lib/os/link_option.hpp"
#include "lib/os/sandbox.hpp"
#include "lib/transport/clipboard_port.hpp"
#include "lib/transport/file_grant_reader.hpp"
#include "lib/transport/socket_channel.hpp"

#include <sys/random.h>
#include <unistd.h>

#include <cstdio>
#include <format>
#include <string>

namespace {

using namespace vitrail;
using transport::GuidStartFd;

/// Whose trace an assertion that fails prints.
guid::Session const* traced = nullptr;
int log_fd = STDERR_FILENO;

void log_line(std::string_view name, std::string_view text)
{
    // The name comes from sessiond, but a log line stays a line whatever happens.
    std::string const line = std::format("vitrail-guid[{}]: {}\n", escape_for_log(name), text);
    static_cast<void>(!::write(log_fd, line.data(), line.size()));
}

void dump_trace() noexcept
{
    if (!traced)
        return;
    std::string const text = traced->trace().dump();
    static_cast<void>(!::write(log_fd, text.data(), text.size()));
}

std::uint32_t random_bits()
{
    std::uint32_t bits = 0;
    if (getrandom(&bits, sizeof(bits), GRND_NONBLOCK) != sizeof(bits))
        return 0; // before the kernel has any: no delay beyond the order
    return bits;
}

int fail(std::string_view name, Error const& why)
{
    log_line(name, why.message());
    return 1;
}

int serve(EventLoop& loop, guid::Start start, Fd keeper)
{
    guid::Profile const profile = guid::Profile::from_start(start.record);
    Fd const log = start.take(GuidStartFd::log);
    if (log)
        log_fd = log.get();

    auto channel = transport::SocketChannel::adopt(start.take(GuidStartFd::vchan));
    if (!channel)
        return fail(profile.name, channel.error());
    auto port = guid::WaylandPort::create(start.take(GuidStartFd::wayland).release());
    if (!port)
        return fail(profile.name, port.error());
    transport::FileGrantReader reader(start.take(GuidStartFd::grant_file),
                                      start.take(GuidStartFd::grant_table),
                                      DomainId{start.record.own_domain});
    transport::ClipboardPort broker(start.take(GuidStartFd::broker));
    guid::Session session({**channel, reader, **port, broker, random_bits}, profile);
    (*port)->set_session(session);
    traced = &session;
    set_assert_hook(dump_trace);

    guid::KeeperLink const keeper_link(loop, std::move(keeper), session.trace(), log_fd);
    guid::Link link(loop, **channel, **port, broker, session, profile);
    if (link.end() == guid::Link::End::running)
        loop.run();
    traced = nullptr;
    switch (link.end()) {
    case guid::Link::End::violation:
        log_line(profile.name, "violation: " + link.reason() + "; the last messages:");
        traced = &session;
        dump_trace();
        return 3;
    case guid::Link::End::world: log_line(profile.name, link.reason()); return 1;
    default: return 0;
    }
}

} // namespace

int main(int argc, char** argv)
{
    Fd keeper = take_link_option("vitrail-guid", argc, argv);
    if (!keeper)
        return 2;

    // The loop's own descriptors are made before nothing can be opened any more.
    EventLoop loop;
    struct Idle {
        void handle() {}
    } idle;
    Timer<&Idle::handle> const first_timer(loop.get(), idle);
    auto const missing = enter_sandbox();
    if (!missing)
        return fail("spare", missing.error());
    for (std::string const& layer : missing->layers)
        log_line("spare", "this system has no " + layer + " to confine guid with; the rest holds");
    auto start = guid::receive_start(keeper.get());
    if (!start) {
        if (start.error().code == EPIPE)
            return 0; // a spare that was not needed
        return fail("spare", start.error());
    }
    return serve(loop, std::move(*start), std::move(keeper));
}
