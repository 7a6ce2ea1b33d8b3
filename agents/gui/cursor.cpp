#include "agents/gui/cursor.hpp"

#include "agents/gui/agent.hpp"

#include <algorithm>
#include <array>

namespace vitrail::agent {

namespace from_agent = wire::from_agent;

namespace {

constexpr std::uint32_t argb8888 = 0x34325241; // DRM's 'AR24'

struct Name {
    std::string_view name;
    std::uint8_t glyph;
};
constexpr std::array names{
    Name{"pointer", 60},    Name{"grab", 60},           Name{"grabbing", 60},
    Name{"copy", 60},       Name{"alias", 60},          Name{"progress", 150},
    Name{"wait", 150},      Name{"cell", 90},           Name{"crosshair", 34},
    Name{"help", 92},       Name{"move", 52},           Name{"all-scroll", 52},
    Name{"text", 152},      Name{"vertical-text", 152}, Name{"col-resize", 108},
    Name{"ew-resize", 108}, Name{"row-resize", 116},    Name{"ns-resize", 116},
    Name{"n-resize", 138},  Name{"s-resize", 16},       Name{"e-resize", 96},
    Name{"w-resize", 70},   Name{"ne-resize", 136},     Name{"nw-resize", 134},
    Name{"se-resize", 14},  Name{"sw-resize", 12},
};

} // namespace

std::optional<std::uint8_t> cursor_glyph(std::string_view name)
{
    auto const found = std::ranges::find(names, name, &Name::name);
    if (found == names.end())
        return std::nullopt;
    return found->glyph;
}

Cursor::Cursor(Agent& agent, wlr_seat& seat)
    : agent_(agent),
      shapes_(wlr_cursor_shape_manager_v1_create(agent.display(), 1)),
      set_cursor_(*this, seat.events.request_set_cursor),
      set_shape_(*this, shapes_->events.request_set_shape)
{
}

Cursor::~Cursor()
{
    drop_buffer();
}

void Cursor::watch(wlr_surface* surface)
{
    if (surface == surface_)
        return;
    commit_.reset();
    gone_.reset();
    surface_ = surface;
    if (!surface)
        return;
    commit_.emplace(*this, surface->events.commit);
    gone_.emplace(*this, surface->events.destroy);
}

void Cursor::handle_surface_gone()
{
    watch(nullptr);
}

void Cursor::handle_set_cursor(wlr_seat_pointer_request_set_cursor_event& event)
{
    Seat const& seat = agent_.seat();
    if (event.seat_client != seat.get()->pointer_state.focused_client)
        return;
    watch(event.surface);
    hotspot_x_ = event.hotspot_x;
    hotspot_y_ = event.hotspot_y;
    if (event.surface) {
        send_image();
        return;
    }
    if (Window const* const window = seat.pointer_window(); window && agent_.link().extended())
        agent_.link().send(from_agent::CursorImage{window->id(), std::nullopt});
}

void Cursor::handle_set_shape(wlr_cursor_shape_manager_v1_request_set_shape_event& event)
{
    Seat const& seat = agent_.seat();
    if (event.device_type != WLR_CURSOR_SHAPE_MANAGER_V1_DEVICE_TYPE_POINTER ||
        event.seat_client != seat.get()->pointer_state.focused_client)
        return;
    watch(nullptr);
    if (Window const* const window = seat.pointer_window())
        agent_.link().send(
            from_agent::Cursor{window->id(), cursor_glyph(wlr_cursor_shape_v1_name(event.shape))});
}

void Cursor::handle_commit()
{
    hotspot_x_ -= surface_->current.dx;
    hotspot_y_ -= surface_->current.dy;
    send_image();
}

void Cursor::send_image()
{
    Window const* const window = agent_.seat().pointer_window();
    wlr_texture* const texture = wlr_surface_get_texture(surface_);
    if (!window || !window->shown() || !texture)
        return;
    if (!agent_.link().extended()) {
        agent_.link().send(from_agent::Cursor{window->id(), std::nullopt});
        return;
    }
    constexpr std::uint32_t limit = wire::max_cursor_side;
    std::int32_t const width = surface_->current.width, height = surface_->current.height;
    if (texture->width > limit || texture->height > limit || width < 1 || height < 1 ||
        width > static_cast<int>(limit) || height > static_cast<int>(limit))
        return;
    drop_buffer();
    if (!agent_.book().may_announce(window->id()))
        return;
    buffer_ = SharedBuffer::create(agent_.book(), static_cast<int>(texture->width),
                                   static_cast<int>(texture->height));
    if (!buffer_)
        return;
    wlr_texture_read_pixels_options const options{
        .data = buffer_->grant.address,
        .format = argb8888,
        .stride = buffer_->stride(),
        .dst_x = 0,
        .dst_y = 0,
        .src_box = {},
    };
    if (!wlr_texture_read_pixels(texture, &options)) {
        drop_buffer();
        return;
    }
    agent_.book().announce(window->id(), *buffer_, wire::BufferFormat::argb8888);
    agent_.link().send(from_agent::CursorImage{
        window->id(), from_agent::CursorImage::Image{buffer_->number,
                                                     {width, height},
                                                     {std::clamp(hotspot_x_, 0, width - 1),
                                                      std::clamp(hotspot_y_, 0, height - 1)}}});
}

void Cursor::drop_buffer()
{
    if (buffer_)
        wlr_buffer_drop(&buffer_->base);
    buffer_ = nullptr;
}

void Cursor::forget(Window& window)
{
    if (buffer_ && buffer_->window == window.id())
        drop_buffer();
}

} // namespace vitrail::agent
