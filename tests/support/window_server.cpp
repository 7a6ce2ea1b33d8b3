#include "tests/support/window_server.hpp"

#include "vitrail-window-v1-protocol.h"
#include <sys/mman.h>
#include <sys/socket.h>
#include <wayland-server-protocol.h>

#include <cstring>
#include <optional>
#include <utility>

namespace vitrail::test {

struct WindowServer::Surface {
    WindowServer* server = nullptr;
    Window* window = nullptr;
    std::optional<wl_resource*> pending; ///< attached, null for none
    std::vector<Rect> damage;            ///< of the buffer
    wl_resource* pending_frame = nullptr;
    std::vector<wl_resource*> frames;
};

/// The vtables: each request finds the server and writes down what it said.
struct WindowServer::Requests {
    static WindowServer& server(wl_resource* resource)
    {
        return *static_cast<WindowServer*>(wl_resource_get_user_data(resource));
    }
    static Surface& surface(wl_resource* resource)
    {
        return *static_cast<Surface*>(wl_resource_get_user_data(resource));
    }
    static Window& window(wl_resource* resource)
    {
        return *static_cast<Window*>(wl_resource_get_user_data(resource));
    }
    static void destroy(wl_client*, wl_resource* resource) { wl_resource_destroy(resource); }

    static void commit(wl_client*, wl_resource* resource)
    {
        Surface& self = surface(resource);
        if (self.pending_frame)
            self.frames.push_back(std::exchange(self.pending_frame, nullptr));
        if (!self.pending || !self.window) {
            self.damage.clear();
            return;
        }
        wl_resource* const next = *std::exchange(self.pending, std::nullopt);
        wl_resource* const before = std::exchange(self.window->shown, next);
        if (before && before != next)
            wl_buffer_send_release(before);
        ++self.window->commits;
        upload(*self.window, std::exchange(self.damage, {}));
    }
    /// As a renderer does with shared memory: only what was damaged is read.
    static void upload(Window& window, std::vector<Rect> const& damage)
    {
        if (!window.shown) {
            window.picture = {};
            return;
        }
        auto const& buffer = *static_cast<Buffer*>(wl_resource_get_user_data(window.shown));
        Image const now = read_buffer(buffer);
        Image& picture = window.picture;
        if (picture.width != now.width || picture.height != now.height) {
            picture = now;
            return;
        }
        for (Rect const& rect : damage) {
            Rect const part = intersection(rect, {0, 0, now.width, now.height});
            for (int y = part.y; y < part.bottom(); ++y)
                for (int x = part.x; x < part.right(); ++x) {
                    auto const at = static_cast<std::size_t>(y * now.width + x);
                    picture.pixels[at] = now.pixels[at];
                }
        }
    }
    static Image read_buffer(Buffer const& buffer)
    {
        Image image{buffer.size.width, buffer.size.height, {}};
        std::size_t const wanted =
            static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) * 4;
        std::vector<std::byte> bytes;
        for (std::size_t run = 0; run + 1 < buffer.runs.size() && bytes.size() < wanted; run += 2) {
            std::size_t const before = bytes.size();
            bytes.resize(before + std::size_t{buffer.runs[run + 1]} * 4096);
            auto const got = pread(buffer.fd, bytes.data() + before, bytes.size() - before,
                                   off_t{buffer.runs[run]} * 4096);
            if (got < 0 || static_cast<std::size_t>(got) < bytes.size() - before)
                return image; // beyond the file: shows nothing
        }
        if (bytes.size() < wanted)
            return image;
        image.pixels.resize(wanted / 4);
        std::memcpy(image.pixels.data(), bytes.data(), wanted);
        for (std::uint32_t& pixel : image.pixels)
            pixel &= 0xffffff;
        return image;
    }
    static constexpr struct wl_surface_interface surface_table{
        .destroy = destroy,
        .attach = [](wl_client*, wl_resource* resource, wl_resource* buffer, std::int32_t,
                     std::int32_t) { surface(resource).pending = buffer; },
        .damage = [](wl_client*, wl_resource*, std::int32_t, std::int32_t, std::int32_t,
                     std::int32_t) {},
        .frame =
            [](wl_client* client, wl_resource* resource, std::uint32_t id) {
                surface(resource).pending_frame =
                    wl_resource_create(client, &wl_callback_interface, 1, id);
            },
        .set_opaque_region = [](wl_client*, wl_resource*, wl_resource*) {},
        .set_input_region = [](wl_client*, wl_resource*, wl_resource*) {},
        .commit = commit,
        .set_buffer_transform = [](wl_client*, wl_resource*, std::int32_t) {},
        .set_buffer_scale = [](wl_client*, wl_resource*, std::int32_t) {},
        .damage_buffer =
            [](wl_client*, wl_resource* resource, std::int32_t x, std::int32_t y,
               std::int32_t width,
               std::int32_t height) { surface(resource).damage.push_back({x, y, width, height}); },
        .offset = [](wl_client*, wl_resource*, std::int32_t, std::int32_t) {},
    };
    static constexpr struct wl_compositor_interface compositor_table{
        .create_surface =
            [](wl_client* client, wl_resource* resource, std::uint32_t id) {
                WindowServer& self = server(resource);
                wl_resource* const made = wl_resource_create(client, &wl_surface_interface, 4, id);
                Surface& state = self.surfaces_[made];
                state.server = &self;
                wl_resource_set_implementation(made, &surface_table, &state, [](wl_resource* gone) {
                    if (Window* const window = surface(gone).window)
                        window->surface = nullptr;
                    surface(gone).server->surfaces_.erase(gone);
                });
            },
        .create_region = [](wl_client*, wl_resource*, std::uint32_t) {},
    };

    static constexpr struct wl_keyboard_interface keyboard_table{.release = destroy};
    static constexpr struct wl_pointer_interface pointer_table{
        .set_cursor = [](wl_client*, wl_resource*, std::uint32_t, wl_resource*, std::int32_t,
                         std::int32_t) {},
        .release = destroy,
    };
    static constexpr struct wl_seat_interface seat_table{
        .get_pointer =
            [](wl_client* client, wl_resource* resource, std::uint32_t id) {
                auto*& pointer = server(resource).pointer_;
                pointer = wl_resource_create(client, &wl_pointer_interface, 8, id);
                wl_resource_set_implementation(pointer, &pointer_table, nullptr, nullptr);
            },
        .get_keyboard =
            [](wl_client* client, wl_resource* resource, std::uint32_t id) {
                auto*& keyboard = server(resource).keyboard_;
                keyboard = wl_resource_create(client, &wl_keyboard_interface, 8, id);
                wl_resource_set_implementation(keyboard, &keyboard_table, nullptr, nullptr);
            },
        .get_touch = [](wl_client*, wl_resource*, std::uint32_t) {},
        .release = destroy,
    };

    static constexpr struct wl_buffer_interface buffer_table{.destroy = destroy};
    static constexpr struct vitrail_window_v1_interface window_table{
        .destroy = destroy,
        .set_geometry =
            [](wl_client*, wl_resource* resource, std::int32_t x, std::int32_t y,
               std::uint32_t width, std::uint32_t height) {
                window(resource).geometry = {
                    x,
                    y,
                    static_cast<std::int32_t>(width),
                    static_cast<std::int32_t>(height)
                };
            },
        .set_override_redirect =
            [](wl_client*, wl_resource* resource, std::uint32_t on) {
                window(resource).override_redirect = on != 0;
            },
        .set_transient_for = [](wl_client*, wl_resource*, wl_resource*) {},
        .set_popup = [](wl_client*, wl_resource*, wl_resource*, std::int32_t, std::int32_t,
                        std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t,
                        std::int32_t, std::int32_t, std::uint32_t, std::uint32_t, std::uint32_t,
                        std::uint32_t) {},
        .map = [](wl_client*, wl_resource* resource) { window(resource).mapped = true; },
        .unmap = [](wl_client*, wl_resource* resource) { window(resource).mapped = false; },
        .set_hints = [](wl_client*, wl_resource*, std::uint32_t, std::uint32_t, std::uint32_t,
                        std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t,
                        std::uint32_t) {},
        .set_flags =
            [](wl_client*, wl_resource* resource, std::uint32_t set, std::uint32_t unset) {
                window(resource).flags = (window(resource).flags | set) & ~unset;
            },
        .set_title = [](wl_client*, wl_resource* resource,
                        char const* title) { window(resource).title = title; },
        .set_class = [](wl_client*, wl_resource*, char const*, char const*) {},
        .dock = [](wl_client*, wl_resource* resource) { window(resource).wants_dock = true; },
        .interactive = [](wl_client*, wl_resource*, std::uint32_t, std::uint32_t) {},
        .ack_configure = [](wl_client*, wl_resource* resource,
                            std::uint32_t serial) { window(resource).acked = serial; },
        .set_content_size =
            [](wl_client*, wl_resource* resource, std::uint32_t width, std::uint32_t height) {
                window(resource).content = {
                    static_cast<std::int32_t>(width),
                    static_cast<std::int32_t>(height)
                };
            },
        .set_pointer_lock = [](wl_client*, wl_resource*, std::uint32_t) {},
    };
    static void create_window(wl_client* client, wl_resource* resource, std::uint32_t id,
                              wl_resource* on, std::uint32_t number,
                              std::uint32_t override_redirect)
    {
        Window& made = server(resource).windows_[number];
        made = {};
        made.surface = on;
        made.override_redirect = override_redirect != 0;
        made.role = wl_resource_create(client, &vitrail_window_v1_interface, 1, id);
        surface(on).window = &made;
        wl_resource_set_implementation(made.role, &window_table, &made, [](wl_resource* gone) {
            Window& self = window(gone);
            self.role = nullptr;
            self.mapped = false;
            self.shown = nullptr;
            if (self.surface)
                surface(self.surface).window = nullptr;
        });
    }
    static void create_buffer(wl_client* client, wl_resource* manager, std::uint32_t id,
                              std::int32_t fd, wl_array* runs, std::uint32_t width,
                              std::uint32_t height, std::uint32_t, std::uint32_t)
    {
        auto* const buffer =
            new Buffer{fd,
                       {},
                       {static_cast<std::int32_t>(width), static_cast<std::int32_t>(height)},
                       &server(manager)};
        buffer->runs.resize(runs->size / 4);
        std::memcpy(buffer->runs.data(), runs->data, runs->size);
        wl_resource* const made = wl_resource_create(client, &wl_buffer_interface, 1, id);
        wl_resource_set_implementation(made, &buffer_table, buffer, [](wl_resource* gone) {
            auto* const self = static_cast<Buffer*>(wl_resource_get_user_data(gone));
            for (auto& [number, window] : self->server->windows_)
                if (window.shown == gone)
                    window.shown = nullptr;
            for (auto& [resource, surface] : self->server->surfaces_)
                if (surface.pending == gone)
                    surface.pending = nullptr;
            ::close(self->fd);
            delete self;
        });
    }
    static constexpr struct vitrail_window_manager_v1_interface manager_table{
        .destroy = destroy,
        .create_window = create_window,
        .create_buffer = create_buffer,
        .set_extended = [](wl_client*, wl_resource* resource) { server(resource).extended = true; },
    };

    static void bind_compositor(wl_client* client, void* data, std::uint32_t, std::uint32_t id)
    {
        wl_resource* const made = wl_resource_create(client, &wl_compositor_interface, 4, id);
        wl_resource_set_implementation(made, &compositor_table, data, nullptr);
    }
    static void bind_seat(wl_client* client, void* data, std::uint32_t, std::uint32_t id)
    {
        wl_resource* const made = wl_resource_create(client, &wl_seat_interface, 8, id);
        wl_resource_set_implementation(made, &seat_table, data, nullptr);
        wl_seat_send_capabilities(made, WL_SEAT_CAPABILITY_KEYBOARD | WL_SEAT_CAPABILITY_POINTER);
    }
    static void bind_manager(wl_client* client, void* data, std::uint32_t, std::uint32_t id)
    {
        auto& self = *static_cast<WindowServer*>(data);
        self.manager_ = wl_resource_create(client, &vitrail_window_manager_v1_interface, 1, id);
        wl_resource_set_implementation(self.manager_, &manager_table, data, nullptr);
        vitrail_window_manager_v1_send_layout(self.manager_,
                                              static_cast<std::uint32_t>(self.layout.width),
                                              static_cast<std::uint32_t>(self.layout.height));
    }
};

WindowServer::WindowServer() : display_(wl_display_create())
{
    wl_global_create(display_.get(), &wl_compositor_interface, 4, this, Requests::bind_compositor);
    wl_global_create(display_.get(), &wl_seat_interface, 8, this, Requests::bind_seat);
    wl_global_create(display_.get(), &vitrail_window_manager_v1_interface, 1, this,
                     Requests::bind_manager);
}

WindowServer::~WindowServer()
{
    if (client_)
        wl_client_destroy(client_);
}

Fd WindowServer::connect()
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return Fd();
    client_ = wl_client_create(display_.get(), ends[0]);
    client_gone_.notify = [](wl_listener* listener, void*) {
        WindowServer* server = wl_container_of(listener, server, client_gone_);
        server->client_ = nullptr;
    };
    wl_client_add_destroy_listener(client_, &client_gone_);
    return Fd(ends[1]);
}

void WindowServer::disconnect()
{
    wl_client_destroy(client_);
}

void WindowServer::pump()
{
    wl_display_flush_clients(display_.get());
    wl_event_loop_dispatch(wl_display_get_event_loop(display_.get()), 5);
    wl_display_flush_clients(display_.get());
}

WindowServer::Window* WindowServer::find(std::uint32_t window)
{
    auto const at = windows_.find(window);
    return at == windows_.end() || !at->second.role ? nullptr : &at->second;
}

std::vector<std::uint32_t> WindowServer::windows() const
{
    std::vector<std::uint32_t> numbers;
    for (auto const& [number, window] : windows_)
        if (window.role)
            numbers.push_back(number);
    return numbers;
}

std::uint32_t WindowServer::pixel(std::uint32_t window)
{
    Window const* const shown = find(window);
    if (!shown || !shown->shown)
        return 0;
    auto const& buffer = *static_cast<Buffer*>(wl_resource_get_user_data(shown->shown));
    void* const page =
        mmap(nullptr, 4096, PROT_READ, MAP_SHARED, buffer.fd, off_t{buffer.runs.at(0)} * 4096);
    if (page == MAP_FAILED)
        return 0;
    std::uint32_t pixel = 0;
    std::memcpy(&pixel, page, sizeof(pixel));
    munmap(page, 4096);
    return pixel & 0xffffff;
}

void WindowServer::configure(std::uint32_t window, std::uint32_t serial, Rect const& place,
                             std::uint32_t states, std::uint32_t token)
{
    vitrail_window_v1_send_configure(find(window)->role, serial, place.x, place.y,
                                     static_cast<std::uint32_t>(place.width),
                                     static_cast<std::uint32_t>(place.height), states, token);
}

void WindowServer::frame_done(std::uint32_t window)
{
    for (wl_resource* const frame : std::exchange(surfaces_.at(find(window)->surface).frames, {})) {
        wl_callback_send_done(frame, 1);
        wl_resource_destroy(frame);
    }
}

void WindowServer::frames_done()
{
    for (std::uint32_t const window : windows())
        if (find(window)->surface)
            frame_done(window);
}

void WindowServer::pointer_enter(std::uint32_t window, int x, int y)
{
    wl_pointer_send_enter(pointer_, 1, find(window)->surface, wl_fixed_from_int(x),
                          wl_fixed_from_int(y));
    wl_pointer_send_frame(pointer_);
}

void WindowServer::pointer_motion(int x, int y)
{
    wl_pointer_send_motion(pointer_, 1, wl_fixed_from_int(x), wl_fixed_from_int(y));
    wl_pointer_send_frame(pointer_);
}

void WindowServer::pointer_leave(std::uint32_t window)
{
    wl_pointer_send_leave(pointer_, 1, find(window)->surface);
    wl_pointer_send_frame(pointer_);
}

void WindowServer::wheel(std::uint32_t axis, int notches)
{
    wl_pointer_send_axis_source(pointer_, WL_POINTER_AXIS_SOURCE_WHEEL);
    wl_pointer_send_axis_value120(pointer_, axis, notches * 120);
    wl_pointer_send_axis(pointer_, 1, axis, wl_fixed_from_int(notches * 15));
    wl_pointer_send_frame(pointer_);
}

void WindowServer::button(std::uint32_t button, bool pressed)
{
    wl_pointer_send_button(pointer_, 1, 1, button, pressed ? 1 : 0);
    wl_pointer_send_frame(pointer_);
}

void WindowServer::keyboard_enter(std::uint32_t window)
{
    wl_array keys;
    wl_array_init(&keys);
    wl_keyboard_send_enter(keyboard_, 1, find(window)->surface, &keys);
    wl_keyboard_send_modifiers(keyboard_, 1, 0, 0, 0, 0);
}

void WindowServer::keyboard_leave(std::uint32_t window)
{
    wl_keyboard_send_leave(keyboard_, 1, find(window)->surface);
}

void WindowServer::modifiers(std::uint32_t depressed, std::uint32_t locked)
{
    wl_keyboard_send_modifiers(keyboard_, 1, depressed, 0, locked, 0);
}

void WindowServer::key_repeat(std::uint32_t window, std::uint32_t key)
{
    vitrail_window_v1_send_key_repeat(find(window)->role, 1, key);
}

void WindowServer::docked(std::uint32_t window)
{
    vitrail_window_v1_send_docked(find(window)->role);
}

void WindowServer::key(std::uint32_t key, bool pressed)
{
    wl_keyboard_send_key(keyboard_, 1, 1, key, pressed ? 1 : 0);
}

void WindowServer::close(std::uint32_t window)
{
    vitrail_window_v1_send_close(find(window)->role);
}

} // namespace vitrail::test
