#include "guid/session.hpp"
#include "guid/wayland_objects.hpp"

#include <unistd.h>

#include <algorithm>

namespace vitrail::guid {

namespace {

WaylandPort& port_of(void* data)
{
    return *static_cast<WaylandPort*>(data);
}

} // namespace

wl_registry_listener const WaylandPort::Events::registry{
    .global =
        [](void* data, wl_registry* registry, std::uint32_t name, char const* interface,
           std::uint32_t version) noexcept {
            port_of(data).bind(registry, name, interface, version);
        },
    .global_remove = [](void*, wl_registry*, std::uint32_t) noexcept {},
};

wl_surface_listener const WaylandPort::Events::surface{
    .enter = [](void*, wl_surface*, wl_output*) noexcept {},
    .leave = [](void*, wl_surface*, wl_output*) noexcept {},
    .preferred_buffer_scale = [](void*, wl_surface*, std::int32_t) noexcept {},
    .preferred_buffer_transform = [](void*, wl_surface*, std::uint32_t) noexcept {},
};

wl_buffer_listener const WaylandPort::Events::buffer{
    .release =
        [](void* data, wl_buffer*) noexcept {
            auto& shared = *static_cast<Shared*>(data);
            shared.port.session_->handle_buffer_released(shared.id);
        },
};

wl_callback_listener const WaylandPort::Events::frame{
    .done =
        [](void* data, wl_callback*, std::uint32_t time) noexcept {
            auto& surface = *static_cast<Surface*>(data);
            surface.drop_frame();
            surface.port.session_->handle_frame(surface.id, time);
        },
};

wl_callback_listener const WaylandPort::Events::seen{
    .done =
        [](void* data, wl_callback*, std::uint32_t) noexcept {
            auto* const seen = static_cast<Seen*>(data);
            WaylandPort& port = seen->port;
            WindowId const window = seen->window;
            std::erase_if(port.seen_, [&](auto const& each) { return each.get() == seen; });
            port.session_->handle_geometry_seen(window);
        },
};

// ---- vitrail_window_v1 ----

vitrail_window_manager_v1_listener const WaylandPort::Events::manager{
    .layout =
        [](void* data, vitrail_window_manager_v1*, std::uint32_t width,
           std::uint32_t height) noexcept {
            port_of(data).session_->handle_layout(
                {static_cast<std::int32_t>(width), static_cast<std::int32_t>(height)});
        },
    .work_area =
        [](void* data, vitrail_window_manager_v1*, std::int32_t x, std::int32_t y,
           std::uint32_t width, std::uint32_t height) noexcept {
            port_of(data).session_->handle_work_area(
                {x, y, static_cast<std::int32_t>(width), static_cast<std::int32_t>(height)});
        },
    .permissions =
        [](void* data, vitrail_window_manager_v1*, std::uint32_t flags,
           std::uint32_t max_clipboard) noexcept {
            port_of(data).session_->handle_permissions(flags, max_clipboard);
        },
    .keyboard_layout =
        [](void* data, vitrail_window_manager_v1*, char const* layout, char const* variant,
           char const* options) noexcept {
            port_of(data).session_->handle_keyboard_layout(layout, variant, options);
        },
    .color_scheme =
        [](void* data, vitrail_window_manager_v1*, std::uint32_t dark) noexcept {
            port_of(data).session_->handle_color_scheme(dark != 0);
        },
    .buffer_failed =
        [](void* data, vitrail_window_manager_v1*, wl_buffer* buffer) noexcept {
            if (!buffer) // destroyed meanwhile
                return;
            auto const& shared = *static_cast<Shared*>(wl_buffer_get_user_data(buffer));
            port_of(data).session_->handle_buffer_failed(shared.id);
        },
};

vitrail_window_v1_listener const WaylandPort::Events::window{
    .configure =
        [](void* data, vitrail_window_v1*, std::uint32_t serial, std::int32_t x, std::int32_t y,
           std::uint32_t width, std::uint32_t height, std::uint32_t states,
           std::uint32_t token) noexcept {
            auto const& surface = *static_cast<Surface*>(data);
            surface.port.session_->handle_configure(
                surface.id,
                {serial,
                 {x, y, static_cast<std::int32_t>(std::min(width, wire::max_window_width)),
                  static_cast<std::int32_t>(std::min(height, wire::max_window_height))},
                 states,
                 token});
        },
    .close =
        [](void* data, vitrail_window_v1*) noexcept {
            auto const& surface = *static_cast<Surface*>(data);
            surface.port.session_->handle_close(surface.id);
        },
    .popup_done =
        [](void* data, vitrail_window_v1*) noexcept {
            auto const& surface = *static_cast<Surface*>(data);
            surface.port.session_->handle_popup_done(surface.id);
        },
    .docked =
        [](void* data, vitrail_window_v1*) noexcept {
            auto const& surface = *static_cast<Surface*>(data);
            surface.port.session_->handle_docked(surface.id);
        },
    .visibility =
        [](void* data, vitrail_window_v1*, std::uint32_t visible) noexcept {
            auto const& surface = *static_cast<Surface*>(data);
            surface.port.session_->handle_visibility(surface.id, visible != 0);
        },
    .scale =
        [](void* data, vitrail_window_v1*, std::uint32_t scale_120) noexcept {
            auto const& surface = *static_cast<Surface*>(data);
            surface.port.session_->handle_scale(surface.id, scale_120);
        },
    .presented =
        [](void* data, vitrail_window_v1*, std::uint32_t seconds_high, std::uint32_t seconds_low,
           std::uint32_t nanoseconds, std::uint32_t refresh_ns, std::uint32_t flags) noexcept {
            auto const& surface = *static_cast<Surface*>(data);
            surface.port.session_->handle_presented(
                surface.id, {seconds_high, seconds_low, nanoseconds, refresh_ns, flags});
        },
    .key_repeat =
        [](void* data, vitrail_window_v1*, std::uint32_t, std::uint32_t key) noexcept {
            auto const& surface = *static_cast<Surface*>(data);
            surface.port.session_->input().key_repeat(key);
        },
    .relative_motion =
        [](void* data, vitrail_window_v1*, std::uint32_t time, wl_fixed_t dx,
           wl_fixed_t dy) noexcept {
            auto const& surface = *static_cast<Surface*>(data);
            surface.port.session_->input().relative_motion(time, dx, dy);
        },
};

// ---- the seat ----

wl_seat_listener const WaylandPort::Events::seat{
    .capabilities =
        [](void* data, wl_seat*, std::uint32_t capabilities) noexcept {
            port_of(data).update_seat(capabilities);
        },
    .name = [](void*, wl_seat*, char const*) noexcept {},
};

wl_keyboard_listener const WaylandPort::Events::keyboard{
    // Agents have their own keymap: keys go out as codes.
    .keymap = [](void*, wl_keyboard*, std::uint32_t, std::int32_t fd,
                 std::uint32_t) noexcept { ::close(fd); },
    .enter =
        [](void* data, wl_keyboard*, std::uint32_t, wl_surface* surface, wl_array* keys) noexcept {
            WaylandPort& port = port_of(data);
            if (auto const window = port.window_of(surface))
                port.session_->input().keyboard_enter(
                    *window, {static_cast<std::uint32_t const*>(keys->data),
                              keys->size / sizeof(std::uint32_t)});
        },
    .leave = [](void* data, wl_keyboard*, std::uint32_t,
                wl_surface*) noexcept { port_of(data).session_->input().keyboard_leave(); },
    .key =
        [](void* data, wl_keyboard*, std::uint32_t, std::uint32_t, std::uint32_t key,
           std::uint32_t state) noexcept {
            port_of(data).session_->input().key(key, state != WL_KEYBOARD_KEY_STATE_RELEASED);
        },
    .modifiers =
        [](void* data, wl_keyboard*, std::uint32_t, std::uint32_t depressed, std::uint32_t latched,
           std::uint32_t locked, std::uint32_t group) noexcept {
            port_of(data).session_->input().modifiers(depressed, latched, locked, group);
        },
    .repeat_info = [](void*, wl_keyboard*, std::int32_t, std::int32_t) noexcept {},
};

void WaylandPort::finish_axis()
{
    for (std::uint32_t axis = 0; axis < 2; ++axis)
        if (AxisFrame const frame = std::exchange(axes_[axis], {}); frame.any)
            session_->input().pointer_axis(axis, {axis_time_, frame.fixed_value, frame.value_120,
                                                  axis_source_, frame.direction});
}

wl_pointer_listener const WaylandPort::Events::pointer{
    .enter =
        [](void* data, wl_pointer*, std::uint32_t serial, wl_surface* surface, wl_fixed_t x,
           wl_fixed_t y) noexcept {
            WaylandPort& port = port_of(data);
            port.pointer_serial_ = serial;
            if (auto const window = port.window_of(surface))
                port.session_->handle_pointer_enter(*window, x, y);
        },
    .leave = [](void* data, wl_pointer*, std::uint32_t,
                wl_surface*) noexcept { port_of(data).session_->input().pointer_leave(); },
    .motion =
        [](void* data, wl_pointer*, std::uint32_t time, wl_fixed_t x, wl_fixed_t y) noexcept {
            port_of(data).session_->input().pointer_motion(time, x, y);
        },
    .button =
        [](void* data, wl_pointer*, std::uint32_t, std::uint32_t, std::uint32_t button,
           std::uint32_t state) noexcept {
            port_of(data).session_->input().pointer_button(
                button, state == WL_POINTER_BUTTON_STATE_PRESSED);
        },
    .axis =
        [](void* data, wl_pointer* pointer, std::uint32_t time, std::uint32_t axis,
           wl_fixed_t value) noexcept {
            WaylandPort& port = port_of(data);
            if (axis > 1)
                return;
            port.axis_time_ = time;
            port.axes_[axis].any = true;
            port.axes_[axis].fixed_value += value;
            if (wl_pointer_get_version(pointer) < WL_POINTER_FRAME_SINCE_VERSION)
                port.finish_axis();
        },
    .frame = [](void* data, wl_pointer*) noexcept { port_of(data).finish_axis(); },
    .axis_source = [](void* data, wl_pointer*,
                      std::uint32_t source) noexcept { port_of(data).axis_source_ = source; },
    .axis_stop =
        [](void* data, wl_pointer*, std::uint32_t time, std::uint32_t axis) noexcept {
            if (axis > 1)
                return;
            port_of(data).axis_time_ = time;
            port_of(data).axes_[axis].any = true; // a value of 0: scrolling stopped
        },
    .axis_discrete =
        [](void* data, wl_pointer*, std::uint32_t axis, std::int32_t discrete) noexcept {
            if (axis <= 1)
                port_of(data).axes_[axis].value_120 += std::clamp(discrete, -32, 32) * 120;
        },
    .axis_value120 =
        [](void* data, wl_pointer*, std::uint32_t axis, std::int32_t value) noexcept {
            if (axis <= 1)
                port_of(data).axes_[axis].value_120 += value;
        },
    .axis_relative_direction =
        [](void* data, wl_pointer*, std::uint32_t axis, std::uint32_t direction) noexcept {
            if (axis <= 1)
                port_of(data).axes_[axis].direction = direction;
        },
};

wl_touch_listener const WaylandPort::Events::touch{
    .down =
        [](void* data, wl_touch*, std::uint32_t, std::uint32_t time, wl_surface* surface,
           std::int32_t id, wl_fixed_t x, wl_fixed_t y) noexcept {
            WaylandPort& port = port_of(data);
            if (auto const window = port.window_of(surface)) {
                port.touches_[id] = *window;
                port.session_->input().touch(*window, {1, id, x, y, time});
            }
        },
    .up =
        [](void* data, wl_touch*, std::uint32_t, std::uint32_t time, std::int32_t id) noexcept {
            WaylandPort& port = port_of(data);
            auto const at = port.touches_.find(id);
            if (at == port.touches_.end())
                return;
            port.session_->input().touch(at->second, {0, id, 0, 0, time});
            port.touches_.erase(at);
        },
    .motion =
        [](void* data, wl_touch*, std::uint32_t time, std::int32_t id, wl_fixed_t x,
           wl_fixed_t y) noexcept {
            WaylandPort& port = port_of(data);
            if (auto const at = port.touches_.find(id); at != port.touches_.end())
                port.session_->input().touch(at->second, {2, id, x, y, time});
        },
    .frame =
        [](void* data, wl_touch*) noexcept {
            WaylandPort& port = port_of(data);
            if (!port.touches_.empty())
                port.session_->input().touch(port.touches_.begin()->second, {3, 0, 0, 0, 0});
        },
    .cancel =
        [](void* data, wl_touch*) noexcept {
            WaylandPort& port = port_of(data);
            if (!port.touches_.empty())
                port.session_->input().touch(port.touches_.begin()->second, {4, 0, 0, 0, 0});
            port.touches_.clear();
        },
    .shape = [](void*, wl_touch*, std::int32_t, wl_fixed_t, wl_fixed_t) noexcept {},
    .orientation = [](void*, wl_touch*, std::int32_t, wl_fixed_t) noexcept {},
};

} // namespace vitrail::guid
