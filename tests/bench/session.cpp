#include "tests/bench/session.hpp"

#include "vitrail-session-v1-client-protocol.h"

#include <sys/socket.h>
#include <wayland-client.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace vitrail::bench {

namespace {

constexpr vitrail_session_v1_listener session_listener{
    .ready = [](void* data, vitrail_session_v1*,
                char const* display) noexcept { *static_cast<std::string*>(data) = display; },
    .window_state = [](void*, vitrail_session_v1*, std::uint32_t, std::uint32_t, std::uint32_t,
                       std::int32_t, std::int32_t, std::uint32_t, std::uint32_t, std::uint32_t,
                       std::uint32_t, std::uint32_t) noexcept {},
    .window_gone = [](void*, vitrail_session_v1*, std::uint32_t, std::uint32_t,
                      std::uint32_t) noexcept {},
    .workspace = [](void*, vitrail_session_v1*, std::uint32_t) noexcept {},
    .locked = [](void*, vitrail_session_v1*, std::uint32_t) noexcept {},
    .client_gone =
        [](void*, vitrail_session_v1*, std::uint32_t origin, char const*) noexcept {
            if (origin != 0)
                std::fprintf(stderr, "bench: the guid of origin %u went away\n", origin);
        },
    .inspected = [](void*, vitrail_session_v1*, std::uint32_t,
                    std::int32_t fd) noexcept { ::close(fd); },
    .chord = [](void*, vitrail_session_v1*, char const*, std::uint32_t, std::uint32_t) noexcept {},
    .spawn = [](void*, vitrail_session_v1*, char const*) noexcept {},
};

constexpr wl_registry_listener registry_listener{
    .global =
        [](void* data, wl_registry* registry, std::uint32_t name, char const* interface,
           std::uint32_t) noexcept {
            if (std::string_view(interface) == vitrail_session_v1_interface.name)
                *static_cast<vitrail_session_v1**>(data) = static_cast<vitrail_session_v1*>(
                    wl_registry_bind(registry, name, &vitrail_session_v1_interface, 1));
        },
    .global_remove = [](void*, wl_registry*, std::uint32_t) noexcept {},
};

} // namespace

std::unique_ptr<Session> Session::connect(Fd control)
{
    std::unique_ptr<Session> made(new Session);
    made->display_ = wl_display_connect_to_fd(control.release());
    wl_registry* const registry = wl_display_get_registry(made->display_);
    wl_registry_add_listener(registry, &registry_listener, &made->session_);
    wl_display_roundtrip(made->display_);
    wl_registry_destroy(registry);
    if (!made->session_) {
        std::fputs("bench: the compositor shows no vitrail_session_v1\n", stderr);
        std::exit(1);
    }
    vitrail_session_v1_add_listener(made->session_, &session_listener, &made->public_socket_);
    made->roundtrip();
    return made;
}

Session::~Session()
{
    vitrail_session_v1_destroy(session_);
    wl_display_disconnect(display_);
}

void Session::set_origin(std::uint32_t number, std::uint32_t max_clipboard)
{
    constexpr std::uint32_t everything = 7, windows = 2000, pages = 1U << 21;
    std::string const name = "qube" + std::to_string(number);
    vitrail_session_v1_set_origin(session_, number, name.c_str(), "blue", 0x3465a4, "bl",
                                  everything, windows, pages, max_clipboard);
    roundtrip();
}

Fd Session::add_client(std::uint32_t tier, std::uint32_t origin, std::uint32_t epoch)
{
    int ends[2] = {-1, -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        std::abort();
    vitrail_session_v1_add_client(session_, ends[0], tier, origin, epoch);
    wl_display_flush(display_);
    ::close(ends[0]);
    roundtrip();
    return Fd(ends[1]);
}

void Session::roundtrip()
{
    wl_display_roundtrip(display_);
}

} // namespace vitrail::bench
