#include "tests/bench/shm_client.hpp"

#include "xdg-shell-client-protocol.h"

#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wayland-client.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

namespace vitrail::bench {

struct ShmClient::Events {
    static ShmClient& self(void* data) { return *static_cast<ShmClient*>(data); }
    static constexpr wl_registry_listener registry{
        .global =
            [](void* data, wl_registry* registry, std::uint32_t name, char const* interface,
               std::uint32_t) noexcept {
                std::string_view const what = interface;
                auto const bind = [&](wl_interface const& of, std::uint32_t version) {
                    return wl_registry_bind(registry, name, &of, version);
                };
                if (what == wl_compositor_interface.name)
                    self(data).compositor_ =
                        static_cast<wl_compositor*>(bind(wl_compositor_interface, 4));
                else if (what == wl_shm_interface.name)
                    self(data).shm_ = static_cast<wl_shm*>(bind(wl_shm_interface, 1));
                else if (what == xdg_wm_base_interface.name)
                    self(data).shell_ = static_cast<xdg_wm_base*>(bind(xdg_wm_base_interface, 1));
            },
        .global_remove = [](void*, wl_registry*, std::uint32_t) noexcept {},
    };
    static constexpr xdg_wm_base_listener shell{
        .ping = [](void*, xdg_wm_base* shell,
                   std::uint32_t serial) noexcept { xdg_wm_base_pong(shell, serial); },
    };
    static constexpr xdg_surface_listener surface{
        .configure =
            [](void* data, xdg_surface* surface, std::uint32_t serial) noexcept {
                xdg_surface_ack_configure(surface, serial);
                self(data).configured_ = true;
            },
    };
    static constexpr xdg_toplevel_listener toplevel{
        .configure = [](void*, xdg_toplevel*, std::int32_t, std::int32_t, wl_array*) noexcept {},
        .close = [](void*, xdg_toplevel*) noexcept {},
        .configure_bounds = [](void*, xdg_toplevel*, std::int32_t, std::int32_t) noexcept {},
        .wm_capabilities = [](void*, xdg_toplevel*, wl_array*) noexcept {},
    };
    static constexpr wl_callback_listener frame{
        .done =
            [](void* data, wl_callback* callback, std::uint32_t) noexcept {
                wl_callback_destroy(callback);
                self(data).frame_ = nullptr;
                self(data).framed_ = true;
            },
    };
};

std::unique_ptr<ShmClient> ShmClient::open(Fd connection, Size size)
{
    std::unique_ptr<ShmClient> made(new ShmClient);
    if (!made->set_up(std::move(connection), size))
        return nullptr;
    made->commit({0, 0, size.width, size.height});
    return made->wait_frame() ? std::move(made) : nullptr;
}

bool ShmClient::set_up(Fd connection, Size size)
{
    size_ = size;
    display_ = wl_display_connect_to_fd(connection.release());
    if (!display_)
        return false;
    wl_registry* const registry = wl_display_get_registry(display_);
    wl_registry_add_listener(registry, &Events::registry, this);
    wl_display_roundtrip(display_);
    wl_registry_destroy(registry);
    if (!compositor_ || !shm_ || !shell_)
        return false;
    xdg_wm_base_add_listener(shell_, &Events::shell, this);
    auto const pixels =
        static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height);
    std::size_t const bytes = pixels * 4 * buffers_.size();
    Fd const memory(memfd_create("bench", MFD_CLOEXEC));
    if (ftruncate(memory.get(), static_cast<off_t>(bytes)) != 0)
        return false;
    void* const start =
        mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, memory.get(), 0);
    if (start == MAP_FAILED)
        return false;
    memory_ = {static_cast<std::uint32_t*>(start), bytes / 4};
    std::ranges::fill(memory_, 0x204060U);
    wl_shm_pool* const pool = wl_shm_create_pool(shm_, memory.get(), static_cast<int>(bytes));
    for (std::size_t i = 0; i < buffers_.size(); ++i)
        buffers_[i] =
            wl_shm_pool_create_buffer(pool, static_cast<int>(i * pixels * 4), size.width,
                                      size.height, size.width * 4, WL_SHM_FORMAT_XRGB8888);
    wl_shm_pool_destroy(pool);
    surface_ = wl_compositor_create_surface(compositor_);
    xdg_ = xdg_wm_base_get_xdg_surface(shell_, surface_);
    xdg_surface_add_listener(xdg_, &Events::surface, this);
    toplevel_ = xdg_surface_get_toplevel(xdg_);
    xdg_toplevel_add_listener(toplevel_, &Events::toplevel, this);
    wl_surface_commit(surface_);
    while (!configured_)
        if (wl_display_roundtrip(display_) < 0)
            return false;
    return true;
}

ShmClient::~ShmClient()
{
    if (memory_.data())
        munmap(memory_.data(), memory_.size_bytes());
    if (!display_)
        return;
    if (frame_)
        wl_callback_destroy(frame_);
    for (wl_buffer* const buffer : buffers_)
        if (buffer)
            wl_buffer_destroy(buffer);
    if (toplevel_)
        xdg_toplevel_destroy(toplevel_);
    if (xdg_)
        xdg_surface_destroy(xdg_);
    if (surface_)
        wl_surface_destroy(surface_);
    if (shell_)
        xdg_wm_base_destroy(shell_);
    if (shm_)
        wl_shm_destroy(shm_);
    if (compositor_)
        wl_compositor_destroy(compositor_);
    wl_display_disconnect(display_);
}

std::span<std::uint32_t> ShmClient::pixels()
{
    return memory_.subspan(next_ * memory_.size() / 2, memory_.size() / 2);
}

void ShmClient::commit(Rect const& damage)
{
    framed_ = false;
    wl_surface_attach(surface_, buffers_[next_], 0, 0);
    wl_surface_damage_buffer(surface_, damage.x, damage.y, damage.width, damage.height);
    frame_ = wl_surface_frame(surface_);
    wl_callback_add_listener(frame_, &Events::frame, this);
    wl_surface_commit(surface_);
    wl_display_flush(display_);
    next_ = 1 - next_;
}

bool ShmClient::wait_frame()
{
    for (Nanoseconds const end = now() + 10'000'000'000; !framed_ && now() < end;) {
        while (wl_display_prepare_read(display_) != 0)
            wl_display_dispatch_pending(display_);
        wl_display_flush(display_);
        pollfd ready{wl_display_get_fd(display_), POLLIN, 0};
        if (::poll(&ready, 1, 1000) <= 0) {
            wl_display_cancel_read(display_);
            continue;
        }
        if (wl_display_read_events(display_) < 0 || wl_display_dispatch_pending(display_) < 0)
            return false;
    }
    return framed_;
}

} // namespace vitrail::bench
