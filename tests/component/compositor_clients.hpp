#pragma once

#include "cursor-shape-v1-client-protocol.h"
#include "lib/base/geometry.hpp"
#include "lib/base/handle.hpp"
#include "lib/os/fd.hpp"
#include "vitrail-session-v1-client-protocol.h"
#include "vitrail-window-v1-client-protocol.h"
#include <wayland-client.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct zwlr_layer_shell_v1;
struct zwlr_layer_surface_v1;

namespace vitrail::test {

/// Filled with one colour.
[[nodiscard]] wl_buffer* shm_buffer(wl_shm* shm, Size size, std::uint32_t xrgb);

/// One Wayland connection in the test process. Never blocks: the stage pumps all of them.
class Client {
public:
    explicit Client(Fd socket);
    virtual ~Client();
    Client(Client const&) = delete;
    Client& operator=(Client const&) = delete;

    /// Sends and reads what is there.
    void pump();
    /// Asks for an answer to all that was sent before; answered() once it is there.
    void ask();
    [[nodiscard]] bool answered() const { return !asked_ || ended(); }
    [[nodiscard]] bool ended() const { return ended_; }
    /// The protocol error that ended it, if one did.
    [[nodiscard]] std::optional<std::uint32_t> error() const;
    /// Interface names, as the registry told them.
    [[nodiscard]] std::vector<std::string> const& globals() const { return globals_; }
    [[nodiscard]] wl_display* display() const { return display_.get(); }

protected:
    virtual void handle_global(std::uint32_t name, std::string_view interface) = 0;
    template <typename T>
    [[nodiscard]] T* bind(std::uint32_t name, wl_interface const& interface, std::uint32_t version)
    {
        return static_cast<T*>(wl_registry_bind(registry_, name, &interface, version));
    }

private:
    static wl_registry_listener const registry_table;
    static wl_callback_listener const callback_table;
    Handle<::wl_display, wl_display_disconnect> display_;
    wl_registry* registry_ = nullptr;
    wl_callback* asked_ = nullptr;
    std::vector<std::string> globals_;
    bool ended_ = false;
};

/// What sessiond is to the compositor.
class SessionHand final : public Client {
public:
    explicit SessionHand(Fd socket) : Client(std::move(socket)) {}
    struct WindowState {
        std::uint32_t origin, window, epoch;
        Rect content;
        std::uint32_t stacking, workspace, flags;
    };
    vitrail_session_v1* session = nullptr;
    std::vector<WindowState> states;
    std::vector<std::uint32_t> gone; ///< windows
    std::vector<std::string> chords;
    std::vector<std::string> spawned;
    bool locked = false;
    std::optional<std::string> inspected;

    [[nodiscard]] WindowState const* last_state(std::uint32_t origin, std::uint32_t window) const;

private:
    void handle_global(std::uint32_t name, std::string_view interface) override;
    static vitrail_session_v1_listener const table;
};

/// A guid in an attacker's hands: it may say whatever vitrail_window_v1 can express, in any order.
class QubeHand final : public Client {
public:
    explicit QubeHand(Fd socket) : Client(std::move(socket)) {}
    ~QubeHand() override;

    struct Configured {
        std::uint32_t serial;
        Rect place;
        std::uint32_t states, token;
    };
    struct Window {
        std::uint32_t number = 0;
        wl_surface* surface = nullptr;
        vitrail_window_v1* role = nullptr;
        std::vector<Configured> configured;
        std::vector<std::uint32_t> repeats;
        int closes = 0, popups_done = 0, docks = 0, presented = 0;
        std::optional<bool> visible;
        std::uint32_t scale_120 = 0;
        double relative_x = 0, relative_y = 0;
        wl_buffer* buffer = nullptr;
    };
    struct Key {
        std::uint32_t code;
        bool pressed;
        friend bool operator==(Key const&, Key const&) = default;
    };

    // The usual life of a window.
    Window& create(std::uint32_t number, bool override_redirect = false);
    /// create, geometry, picture, map.
    Window& open(std::uint32_t number, Rect const& place, std::uint32_t color,
                 bool override_redirect = false);
    void geometry(std::uint32_t number, Rect const& place);
    struct Popup {
        std::uint32_t parent;
        Rect anchor_rect;
        std::uint32_t anchor = 0, gravity = 0, constraint = 0;
        Point offset;
        Size size;
        bool grab = false;
    };
    void popup(std::uint32_t number, Popup const& popup);
    /// A new buffer in one colour, committed.
    void paint(std::uint32_t number, Size size, std::uint32_t color);
    /// A buffer of one pixel, stretched to any size.
    void paint_stretched(std::uint32_t number, Size content, std::uint32_t color);
    /// Premultiplied ARGB, with its alpha.
    void paint_translucent(std::uint32_t number, Size size, std::uint32_t argb);
    void map(std::uint32_t number);
    void unmap(std::uint32_t number);
    void destroy(std::uint32_t number);
    void title(std::uint32_t number, std::string const& text);
    void flags(std::uint32_t number, std::uint32_t set, std::uint32_t unset);
    [[nodiscard]] Window& at(std::uint32_t number) { return windows.at(number); }
    /// The surface becomes the pointer's image.
    void cursor(Size size, std::uint32_t argb, Point hotspot);
    void repaint_cursor(Size size, std::uint32_t argb);
    void cursor_shape(std::uint32_t shape);

    /// A buffer over `pages` of a memfd; the descriptor is kept for the test to play with.
    struct Pages {
        Fd memory;
        wl_buffer* buffer = nullptr;
    };
    [[nodiscard]] Pages pages(Size size, std::uint32_t pixel, bool alpha = false);
    [[nodiscard]] wl_buffer* raw_buffer(int fd, std::vector<std::uint32_t> const& runs, Size size,
                                        std::uint32_t stride, std::uint32_t format);
    void show(std::uint32_t number, wl_buffer* buffer);

    std::map<std::uint32_t, Window> windows;
    ::wl_compositor* compositor = nullptr;
    wl_seat* seat = nullptr;
    wl_pointer* pointer = nullptr;
    wl_keyboard* keyboard = nullptr;
    wp_cursor_shape_manager_v1* shapes = nullptr;
    vitrail_window_manager_v1* manager = nullptr;

    wl_surface* keyboard_focus = nullptr;
    wl_surface* pointer_focus = nullptr;
    std::uint32_t enter_serial = 0;
    std::vector<std::uint32_t> held_at_enter;
    std::vector<Key> keys;
    std::vector<std::uint32_t> buttons; ///< pressed
    int motions = 0;
    std::uint32_t modifiers = 0;
    Size layout;
    Rect work_area;
    std::uint32_t permissions = 0;
    int layouts = 0, failed_buffers = 0;
    std::optional<bool> dark;

private:
    void handle_global(std::uint32_t name, std::string_view interface) override;
    struct Tables;
    wl_surface* cursor_surface_ = nullptr;
};

/// A panel or a prompt: one layer surface in one colour.
class ShellHand final : public Client {
public:
    explicit ShellHand(Fd socket) : Client(std::move(socket)) {}
    /// Bound; open() may be called.
    [[nodiscard]] bool ready() const { return layer_shell_ && shm_ && compositor_ && seat_; }
    /// layer, anchor and keys (1 exclusive, 2 on demand) as in zwlr_layer_shell_v1; it draws when
    /// it is configured.
    void open(std::uint32_t layer, std::uint32_t anchor, Size size, int exclusive,
              std::uint32_t color, std::uint32_t takes_keys = 0);
    /// Hides what open() showed.
    void hide();
    [[nodiscard]] wl_surface* surface() const { return surface_; }
    /// A surface without any role.
    [[nodiscard]] wl_surface* bare_surface() const;
    /// Called by open() when the surface has its role, before its first commit.
    std::function<void(wl_surface*)> with_role;
    bool shown = false;
    std::vector<std::uint32_t> keys;
    std::vector<std::uint32_t> buttons; ///< pressed

private:
    void handle_global(std::uint32_t name, std::string_view interface) override;
    struct Tables;
    ::wl_compositor* compositor_ = nullptr;
    wl_shm* shm_ = nullptr;
    wl_seat* seat_ = nullptr;
    wl_keyboard* keyboard_ = nullptr;
    wl_pointer* pointer_ = nullptr;
    zwlr_layer_shell_v1* layer_shell_ = nullptr;
    zwlr_layer_surface_v1* layer_ = nullptr;
    wl_surface* surface_ = nullptr;
    std::uint32_t color_ = 0;
};

/// Whatever the registry shows, nothing bound.
class Onlooker final : public Client {
public:
    explicit Onlooker(Fd socket) : Client(std::move(socket)) {}

private:
    void handle_global(std::uint32_t, std::string_view) override {}
};

} // namespace vitrail::test
