#include "tests/bench/opened_windows.hpp"

#include <poll.h>
#include <wayland-client.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "wlr-foreign-toplevel-management-unstable-v1-client-protocol.h"

namespace vitrail::bench {

namespace {

struct Opened {
    zwlr_foreign_toplevel_handle_v1* handle = nullptr;
    std::string title;
    Nanoseconds at = 0;
    bool gone = false;
};

[[noreturn]] void give_up(std::string const& why)
{
    std::fprintf(stderr, "bench: %s\n", why.c_str());
    std::exit(1);
}

} // namespace

struct OpenedWindows::State {
    wl_display* display = nullptr;
    wl_registry* registry = nullptr;
    zwlr_foreign_toplevel_manager_v1* manager = nullptr;
    std::vector<std::unique_ptr<Opened>> windows;

    [[nodiscard]] Opened* find(std::string_view title) const
    {
        auto const found =
            std::ranges::find_if(windows, [&](auto const& one) { return one->title == title; });
        return found == windows.end() ? nullptr : found->get();
    }
};

namespace {

constexpr zwlr_foreign_toplevel_handle_v1_listener handle_listener{
    .title = [](void* data, zwlr_foreign_toplevel_handle_v1*,
                char const* title) { static_cast<Opened*>(data)->title = title; },
    .app_id = [](void*, zwlr_foreign_toplevel_handle_v1*, char const*) {},
    .output_enter = [](void*, zwlr_foreign_toplevel_handle_v1*, wl_output*) {},
    .output_leave = [](void*, zwlr_foreign_toplevel_handle_v1*, wl_output*) {},
    .state = [](void*, zwlr_foreign_toplevel_handle_v1*, wl_array*) {},
    .done = [](void*, zwlr_foreign_toplevel_handle_v1*) {},
    .closed = [](void* data,
                 zwlr_foreign_toplevel_handle_v1*) { static_cast<Opened*>(data)->gone = true; },
    .parent = [](void*, zwlr_foreign_toplevel_handle_v1*, zwlr_foreign_toplevel_handle_v1*) {},
};

} // namespace

OpenedWindows::OpenedWindows(std::filesystem::path const& socket) : state_(new State)
{
    static constexpr zwlr_foreign_toplevel_manager_v1_listener manager_listener{
        .toplevel =
            [](void* data, zwlr_foreign_toplevel_manager_v1*,
               zwlr_foreign_toplevel_handle_v1* handle) {
                auto one = std::make_unique<Opened>(Opened{handle, "", now(), false});
                zwlr_foreign_toplevel_handle_v1_add_listener(handle, &handle_listener, one.get());
                static_cast<State*>(data)->windows.push_back(std::move(one));
            },
        .finished = [](void*, zwlr_foreign_toplevel_manager_v1*) {},
    };
    static constexpr wl_registry_listener registry_listener{
        .global =
            [](void* data, wl_registry* registry, std::uint32_t name, char const* interface,
               std::uint32_t) {
                auto& state = *static_cast<State*>(data);
                wl_interface const& wanted = zwlr_foreign_toplevel_manager_v1_interface;
                if (std::string_view(interface) == wanted.name) {
                    state.manager = static_cast<zwlr_foreign_toplevel_manager_v1*>(
                        wl_registry_bind(registry, name, &wanted, 3));
                    zwlr_foreign_toplevel_manager_v1_add_listener(state.manager, &manager_listener,
                                                                  data);
                }
            },
        .global_remove = [](void*, wl_registry*, std::uint32_t) {},
    };
    state_->display = wl_display_connect(socket.c_str());
    if (!state_->display)
        give_up("no connection to " + socket.string());
    state_->registry = wl_display_get_registry(state_->display);
    wl_registry_add_listener(state_->registry, &registry_listener, state_.get());
    wl_display_roundtrip(state_->display);
    wl_display_roundtrip(state_->display);
    if (!state_->manager)
        give_up("the compositor tells of no windows");
}

OpenedWindows::~OpenedWindows()
{
    wl_display_disconnect(state_->display);
}

void OpenedWindows::dispatch()
{
    constexpr int patience_ms = 60000;
    wl_display_flush(state_->display);
    pollfd ready{wl_display_get_fd(state_->display), POLLIN, 0};
    if (poll(&ready, 1, patience_ms) <= 0)
        give_up("the window never came");
    if (wl_display_dispatch(state_->display) < 0)
        give_up("the compositor ended the connection");
    std::erase_if(state_->windows, [](auto const& one) {
        if (one->gone)
            zwlr_foreign_toplevel_handle_v1_destroy(one->handle);
        return one->gone;
    });
}

Nanoseconds OpenedWindows::wait_for(std::string_view title)
{
    while (!state_->find(title))
        dispatch();
    return state_->find(title)->at;
}

void OpenedWindows::wait_gone(std::string_view title)
{
    while (state_->find(title))
        dispatch();
}

void OpenedWindows::close(std::string_view title)
{
    for (auto const& one : state_->windows)
        if (one->title == title)
            zwlr_foreign_toplevel_handle_v1_close(one->handle);
    wait_gone(title);
}

} // namespace vitrail::bench
