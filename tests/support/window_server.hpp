#pragma once

#include "lib/base/geometry.hpp"
#include "lib/base/handle.hpp"
#include "lib/os/fd.hpp"
#include "tests/support/image.hpp"

#include <wayland-server-core.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace vitrail::test {

/// The compositor's end of one guid's Wayland connection in a test's hands: it keeps what guid
/// says, shows nothing, and says what the test wants.
class WindowServer {
public:
    struct Buffer {
        int fd = -1; ///< owned by the resource
        std::vector<std::uint32_t> runs;
        Size size;
        WindowServer* server = nullptr;
    };
    struct Window {
        wl_resource* role = nullptr;
        wl_resource* surface = nullptr;
        bool mapped = false, override_redirect = false;
        Rect geometry;
        std::string title;
        wl_resource* shown = nullptr; ///< wl_buffer
        int commits = 0;
        std::uint32_t acked = 0;
        Size content;
        /// What a screen would show: of each commit's buffer only what the commit said changed.
        Image picture;
        std::uint32_t flags = 0; ///< asked for by the qube, vitrail_window_v1.flag
        bool wants_dock = false;
    };

    WindowServer();
    ~WindowServer();
    WindowServer(WindowServer const&) = delete;
    WindowServer& operator=(WindowServer const&) = delete;
    /// guid's end of the connection; call it once.
    [[nodiscard]] Fd connect();

    void disconnect();
    /// Reads and writes what is due; waits 5 ms at most.
    void pump();
    [[nodiscard]] Window* find(std::uint32_t window);
    /// The numbers of all windows there are.
    [[nodiscard]] std::vector<std::uint32_t> windows() const;
    /// The first pixel of what a window shows, 0 without.
    [[nodiscard]] std::uint32_t pixel(std::uint32_t window);
    [[nodiscard]] bool connected() const { return client_ != nullptr; }

    void configure(std::uint32_t window, std::uint32_t serial, Rect const& place,
                   std::uint32_t states = 0, std::uint32_t token = 0);
    void frame_done(std::uint32_t window);
    /// Of every window.
    void frames_done();
    void pointer_enter(std::uint32_t window, int x, int y);
    void pointer_motion(int x, int y);
    void pointer_leave(std::uint32_t window);
    void button(std::uint32_t button, bool pressed);
    /// One notch; axis 0 is vertical, positive is down and right.
    void wheel(std::uint32_t axis, int notches);
    void keyboard_enter(std::uint32_t window);
    void keyboard_leave(std::uint32_t window);
    void modifiers(std::uint32_t depressed, std::uint32_t locked);
    void key(std::uint32_t key, bool pressed);
    void key_repeat(std::uint32_t window, std::uint32_t key);
    void docked(std::uint32_t window);
    void close(std::uint32_t window);

    Size layout{1280, 1024}; ///< said when guid binds
    bool extended = false;
    int errors = 0;

    struct Surface;
    struct Requests;

private:
    Handle<wl_display, wl_display_destroy> display_;
    wl_client* client_ = nullptr;
    wl_listener client_gone_{};
    wl_resource* manager_ = nullptr;
    wl_resource* keyboard_ = nullptr;
    wl_resource* pointer_ = nullptr;
    std::map<std::uint32_t, Window> windows_;
    std::map<wl_resource*, Surface> surfaces_;
};

} // namespace vitrail::test
