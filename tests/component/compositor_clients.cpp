#include "tests/component/compositor_clients.hpp"

#define namespace namespace_ // an argument of that name
#include "wlr-layer-shell-unstable-v1-client-protocol.h"
#undef namespace

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

/// libwayland's client half forgets the proxies of a connection that is closed; the compositor's
/// half is what is looked at.
extern "C" char const* __lsan_default_suppressions();
extern "C" char const* __lsan_default_suppressions()
{
    return "leak:libwayland-client\nleak:FcPattern\nleak:libfontconfig\n"
           "leak:libpango\n";
}

namespace vitrail::test {
namespace {

constexpr std::size_t page = 4096;

std::size_t whole_pages(Size size)
{
    std::size_t const bytes =
        static_cast<std::size_t>(size.width) * 4 * static_cast<std::size_t>(size.height);
    return (bytes + page - 1) / page;
}

Fd filled_memory(Size size, std::uint32_t pixel)
{
    Fd memory{memfd_create("pages", MFD_CLOEXEC)};
    std::size_t const bytes = whole_pages(size) * page;
    if (!memory || ftruncate(memory.get(), static_cast<off_t>(bytes)) != 0)
        return {};
    void* const at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory.get(), 0);
    if (at == MAP_FAILED)
        return {};
    std::fill_n(static_cast<std::uint32_t*>(at), bytes / 4, pixel);
    munmap(at, bytes);
    return memory;
}

template <typename... Args> void ignore(void*, Args...)
{
}

} // namespace

wl_buffer* shm_buffer(wl_shm* shm, Size size, std::uint32_t xrgb)
{
    Fd const memory = filled_memory(size, xrgb);
    wl_shm_pool* const pool = wl_shm_create_pool(shm, memory.get(), size.width * size.height * 4);
    wl_buffer* const buffer = wl_shm_pool_create_buffer(pool, 0, size.width, size.height,
                                                        size.width * 4, WL_SHM_FORMAT_XRGB8888);
    wl_shm_pool_destroy(pool);
    return buffer;
}

// Client

wl_registry_listener const Client::registry_table{
    .global =
        [](void* data, wl_registry*, std::uint32_t name, char const* interface, std::uint32_t) {
            auto& self = *static_cast<Client*>(data);
            self.globals_.emplace_back(interface);
            self.handle_global(name, interface);
        },
    .global_remove = ignore,
};

wl_callback_listener const Client::callback_table{
    .done =
        [](void* data, wl_callback* callback, std::uint32_t) {
            wl_callback_destroy(callback);
            static_cast<Client*>(data)->asked_ = nullptr;
        },
};

Client::Client(Fd socket) : display_(wl_display_connect_to_fd(socket.release()))
{
    registry_ = wl_display_get_registry(display_.get());
    wl_registry_add_listener(registry_, &registry_table, this);
}

Client::~Client()
{
    if (asked_)
        wl_callback_destroy(asked_);
    wl_registry_destroy(registry_);
}

void Client::pump()
{
    if (ended_)
        return;
    wl_display* const d = display_.get();
    (void)wl_display_flush(d);
    while (wl_display_prepare_read(d) != 0)
        (void)wl_display_dispatch_pending(d);
    pollfd ready{wl_display_get_fd(d), POLLIN, 0};
    if (poll(&ready, 1, 0) > 0) {
        if (wl_display_read_events(d) != 0 && errno != EAGAIN)
            ended_ = true;
    } else {
        wl_display_cancel_read(d);
    }
    if (wl_display_dispatch_pending(d) < 0)
        ended_ = true;
    (void)wl_display_flush(d);
}

void Client::ask()
{
    if (ended_ || asked_)
        return;
    asked_ = wl_display_sync(display_.get());
    wl_callback_add_listener(asked_, &callback_table, this);
}

std::optional<std::uint32_t> Client::error() const
{
    if (wl_display_get_error(display_.get()) != EPROTO)
        return std::nullopt;
    return wl_display_get_protocol_error(display_.get(), nullptr, nullptr);
}

// SessionHand

vitrail_session_v1_listener const SessionHand::table{
    .ready = ignore,
    .window_state =
        [](void* data, vitrail_session_v1*, std::uint32_t origin, std::uint32_t window,
           std::uint32_t epoch, std::int32_t x, std::int32_t y, std::uint32_t width,
           std::uint32_t height, std::uint32_t stacking, std::uint32_t workspace,
           std::uint32_t flags) {
            static_cast<SessionHand*>(data)->states.push_back(
                {origin,
                 window,
                 epoch,
                 {x, y, static_cast<std::int32_t>(width), static_cast<std::int32_t>(height)},
                 stacking,
                 workspace,
                 flags});
        },
    .window_gone = [](void* data, vitrail_session_v1*, std::uint32_t, std::uint32_t window,
                      std::uint32_t) { static_cast<SessionHand*>(data)->gone.push_back(window); },
    .workspace = ignore,
    .locked = [](void* data, vitrail_session_v1*,
                 std::uint32_t locked) { static_cast<SessionHand*>(data)->locked = locked != 0; },
    .client_gone = ignore,
    .inspected =
        [](void* data, vitrail_session_v1*, std::uint32_t, std::int32_t fd) {
            Fd const owned{fd};
            std::string text(static_cast<std::size_t>(lseek(fd, 0, SEEK_END)), '\0');
            (void)!pread(fd, text.data(), text.size(), 0);
            static_cast<SessionHand*>(data)->inspected = std::move(text);
        },
    .chord = [](void* data, vitrail_session_v1*, char const* name, std::uint32_t,
                std::uint32_t) { static_cast<SessionHand*>(data)->chords.emplace_back(name); },
    .spawn =
        [](void* data, vitrail_session_v1*, char const* command) {
            static_cast<SessionHand*>(data)->spawned.emplace_back(command);
        },
};

void SessionHand::handle_global(std::uint32_t name, std::string_view interface)
{
    if (interface != vitrail_session_v1_interface.name)
        return;
    session = bind<vitrail_session_v1>(name, vitrail_session_v1_interface, 1);
    vitrail_session_v1_add_listener(session, &table, this);
}

SessionHand::WindowState const* SessionHand::last_state(std::uint32_t origin,
                                                        std::uint32_t window) const
{
    for (auto it = states.rbegin(); it != states.rend(); ++it)
        if (it->origin == origin && it->window == window)
            return &*it;
    return nullptr;
}

// QubeHand

struct QubeHand::Tables {
    static QubeHand& self(void* data) { return *static_cast<QubeHand*>(data); }
    static inline constexpr wl_pointer_listener pointer{
        .enter =
            [](void* data, wl_pointer*, std::uint32_t serial, wl_surface* surface, wl_fixed_t,
               wl_fixed_t) {
                self(data).enter_serial = serial;
                self(data).pointer_focus = surface;
            },
        .leave = [](void* data, wl_pointer*, std::uint32_t,
                    wl_surface*) { self(data).pointer_focus = nullptr; },
        .motion = [](void* data, wl_pointer*, std::uint32_t, wl_fixed_t,
                     wl_fixed_t) { ++self(data).motions; },
        .button =
            [](void* data, wl_pointer*, std::uint32_t, std::uint32_t, std::uint32_t button,
               std::uint32_t state) {
                if (state == WL_POINTER_BUTTON_STATE_PRESSED)
                    self(data).buttons.push_back(button);
            },
        .axis = ignore,
        .frame = ignore,
        .axis_source = ignore,
        .axis_stop = ignore,
        .axis_discrete = ignore,
        .axis_value120 = ignore,
        .axis_relative_direction = ignore,
    };
    static inline constexpr wl_keyboard_listener keyboard{
        .keymap = [](void*, wl_keyboard*, std::uint32_t, std::int32_t fd,
                     std::uint32_t) { close(fd); },
        .enter =
            [](void* data, wl_keyboard*, std::uint32_t, wl_surface* surface, wl_array* held) {
                self(data).keyboard_focus = surface;
                auto const* const first = static_cast<std::uint32_t const*>(held->data);
                self(data).held_at_enter.assign(first, first + held->size / 4);
            },
        .leave = [](void* data, wl_keyboard*, std::uint32_t,
                    wl_surface*) { self(data).keyboard_focus = nullptr; },
        .key =
            [](void* data, wl_keyboard*, std::uint32_t, std::uint32_t, std::uint32_t key,
               std::uint32_t state) {
                self(data).keys.push_back({key, state == WL_KEYBOARD_KEY_STATE_PRESSED});
            },
        .modifiers = [](void* data, wl_keyboard*, std::uint32_t, std::uint32_t depressed,
                        std::uint32_t, std::uint32_t,
                        std::uint32_t) { self(data).modifiers = depressed; },
        .repeat_info = ignore,
    };
    static inline constexpr vitrail_window_manager_v1_listener manager{
        .layout =
            [](void* data, vitrail_window_manager_v1*, std::uint32_t width, std::uint32_t height) {
                self(data).layout = {
                    static_cast<std::int32_t>(width),
                    static_cast<std::int32_t>(height)
                };
                ++self(data).layouts;
            },
        .work_area =
            [](void* data, vitrail_window_manager_v1*, std::int32_t x, std::int32_t y,
               std::uint32_t width, std::uint32_t height) {
                self(data).work_area = {
                    x,
                    y,
                    static_cast<std::int32_t>(width),
                    static_cast<std::int32_t>(height)
                };
            },
        .permissions = [](void* data, vitrail_window_manager_v1*, std::uint32_t flags,
                          std::uint32_t) { self(data).permissions = flags; },
        .keyboard_layout = ignore,
        .color_scheme = [](void* data, vitrail_window_manager_v1*,
                           std::uint32_t dark) { self(data).dark = dark != 0; },
        .buffer_failed = [](void* data, vitrail_window_manager_v1*,
                            wl_buffer*) { ++self(data).failed_buffers; },
    };
    static Window& window(void* data) { return *static_cast<Window*>(data); }
    static inline constexpr vitrail_window_v1_listener role{
        .configure =
            [](void* data, vitrail_window_v1*, std::uint32_t serial, std::int32_t x, std::int32_t y,
               std::uint32_t width, std::uint32_t height, std::uint32_t states,
               std::uint32_t token) {
                window(data).configured.push_back(
                    {serial,
                     {x, y, static_cast<std::int32_t>(width), static_cast<std::int32_t>(height)},
                     states,
                     token});
            },
        .close = [](void* data, vitrail_window_v1*) { ++window(data).closes; },
        .popup_done = [](void* data, vitrail_window_v1*) { ++window(data).popups_done; },
        .docked = [](void* data, vitrail_window_v1*) { ++window(data).docks; },
        .visibility = [](void* data, vitrail_window_v1*,
                         std::uint32_t visible) { window(data).visible = visible != 0; },
        .scale = [](void* data, vitrail_window_v1*,
                    std::uint32_t scale) { window(data).scale_120 = scale; },
        .presented = [](void* data, vitrail_window_v1*, std::uint32_t, std::uint32_t, std::uint32_t,
                        std::uint32_t, std::uint32_t) { ++window(data).presented; },
        .key_repeat = [](void* data, vitrail_window_v1*, std::uint32_t,
                         std::uint32_t key) { window(data).repeats.push_back(key); },
        .relative_motion =
            [](void* data, vitrail_window_v1*, std::uint32_t, wl_fixed_t dx, wl_fixed_t dy) {
                window(data).relative_x += wl_fixed_to_double(dx);
                window(data).relative_y += wl_fixed_to_double(dy);
            },
    };
};

void QubeHand::handle_global(std::uint32_t name, std::string_view interface)
{
    if (interface == wl_compositor_interface.name) {
        compositor = bind<::wl_compositor>(name, wl_compositor_interface, 5);
    } else if (interface == wl_seat_interface.name) {
        seat = bind<wl_seat>(name, wl_seat_interface, 8);
        pointer = wl_seat_get_pointer(seat);
        wl_pointer_add_listener(pointer, &Tables::pointer, this);
        keyboard = wl_seat_get_keyboard(seat);
        wl_keyboard_add_listener(keyboard, &Tables::keyboard, this);
    } else if (interface == wp_cursor_shape_manager_v1_interface.name) {
        shapes = bind<wp_cursor_shape_manager_v1>(name, wp_cursor_shape_manager_v1_interface, 1);
    } else if (interface == vitrail_window_manager_v1_interface.name) {
        manager = bind<vitrail_window_manager_v1>(name, vitrail_window_manager_v1_interface, 1);
        vitrail_window_manager_v1_add_listener(manager, &Tables::manager, this);
    }
}

QubeHand::~QubeHand() = default;

QubeHand::Window& QubeHand::create(std::uint32_t number, bool override_redirect)
{
    Window& window = windows[number];
    window = {};
    window.number = number;
    window.surface = wl_compositor_create_surface(compositor);
    window.role = vitrail_window_manager_v1_create_window(manager, window.surface, number,
                                                          override_redirect ? 1 : 0);
    vitrail_window_v1_add_listener(window.role, &Tables::role, &window);
    return window;
}

QubeHand::Window& QubeHand::open(std::uint32_t number, Rect const& place, std::uint32_t color,
                                 bool override_redirect)
{
    Window& window = create(number, override_redirect);
    geometry(number, place);
    paint(number, {place.width, place.height}, color);
    map(number);
    return window;
}

void QubeHand::geometry(std::uint32_t number, Rect const& place)
{
    vitrail_window_v1_set_geometry(at(number).role, place.x, place.y,
                                   static_cast<std::uint32_t>(place.width),
                                   static_cast<std::uint32_t>(place.height));
}

void QubeHand::popup(std::uint32_t number, Popup const& p)
{
    auto const u = [](std::int32_t v) { return static_cast<std::uint32_t>(v); };
    vitrail_window_v1_set_popup(at(number).role, at(p.parent).role, p.anchor_rect.x,
                                p.anchor_rect.y, u(p.anchor_rect.width), u(p.anchor_rect.height),
                                p.anchor, p.gravity, p.constraint, p.offset.x, p.offset.y,
                                u(p.size.width), u(p.size.height), 7, p.grab ? 1 : 0);
}

wl_buffer* QubeHand::raw_buffer(int fd, std::vector<std::uint32_t> const& runs, Size size,
                                std::uint32_t stride, std::uint32_t format)
{
    wl_array array;
    wl_array_init(&array);
    if (!runs.empty()) {
        void* const room = wl_array_add(&array, runs.size() * 4);
        std::copy(runs.begin(), runs.end(), static_cast<std::uint32_t*>(room));
    }
    wl_buffer* const buffer = vitrail_window_manager_v1_create_buffer(
        manager, fd, &array, static_cast<std::uint32_t>(size.width),
        static_cast<std::uint32_t>(size.height), stride, format);
    wl_array_release(&array);
    return buffer;
}

QubeHand::Pages QubeHand::pages(Size size, std::uint32_t pixel, bool alpha)
{
    Pages made{filled_memory(size, pixel), nullptr};
    made.buffer = raw_buffer(made.memory.get(), {0, static_cast<std::uint32_t>(whole_pages(size))},
                             size, static_cast<std::uint32_t>(size.width) * 4, alpha ? 1 : 0);
    return made;
}

void QubeHand::show(std::uint32_t number, wl_buffer* buffer)
{
    Window& window = at(number);
    wl_surface_attach(window.surface, buffer, 0, 0);
    wl_surface_damage_buffer(window.surface, 0, 0, 0x7fffffff, 0x7fffffff);
    wl_surface_commit(window.surface);
    if (window.buffer && window.buffer != buffer)
        wl_buffer_destroy(window.buffer);
    window.buffer = buffer;
}

void QubeHand::paint(std::uint32_t number, Size size, std::uint32_t color)
{
    show(number, pages(size, color).buffer);
}

void QubeHand::paint_stretched(std::uint32_t number, Size content, std::uint32_t color)
{
    vitrail_window_v1_set_content_size(at(number).role, static_cast<std::uint32_t>(content.width),
                                       static_cast<std::uint32_t>(content.height));
    show(number, pages({1, 1}, color).buffer);
}

void QubeHand::paint_translucent(std::uint32_t number, Size size, std::uint32_t argb)
{
    show(number, pages(size, argb, true).buffer);
}

void QubeHand::map(std::uint32_t number)
{
    vitrail_window_v1_map(at(number).role);
}

void QubeHand::unmap(std::uint32_t number)
{
    vitrail_window_v1_unmap(at(number).role);
}

void QubeHand::destroy(std::uint32_t number)
{
    Window& window = at(number);
    vitrail_window_v1_destroy(window.role);
    wl_surface_destroy(window.surface);
    if (window.buffer)
        wl_buffer_destroy(window.buffer);
    windows.erase(number);
}

void QubeHand::title(std::uint32_t number, std::string const& text)
{
    vitrail_window_v1_set_title(at(number).role, text.c_str());
}

void QubeHand::flags(std::uint32_t number, std::uint32_t set, std::uint32_t unset)
{
    vitrail_window_v1_set_flags(at(number).role, set, unset);
}

void QubeHand::cursor(Size size, std::uint32_t argb, Point hotspot)
{
    if (!cursor_surface_)
        cursor_surface_ = wl_compositor_create_surface(compositor);
    wl_pointer_set_cursor(pointer, enter_serial, cursor_surface_, hotspot.x, hotspot.y);
    repaint_cursor(size, argb);
}

void QubeHand::repaint_cursor(Size size, std::uint32_t argb)
{
    wl_surface_attach(cursor_surface_, pages(size, argb, true).buffer, 0, 0);
    wl_surface_damage_buffer(cursor_surface_, 0, 0, 0x7fffffff, 0x7fffffff);
    wl_surface_commit(cursor_surface_);
}

void QubeHand::cursor_shape(std::uint32_t shape)
{
    wp_cursor_shape_device_v1* const device =
        wp_cursor_shape_manager_v1_get_pointer(shapes, pointer);
    wp_cursor_shape_device_v1_set_shape(device, enter_serial, shape);
    wp_cursor_shape_device_v1_destroy(device);
}

// ShellHand

struct ShellHand::Tables {
    static ShellHand& self(void* data) { return *static_cast<ShellHand*>(data); }
    static inline constexpr zwlr_layer_surface_v1_listener layer{
        .configure =
            [](void* data, zwlr_layer_surface_v1* surface, std::uint32_t serial,
               std::uint32_t width, std::uint32_t height) {
                ShellHand& hand = self(data);
                zwlr_layer_surface_v1_ack_configure(surface, serial);
                Size const size{static_cast<std::int32_t>(width),
                                static_cast<std::int32_t>(height)};
                wl_surface_attach(hand.surface_, shm_buffer(hand.shm_, size, hand.color_), 0, 0);
                wl_surface_damage_buffer(hand.surface_, 0, 0, size.width, size.height);
                wl_surface_commit(hand.surface_);
                hand.shown = true;
            },
        .closed = [](void* data, zwlr_layer_surface_v1*) { self(data).shown = false; },
    };
    static inline constexpr wl_keyboard_listener keyboard{
        .keymap = [](void*, wl_keyboard*, std::uint32_t, std::int32_t fd,
                     std::uint32_t) { close(fd); },
        .enter = ignore,
        .leave = ignore,
        .key =
            [](void* data, wl_keyboard*, std::uint32_t, std::uint32_t, std::uint32_t key,
               std::uint32_t state) {
                if (state == WL_KEYBOARD_KEY_STATE_PRESSED)
                    self(data).keys.push_back(key);
            },
        .modifiers = ignore,
        .repeat_info = ignore,
    };
    static inline constexpr wl_pointer_listener pointer{
        .enter = ignore,
        .leave = ignore,
        .motion = ignore,
        .button =
            [](void* data, wl_pointer*, std::uint32_t, std::uint32_t, std::uint32_t button,
               std::uint32_t state) {
                if (state == WL_POINTER_BUTTON_STATE_PRESSED)
                    self(data).buttons.push_back(button);
            },
        .axis = ignore,
        .frame = ignore,
        .axis_source = ignore,
        .axis_stop = ignore,
        .axis_discrete = ignore,
        .axis_value120 = ignore,
        .axis_relative_direction = ignore,
    };
};

void ShellHand::handle_global(std::uint32_t name, std::string_view interface)
{
    if (interface == wl_compositor_interface.name) {
        compositor_ = bind<::wl_compositor>(name, wl_compositor_interface, 5);
    } else if (interface == wl_shm_interface.name) {
        shm_ = bind<wl_shm>(name, wl_shm_interface, 1);
    } else if (interface == zwlr_layer_shell_v1_interface.name) {
        layer_shell_ = bind<zwlr_layer_shell_v1>(name, zwlr_layer_shell_v1_interface, 4);
    } else if (interface == wl_seat_interface.name) {
        seat_ = bind<wl_seat>(name, wl_seat_interface, 5);
        keyboard_ = wl_seat_get_keyboard(seat_);
        wl_keyboard_add_listener(keyboard_, &Tables::keyboard, this);
        pointer_ = wl_seat_get_pointer(seat_);
        wl_pointer_add_listener(pointer_, &Tables::pointer, this);
    }
}

wl_surface* ShellHand::bare_surface() const
{
    return wl_compositor_create_surface(compositor_);
}

void ShellHand::hide()
{
    zwlr_layer_surface_v1_destroy(layer_);
    layer_ = nullptr;
}

void ShellHand::open(std::uint32_t layer, std::uint32_t anchor, Size size, int exclusive,
                     std::uint32_t color, std::uint32_t takes_keys)
{
    color_ = color;
    surface_ = wl_compositor_create_surface(compositor_);
    layer_ = zwlr_layer_shell_v1_get_layer_surface(layer_shell_, surface_, nullptr, layer, "test");
    zwlr_layer_surface_v1_add_listener(layer_, &Tables::layer, this);
    zwlr_layer_surface_v1_set_anchor(layer_, anchor);
    zwlr_layer_surface_v1_set_size(layer_, static_cast<std::uint32_t>(size.width),
                                   static_cast<std::uint32_t>(size.height));
    zwlr_layer_surface_v1_set_exclusive_zone(layer_, exclusive);
    zwlr_layer_surface_v1_set_keyboard_interactivity(layer_, takes_keys);
    if (with_role)
        with_role(surface_);
    wl_surface_commit(surface_);
}

} // namespace vitrail::test
