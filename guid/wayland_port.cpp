#include "guid/wayland_port.hpp"

#include "guid/wayland_objects.hpp"

#include <algorithm>
#include <cerrno>
#include <vector>

namespace vitrail::guid {

Result<std::unique_ptr<WaylandPort>> WaylandPort::create(int connection)
{
    std::unique_ptr<WaylandPort> port(new WaylandPort);
    port->display_.reset(wl_display_connect_to_fd(connection));
    if (!port->display_)
        return errno_error("Wayland connection");
    port->registry_ = wl_display_get_registry(port->display_.get());
    wl_registry_add_listener(port->registry_, &Events::registry, port.get());
    return port;
}

WaylandPort::~WaylandPort()
{
    // The connection ends with it; proxies are freed, the compositor drops the objects.
    windows_.clear();
    buffers_.clear();
    seen_.clear();
    if (cursor_surface_)
        wl_surface_destroy(cursor_surface_);
    update_seat(0);
    if (seat_)
        wl_seat_destroy(seat_);
    if (shapes_)
        wp_cursor_shape_manager_v1_destroy(shapes_);
    if (manager_)
        vitrail_window_manager_v1_destroy(manager_);
    if (compositor_)
        wl_compositor_destroy(compositor_);
    if (registry_)
        wl_registry_destroy(registry_);
}

void WaylandPort::bind(wl_registry* registry, std::uint32_t name, std::string_view interface,
                       std::uint32_t version)
{
    if (interface == wl_compositor_interface.name && !compositor_) {
        compositor_ = static_cast<wl_compositor*>(
            wl_registry_bind(registry, name, &wl_compositor_interface, std::min(version, 4U)));
    } else if (interface == wl_seat_interface.name && !seat_) {
        seat_ = static_cast<wl_seat*>(
            wl_registry_bind(registry, name, &wl_seat_interface, std::min(version, 9U)));
        wl_seat_add_listener(seat_, &Events::seat, this);
    } else if (interface == wp_cursor_shape_manager_v1_interface.name && !shapes_) {
        shapes_ = static_cast<wp_cursor_shape_manager_v1*>(
            wl_registry_bind(registry, name, &wp_cursor_shape_manager_v1_interface, 1));
    } else if (interface == vitrail_window_manager_v1_interface.name && !manager_) {
        manager_ = static_cast<vitrail_window_manager_v1*>(
            wl_registry_bind(registry, name, &vitrail_window_manager_v1_interface, 1));
        vitrail_window_manager_v1_add_listener(manager_, &Events::manager, this);
    }
}

void WaylandPort::update_seat(std::uint32_t capabilities)
{
    bool const keyboard = (capabilities & WL_SEAT_CAPABILITY_KEYBOARD) != 0;
    bool const pointer = (capabilities & WL_SEAT_CAPABILITY_POINTER) != 0;
    bool const touch = (capabilities & WL_SEAT_CAPABILITY_TOUCH) != 0;
    if (keyboard && !keyboard_) {
        keyboard_ = wl_seat_get_keyboard(seat_);
        wl_keyboard_add_listener(keyboard_, &Events::keyboard, this);
    } else if (!keyboard && keyboard_) {
        wl_keyboard_destroy(std::exchange(keyboard_, nullptr));
    }
    if (pointer && !pointer_) {
        pointer_ = wl_seat_get_pointer(seat_);
        wl_pointer_add_listener(pointer_, &Events::pointer, this);
    } else if (!pointer && pointer_) {
        if (shape_device_)
            wp_cursor_shape_device_v1_destroy(std::exchange(shape_device_, nullptr));
        wl_pointer_destroy(std::exchange(pointer_, nullptr));
    }
    if (touch && !touch_) {
        touch_ = wl_seat_get_touch(seat_);
        wl_touch_add_listener(touch_, &Events::touch, this);
    } else if (!touch && touch_) {
        wl_touch_destroy(std::exchange(touch_, nullptr));
    }
}

Result<> WaylandPort::dispatch()
{
    if (wl_display_prepare_read(display_.get()) == 0 &&
        wl_display_read_events(display_.get()) < 0 && errno != EAGAIN)
        return errno_error("Wayland connection");
    if (wl_display_dispatch_pending(display_.get()) < 0)
        return errno_error("Wayland connection");
    return {};
}

WaylandPort::Flush WaylandPort::flush()
{
    if (wl_display_flush(display_.get()) >= 0)
        return Flush::done;
    return errno == EAGAIN ? Flush::pending : Flush::closed;
}

WaylandPort::Surface* WaylandPort::find(WindowId window)
{
    auto const at = windows_.find(window);
    return at == windows_.end() ? nullptr : at->second.get();
}

std::optional<WindowId> WaylandPort::window_of(wl_surface* surface) const
{
    if (!surface || surface == cursor_surface_)
        return std::nullopt;
    auto const* const object = static_cast<Surface*>(wl_surface_get_user_data(surface));
    return object ? std::optional(object->id) : std::nullopt;
}

// ---- requests ----

void WaylandPort::set_extended()
{
    vitrail_window_manager_v1_set_extended(manager_);
}

void WaylandPort::create_window(WindowId window, bool override_redirect)
{
    wl_surface* const surface = wl_compositor_create_surface(compositor_);
    vitrail_window_v1* const role = vitrail_window_manager_v1_create_window(
        manager_, surface, window.value, override_redirect ? 1 : 0);
    auto object = std::make_unique<Surface>(*this, window, surface, role);
    wl_surface_add_listener(surface, &Events::surface, object.get());
    vitrail_window_v1_add_listener(role, &Events::window, object.get());
    windows_[window] = std::move(object);
}

void WaylandPort::destroy_window(WindowId window)
{
    std::erase_if(touches_, [&](auto const& touch) { return touch.second == window; });
    windows_.erase(window);
}

void WaylandPort::set_geometry(WindowId window, Rect const& content)
{
    vitrail_window_v1_set_geometry(find(window)->role, content.x, content.y,
                                   static_cast<std::uint32_t>(content.width),
                                   static_cast<std::uint32_t>(content.height));
}

void WaylandPort::request_geometry_seen(WindowId window)
{
    auto seen = std::make_unique<Seen>(*this, window, wl_display_sync(display_.get()));
    wl_callback_add_listener(seen->callback, &Events::seen, seen.get());
    seen_.push_back(std::move(seen));
}

void WaylandPort::set_override_redirect(WindowId window, bool on)
{
    vitrail_window_v1_set_override_redirect(find(window)->role, on ? 1 : 0);
}

void WaylandPort::set_transient_for(WindowId window, std::optional<WindowId> parent)
{
    Surface* const above = parent ? find(*parent) : nullptr;
    vitrail_window_v1_set_transient_for(find(window)->role, above ? above->role : nullptr);
}

void WaylandPort::set_popup(WindowId window, wire::from_agent::Popup const& popup)
{
    vitrail_window_v1_set_popup(
        find(window)->role, find(popup.parent)->role, popup.anchor_rect.x, popup.anchor_rect.y,
        static_cast<std::uint32_t>(popup.anchor_rect.width),
        static_cast<std::uint32_t>(popup.anchor_rect.height), popup.anchor, popup.gravity,
        popup.constraint_adjustment, popup.offset.x, popup.offset.y,
        static_cast<std::uint32_t>(popup.size.width), static_cast<std::uint32_t>(popup.size.height),
        popup.token, popup.grab ? 1 : 0);
}

void WaylandPort::map(WindowId window)
{
    vitrail_window_v1_map(find(window)->role);
}

void WaylandPort::unmap(WindowId window)
{
    vitrail_window_v1_unmap(find(window)->role);
}

void WaylandPort::set_hints(WindowId window, Hints const& hints)
{
    auto const u = [](std::int32_t value) { return static_cast<std::uint32_t>(value); };
    vitrail_window_v1_set_hints(find(window)->role, hints.flags, u(hints.min.width),
                                u(hints.min.height), u(hints.max.width), u(hints.max.height),
                                u(hints.increment.width), u(hints.increment.height),
                                u(hints.base.width), u(hints.base.height));
}

void WaylandPort::set_flags(WindowId window, std::uint32_t set, std::uint32_t unset)
{
    vitrail_window_v1_set_flags(find(window)->role, set, unset);
}

void WaylandPort::set_title(WindowId window, std::string const& title)
{
    vitrail_window_v1_set_title(find(window)->role, title.c_str());
}

void WaylandPort::set_class(WindowId window, std::string const& res_class,
                            std::string const& res_name)
{
    vitrail_window_v1_set_class(find(window)->role, res_class.c_str(), res_name.c_str());
}

void WaylandPort::dock(WindowId window)
{
    vitrail_window_v1_dock(find(window)->role);
}

void WaylandPort::interactive(WindowId window, std::uint32_t kind, std::uint32_t edges)
{
    vitrail_window_v1_interactive(find(window)->role, kind, edges);
}

void WaylandPort::ack_configure(WindowId window, std::uint32_t serial)
{
    vitrail_window_v1_ack_configure(find(window)->role, serial);
}

void WaylandPort::set_pointer_lock(WindowId window, std::uint32_t mode)
{
    vitrail_window_v1_set_pointer_lock(find(window)->role, mode);
}

void WaylandPort::set_cursor(CursorChoice const& cursor)
{
    if (!pointer_)
        return;
    if (cursor.kind == CursorChoice::Kind::hidden) {
        wl_pointer_set_cursor(pointer_, pointer_serial_, nullptr, 0, 0);
    } else if (cursor.kind == CursorChoice::Kind::image) {
        show_cursor_image(cursor);
    } else if (shapes_) {
        if (!shape_device_)
            shape_device_ = wp_cursor_shape_manager_v1_get_pointer(shapes_, pointer_);
        wp_cursor_shape_device_v1_set_shape(shape_device_, pointer_serial_, cursor.shape);
    }
}

void WaylandPort::show_cursor_image(CursorChoice const& cursor)
{
    auto const at = buffers_.find(cursor.buffer);
    if (at == buffers_.end())
        return;
    if (!cursor_surface_)
        cursor_surface_ = wl_compositor_create_surface(compositor_);
    // Surfaces of guid have whole scales only: the nearest one, a divisor of the buffer's size.
    auto const width = static_cast<std::int32_t>(cursor.pixels.width);
    auto const height = static_cast<std::int32_t>(cursor.pixels.height);
    std::int32_t scale = std::max((width + cursor.size.width / 2) / cursor.size.width, 1);
    while (scale > 1 && (width % scale != 0 || height % scale != 0))
        --scale;
    wl_pointer_set_cursor(pointer_, pointer_serial_, cursor_surface_, cursor.hotspot.x,
                          cursor.hotspot.y);
    wl_surface_set_buffer_scale(cursor_surface_, scale);
    wl_surface_attach(cursor_surface_, at->second->buffer, 0, 0);
    wl_surface_damage_buffer(cursor_surface_, 0, 0, width, height);
    wl_surface_commit(cursor_surface_);
}

void WaylandPort::create_buffer(PortBuffer buffer, transport::MappablePages const& pages,
                                BufferShape const& shape)
{
    wl_array runs;
    wl_array_init(&runs);
    for (transport::PageRun const& run : pages.runs)
        if (auto* const words =
                static_cast<std::uint32_t*>(wl_array_add(&runs, 2 * sizeof(std::uint32_t)))) {
            words[0] = run.first_page;
            words[1] = run.count;
        }
    wl_buffer* const object = vitrail_window_manager_v1_create_buffer(
        manager_, pages.fd, &runs, shape.width, shape.height, shape.stride, shape.format);
    wl_array_release(&runs);
    auto shared = std::make_unique<Shared>(*this, buffer, object);
    wl_buffer_add_listener(object, &Events::buffer, shared.get());
    buffers_[buffer] = std::move(shared);
}

void WaylandPort::destroy_buffer(PortBuffer buffer)
{
    buffers_.erase(buffer);
}

void WaylandPort::commit(WindowId window, Commit const& commit)
{
    Surface& surface = *find(window);
    if (commit.serial != 0)
        vitrail_window_v1_ack_configure(surface.role, commit.serial);
    if (commit.content.width > 0 && commit.content != surface.content) {
        surface.content = commit.content;
        vitrail_window_v1_set_content_size(surface.role,
                                           static_cast<std::uint32_t>(commit.content.width),
                                           static_cast<std::uint32_t>(commit.content.height));
    }
    if (commit.attach)
        if (auto const at = buffers_.find(*commit.attach); at != buffers_.end())
            wl_surface_attach(surface.surface, at->second->buffer, 0, 0);
    if (commit.damage.empty())
        wl_surface_damage_buffer(surface.surface, 0, 0, wire::max_window_width,
                                 wire::max_window_height);
    for (Rect const& rect : commit.damage)
        wl_surface_damage_buffer(surface.surface, rect.x, rect.y, rect.width, rect.height);
    if (commit.want_frame) {
        surface.drop_frame();
        surface.frame = wl_surface_frame(surface.surface);
        wl_callback_add_listener(surface.frame, &Events::frame, &surface);
    }
    wl_surface_commit(surface.surface);
}

void WaylandPort::detach(WindowId window)
{
    Surface& surface = *find(window);
    surface.drop_frame();
    surface.content = {};
    wl_surface_attach(surface.surface, nullptr, 0, 0);
    wl_surface_commit(surface.surface);
}

} // namespace vitrail::guid
