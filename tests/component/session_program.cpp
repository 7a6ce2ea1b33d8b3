#include "tests/component/session_program.hpp"

#include "pointer-constraints-unstable-v1-client-protocol.h"
#include "xdg-shell-client-protocol.h"

#include <unistd.h>

namespace vitrail::test {
namespace {

constexpr std::uint32_t color = 0x4060a0;

template <typename... Args> void ignore(void*, Args...)
{
}

} // namespace

struct ProgramHand::Tables {
    static ProgramHand& self(void* data) { return *static_cast<ProgramHand*>(data); }
    static Surface& surface(void* data) { return *static_cast<Surface*>(data); }

    static inline constexpr xdg_wm_base_listener shell{
        .ping = [](void*, xdg_wm_base* base,
                   std::uint32_t serial) { xdg_wm_base_pong(base, serial); },
    };
    static inline constexpr xdg_surface_listener shell_surface{
        .configure =
            [](void* data, xdg_surface* role, std::uint32_t serial) {
                Surface& s = surface(data);
                xdg_surface_ack_configure(role, serial);
                s.all_asked.push_back(s.asked);
                if (s.asked.width > 0 && s.asked.height > 0)
                    s.size = s.asked;
                s.hand->paint(s.hand->number_of(s.surface), s.size);
            },
    };
    static inline constexpr xdg_toplevel_listener toplevel{
        .configure =
            [](void* data, xdg_toplevel*, std::int32_t width, std::int32_t height,
               wl_array* states) {
                Surface& s = surface(data);
                s.asked = {width, height};
                s.maximized = s.fullscreen = false;
                auto const* const first = static_cast<std::uint32_t const*>(states->data);
                for (std::size_t i = 0; i < states->size / sizeof *first; ++i) {
                    s.maximized = s.maximized || first[i] == XDG_TOPLEVEL_STATE_MAXIMIZED;
                    s.fullscreen = s.fullscreen || first[i] == XDG_TOPLEVEL_STATE_FULLSCREEN;
                }
            },
        .close = ignore,
        .configure_bounds = ignore,
        .wm_capabilities = ignore,
    };
    static inline constexpr xdg_popup_listener popup{
        .configure =
            [](void* data, xdg_popup*, std::int32_t, std::int32_t, std::int32_t width,
               std::int32_t height) {
                surface(data).asked = { width, height };
            },
        .popup_done = [](void* data, xdg_popup*) { ++surface(data).popups_done; },
        .repositioned = ignore,
    };
    static inline constexpr zwp_locked_pointer_v1_listener lock{
        .locked = [](void* data, zwp_locked_pointer_v1*) { ++surface(data).held; },
        .unlocked = [](void* data, zwp_locked_pointer_v1*) { ++surface(data).freed; },
    };
    static inline constexpr zwp_confined_pointer_v1_listener confinement{
        .confined = [](void* data, zwp_confined_pointer_v1*) { ++surface(data).held; },
        .unconfined = [](void* data, zwp_confined_pointer_v1*) { ++surface(data).freed; },
    };
    static inline constexpr wl_pointer_listener pointer{
        .enter =
            [](void* data, wl_pointer*, std::uint32_t, wl_surface* on, wl_fixed_t x, wl_fixed_t y) {
                self(data).pointed_ = on;
                self(data).x = wl_fixed_to_double(x);
                self(data).y = wl_fixed_to_double(y);
            },
        .leave =
            [](void* data, wl_pointer*, std::uint32_t, wl_surface*) {
                self(data).pointed_ = nullptr;
                self(data).x.reset();
                self(data).y.reset();
            },
        .motion =
            [](void* data, wl_pointer*, std::uint32_t, wl_fixed_t x, wl_fixed_t y) {
                self(data).x = wl_fixed_to_double(x);
                self(data).y = wl_fixed_to_double(y);
                ++self(data).motions;
            },
        .button =
            [](void* data, wl_pointer*, std::uint32_t serial, std::uint32_t, std::uint32_t,
               std::uint32_t state) {
                bool const pressed = state == WL_POINTER_BUTTON_STATE_PRESSED;
                self(data).buttons.push_back({self(data).pointed(), pressed});
                if (pressed)
                    self(data).press_serial_ = serial;
            },
        .axis = ignore,
        .frame = [](void* data, wl_pointer*) { ++self(data).frames; },
        .axis_source = ignore,
        .axis_stop = ignore,
        .axis_discrete = ignore,
        .axis_value120 = ignore,
        .axis_relative_direction = ignore,
    };
    static inline constexpr wl_touch_listener touch{
        .down = [](void* data, wl_touch*, std::uint32_t, std::uint32_t, wl_surface*, std::int32_t,
                   wl_fixed_t, wl_fixed_t) { ++self(data).touches; },
        .up = [](void* data, wl_touch*, std::uint32_t, std::uint32_t,
                 std::int32_t) { ++self(data).touches_ended; },
        .motion = ignore,
        .frame = ignore,
        .cancel = ignore,
        .shape = ignore,
        .orientation = ignore,
    };
    static inline constexpr wl_keyboard_listener keyboard{
        .keymap = [](void*, wl_keyboard*, std::uint32_t, std::int32_t fd,
                     std::uint32_t) { close(fd); },
        .enter = [](void* data, wl_keyboard*, std::uint32_t, wl_surface* on,
                    wl_array*) { self(data).typed_ = on; },
        .leave = [](void* data, wl_keyboard*, std::uint32_t,
                    wl_surface*) { self(data).typed_ = nullptr; },
        .key =
            [](void* data, wl_keyboard*, std::uint32_t, std::uint32_t, std::uint32_t key,
               std::uint32_t state) {
                if (state == WL_KEYBOARD_KEY_STATE_PRESSED)
                    self(data).keys.push_back(key);
            },
        .modifiers = ignore,
        .repeat_info = ignore,
    };
};

ProgramHand::~ProgramHand() = default;

void ProgramHand::handle_global(std::uint32_t name, std::string_view interface)
{
    if (interface == wl_compositor_interface.name) {
        compositor_ = bind<::wl_compositor>(name, wl_compositor_interface, 5);
    } else if (interface == wl_subcompositor_interface.name) {
        subcompositor_ = bind<wl_subcompositor>(name, wl_subcompositor_interface, 1);
    } else if (interface == wl_shm_interface.name) {
        shm_ = bind<wl_shm>(name, wl_shm_interface, 1);
    } else if (interface == xdg_wm_base_interface.name) {
        shell_ = bind<xdg_wm_base>(name, xdg_wm_base_interface, 5);
        xdg_wm_base_add_listener(shell_, &Tables::shell, this);
    } else if (interface == zwp_pointer_constraints_v1_interface.name) {
        constraints_ =
            bind<zwp_pointer_constraints_v1>(name, zwp_pointer_constraints_v1_interface, 1);
    } else if (interface == wl_seat_interface.name) {
        seat_ = bind<wl_seat>(name, wl_seat_interface, 5);
        pointer_ = wl_seat_get_pointer(seat_);
        wl_pointer_add_listener(pointer_, &Tables::pointer, this);
        keyboard_ = wl_seat_get_keyboard(seat_);
        wl_keyboard_add_listener(keyboard_, &Tables::keyboard, this);
    }
}

int ProgramHand::number_of(wl_surface* surface) const
{
    for (auto const& [number, known] : surfaces_)
        if (known.surface == surface && surface)
            return number;
    return 0;
}

ProgramHand::Surface& ProgramHand::create(int number, Size size)
{
    Surface& s = surfaces_[number];
    s.hand = this;
    s.size = size;
    s.surface = wl_compositor_create_surface(compositor_);
    s.shell = xdg_wm_base_get_xdg_surface(shell_, s.surface);
    xdg_surface_add_listener(s.shell, &Tables::shell_surface, &s);
    s.toplevel = xdg_surface_get_toplevel(s.shell);
    xdg_toplevel_add_listener(s.toplevel, &Tables::toplevel, &s);
    return s;
}

void ProgramHand::commit(int number)
{
    wl_surface_commit(at(number).surface);
}

ProgramHand::Surface& ProgramHand::open(int number, Size size)
{
    Surface& s = create(number, size);
    commit(number);
    return s;
}

ProgramHand::Surface& ProgramHand::open_menu(int number, int parent, Rect const& place, bool grab)
{
    Surface& s = surfaces_[number];
    s.hand = this;
    s.size = {place.width, place.height};
    s.surface = wl_compositor_create_surface(compositor_);
    s.shell = xdg_wm_base_get_xdg_surface(shell_, s.surface);
    xdg_surface_add_listener(s.shell, &Tables::shell_surface, &s);
    xdg_positioner* const positioner = xdg_wm_base_create_positioner(shell_);
    xdg_positioner_set_size(positioner, place.width, place.height);
    xdg_positioner_set_anchor_rect(positioner, place.x, place.y, 1, 1);
    xdg_positioner_set_anchor(positioner, XDG_POSITIONER_ANCHOR_TOP_LEFT);
    xdg_positioner_set_gravity(positioner, XDG_POSITIONER_GRAVITY_BOTTOM_RIGHT);
    s.popup = xdg_surface_get_popup(s.shell, at(parent).shell, positioner);
    xdg_popup_add_listener(s.popup, &Tables::popup, &s);
    xdg_positioner_destroy(positioner);
    if (grab)
        xdg_popup_grab(s.popup, seat_, press_serial_);
    wl_surface_commit(s.surface);
    return s;
}

ProgramHand::Surface& ProgramHand::open_subsurface(int number, int parent, Point place, Size size)
{
    Surface& s = surfaces_[number];
    s.hand = this;
    s.surface = wl_compositor_create_surface(compositor_);
    s.subsurface = wl_subcompositor_get_subsurface(subcompositor_, s.surface, at(parent).surface);
    wl_subsurface_set_position(s.subsurface, place.x, place.y);
    wl_subsurface_set_desync(s.subsurface);
    paint(number, size);
    wl_surface_commit(at(parent).surface);
    return s;
}

void ProgramHand::paint(int number, Size size)
{
    Surface& s = at(number);
    s.size = size;
    wl_buffer* const buffer = shm_buffer(shm_, size, color);
    wl_surface_attach(s.surface, buffer, 0, 0);
    wl_surface_damage_buffer(s.surface, 0, 0, size.width, size.height);
    wl_surface_commit(s.surface);
    wl_buffer_destroy(buffer); // the compositor keeps its own reference
}

void ProgramHand::hide(int number)
{
    wl_surface_attach(at(number).surface, nullptr, 0, 0);
    wl_surface_commit(at(number).surface);
}

void ProgramHand::destroy(int number)
{
    Surface& s = at(number);
    free_pointer(number);
    if (s.subsurface)
        wl_subsurface_destroy(s.subsurface);
    if (s.popup)
        xdg_popup_destroy(s.popup);
    if (s.toplevel)
        xdg_toplevel_destroy(s.toplevel);
    if (s.shell)
        xdg_surface_destroy(s.shell);
    wl_surface_destroy(s.surface);
    if (pointed_ == s.surface)
        pointed_ = nullptr;
    if (typed_ == s.surface)
        typed_ = nullptr;
    surfaces_.erase(number);
}

void ProgramHand::move_subsurface(int number, Point place)
{
    wl_subsurface_set_position(at(number).subsurface, place.x, place.y);
}

void ProgramHand::input_region(int number, Rect const& region)
{
    wl_region* const made = wl_compositor_create_region(compositor_);
    wl_region_add(made, region.x, region.y, region.width, region.height);
    wl_surface_set_input_region(at(number).surface, made);
    wl_region_destroy(made);
    commit(number);
}

void ProgramHand::begin_move(int number)
{
    xdg_toplevel_move(at(number).toplevel, seat_, press_serial_);
}

void ProgramHand::lock_pointer(int number)
{
    Surface& s = at(number);
    s.lock = zwp_pointer_constraints_v1_lock_pointer(
        constraints_, s.surface, pointer_, nullptr, ZWP_POINTER_CONSTRAINTS_V1_LIFETIME_PERSISTENT);
    zwp_locked_pointer_v1_add_listener(s.lock, &Tables::lock, &s);
}

void ProgramHand::confine_pointer(int number, Rect const& region)
{
    Surface& s = at(number);
    wl_region* const made = wl_compositor_create_region(compositor_);
    wl_region_add(made, region.x, region.y, region.width, region.height);
    s.confinement = zwp_pointer_constraints_v1_confine_pointer(
        constraints_, s.surface, pointer_, made, ZWP_POINTER_CONSTRAINTS_V1_LIFETIME_PERSISTENT);
    wl_region_destroy(made);
    zwp_confined_pointer_v1_add_listener(s.confinement, &Tables::confinement, &s);
    commit(number);
}

void ProgramHand::watch_touch()
{
    touch_ = wl_seat_get_touch(seat_);
    wl_touch_add_listener(touch_, &Tables::touch, this);
}

void ProgramHand::free_pointer(int number)
{
    Surface& s = at(number);
    if (s.lock)
        zwp_locked_pointer_v1_destroy(s.lock);
    if (s.confinement)
        zwp_confined_pointer_v1_destroy(s.confinement);
    s.lock = nullptr;
    s.confinement = nullptr;
}

} // namespace vitrail::test
