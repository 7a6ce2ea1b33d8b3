#include "compositor/pixel_buffer.hpp"

#include <drm_fourcc.h>

#include <new>

namespace vitrail::compositor {

namespace {

struct PixelBuffer {
    wlr_buffer base;
    Image image;
};

PixelBuffer* from(wlr_buffer* buffer)
{
    PixelBuffer* self;
    self = wl_container_of(buffer, self, base);
    return self;
}

constexpr wlr_buffer_impl implementation{
    .destroy = [](wlr_buffer* buffer) noexcept { delete from(buffer); },
    .get_dmabuf = nullptr,
    .get_shm = nullptr,
    .begin_data_ptr_access =
        [](wlr_buffer* buffer, std::uint32_t flags, void** data, std::uint32_t* format,
           std::size_t* stride) noexcept {
            if (flags & WLR_BUFFER_DATA_PTR_ACCESS_WRITE)
                return false;
            PixelBuffer* const self = from(buffer);
            *data = self->image.pixels.data();
            *format = DRM_FORMAT_ARGB8888;
            *stride = static_cast<std::size_t>(self->image.size.width) * 4;
            return true;
        },
    .end_data_ptr_access = [](wlr_buffer*) noexcept {},
};

} // namespace

wlr_buffer* make_pixel_buffer(Image image)
{
    auto* const self = new PixelBuffer{{}, std::move(image)};
    wlr_buffer_init(&self->base, &implementation, self->image.size.width, self->image.size.height);
    return &self->base;
}

Picture::Picture(wlr_scene_tree* parent) : buffer_(wlr_scene_buffer_create(parent, nullptr))
{
    buffer_->point_accepts_input = [](wlr_scene_buffer*, double*, double*) noexcept {
        return false;
    };
}

void Picture::show(Image image, Size size)
{
    wlr_buffer* const buffer = make_pixel_buffer(std::move(image));
    wlr_scene_buffer_set_buffer(buffer_, buffer);
    wlr_buffer_drop(buffer);
    wlr_scene_buffer_set_dest_size(buffer_, size.width, size.height);
}

void Picture::clear()
{
    wlr_scene_buffer_set_buffer(buffer_, nullptr);
}

void Picture::place(Point position)
{
    wlr_scene_node_set_position(&buffer_->node, position.x, position.y);
}

void Picture::set_visible(bool visible)
{
    wlr_scene_node_set_enabled(&buffer_->node, visible);
}

} // namespace vitrail::compositor
