#include "agents/gui/shared_buffer.hpp"

#include "agents/gui/buffer_book.hpp"
#include "lib/wire/message.hpp"

#include <cstring>

namespace vitrail::agent {

namespace {

constexpr std::uint32_t xrgb8888 = 0x34325258; // DRM's 'XR24'

void destroy(wlr_buffer* buffer)
{
    SharedBuffer* const self = SharedBuffer::from(buffer);
    self->book->retire(*self);
    delete self;
}

bool begin_access(wlr_buffer* buffer, std::uint32_t, void** data, std::uint32_t* format,
                  std::size_t* stride)
{
    SharedBuffer* const self = SharedBuffer::from(buffer);
    *data = self->grant.address;
    *format = xrgb8888;
    *stride = self->stride();
    return true;
}

constexpr wlr_buffer_impl buffer_impl{
    .destroy = destroy,
    .get_dmabuf = nullptr,
    .get_shm = nullptr,
    .begin_data_ptr_access = begin_access,
    .end_data_ptr_access = [](wlr_buffer*) {},
};

wlr_buffer* create_buffer(wlr_allocator* allocator, int width, int height, wlr_drm_format const*)
{
    auto* const self = reinterpret_cast<SharedAllocator*>(allocator);
    SharedBuffer* const buffer = SharedBuffer::create(*self->book, width, height);
    return buffer ? &buffer->base : nullptr;
}

constexpr wlr_allocator_interface allocator_impl{
    .create_buffer = create_buffer, .destroy = [](wlr_allocator*) {}, // a member of its owner
};

} // namespace

std::size_t SharedBuffer::pages() const
{
    std::size_t const bytes = std::size_t{stride()} * static_cast<std::size_t>(base.height);
    return (bytes + wire::page_size - 1) / wire::page_size;
}

SharedBuffer* SharedBuffer::from(wlr_buffer* buffer)
{
    return buffer && buffer->impl == &buffer_impl ? reinterpret_cast<SharedBuffer*>(buffer)
                                                  : nullptr;
}

SharedBuffer* SharedBuffer::create(BufferBook& book, int width, int height)
{
    auto pages =
        book.pool().take(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 4);
    if (!pages) {
        wlr_log(WLR_ERROR, "%s", pages.error().message().c_str());
        return nullptr;
    }
    auto* const self = new SharedBuffer;
    wlr_buffer_init(&self->base, &buffer_impl, width, height);
    self->book = &book;
    self->grant = *std::move(pages);
    self->number = book.next_number();
    return self;
}

SharedAllocator::SharedAllocator(BufferBook& owner) : book(&owner)
{
    wlr_allocator_init(&base, &allocator_impl, WLR_BUFFER_CAP_DATA_PTR);
}

SharedAllocator::~SharedAllocator()
{
    wlr_allocator_destroy(&base);
}

} // namespace vitrail::agent
