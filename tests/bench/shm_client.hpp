#pragma once

#include "lib/base/geometry.hpp"
#include "lib/os/fd.hpp"
#include "tests/bench/record.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <span>

struct wl_buffer;
struct wl_callback;
struct wl_compositor;
struct wl_display;
struct wl_shm;
struct wl_surface;
struct xdg_surface;
struct xdg_toplevel;
struct xdg_wm_base;

namespace vitrail::bench {

/// A window of an ordinary Wayland client with two buffers in shared memory: the direct peer, and
/// the application behind waypipe.
class ShmClient {
public:
    /// Returns when the window was drawn once; null when it was not.
    [[nodiscard]] static std::unique_ptr<ShmClient> open(Fd connection, Size size);
    ~ShmClient();
    ShmClient(ShmClient const&) = delete;
    ShmClient& operator=(ShmClient const&) = delete;

    /// The buffer that the next commit shows.
    [[nodiscard]] std::span<std::uint32_t> pixels();
    /// Attach, damage, frame, commit, and out with it.
    void commit(Rect const& damage);
    /// The compositor asks for the next frame. False when it does not in 10 s.
    [[nodiscard]] bool wait_frame();

private:
    struct Events;
    ShmClient() = default;
    [[nodiscard]] bool set_up(Fd connection, Size size);

    Size size_;
    wl_display* display_ = nullptr;
    wl_compositor* compositor_ = nullptr;
    wl_shm* shm_ = nullptr;
    xdg_wm_base* shell_ = nullptr;
    wl_surface* surface_ = nullptr;
    xdg_surface* xdg_ = nullptr;
    xdg_toplevel* toplevel_ = nullptr;
    std::array<wl_buffer*, 2> buffers_{};
    std::span<std::uint32_t> memory_;
    wl_callback* frame_ = nullptr;
    std::size_t next_ = 0;
    bool configured_ = false, framed_ = false;
};

} // namespace vitrail::bench
