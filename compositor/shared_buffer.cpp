#include "compositor/shared_buffer.hpp"

#include <drm_fourcc.h>
#include <signal.h>
#include <sys/mman.h>

#include <atomic>
#include <cstring>

namespace vitrail::compositor {

namespace {

constexpr std::size_t page = 4096;

struct Run {
    std::uint32_t first;
    std::uint32_t count;
};

struct SharedBuffer {
    wlr_buffer base;
    wl_resource* resource;
    wl_client* client;
    std::byte* start; ///< null: could not be mapped
    std::size_t length;
    std::size_t stride;
    std::uint32_t format;
    bool zero; ///< the pages went away: a page of zeros stands in their place
    SharedBuffer* next;
    wl_listener release;
};

/// All mapped buffers, for the SIGBUS handler; changed by the one thread, read by it in the
/// handler.
SharedBuffer* all = nullptr;
struct sigaction before;

void handle_bus(int number, siginfo_t* info, void* context)
{
    auto const address = reinterpret_cast<std::uintptr_t>(info->si_addr);
    for (SharedBuffer* buffer = all; buffer; buffer = buffer->next) {
        auto const start = reinterpret_cast<std::uintptr_t>(buffer->start);
        if (address < start || address >= start + buffer->length)
            continue;
        // A qube took its page away while we read it: zeros instead, for the whole buffer.
        buffer->zero = true;
        if (mmap(buffer->start, buffer->length, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
                 -1, 0) != MAP_FAILED)
            return;
    }
    if (before.sa_flags & SA_SIGINFO)
        return before.sa_sigaction(number, info, context);
    signal(SIGBUS, SIG_DFL);
    raise(SIGBUS);
}

void install_bus_handler()
{
    // wlroots installs and takes away its own around each read of wl_shm: ours is put back before
    // use.
    struct sigaction current;
    sigaction(SIGBUS, nullptr, &current);
    if (current.sa_sigaction == handle_bus)
        return;
    before = current;
    struct sigaction ours{};
    ours.sa_sigaction = handle_bus;
    ours.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigaction(SIGBUS, &ours, nullptr);
}

SharedBuffer* from(wlr_buffer* buffer)
{
    SharedBuffer* self;
    self = wl_container_of(buffer, self, base);
    return self;
}

constexpr wlr_buffer_impl implementation{
    .destroy =
        [](wlr_buffer* buffer) noexcept {
            SharedBuffer* const self = from(buffer);
            for (SharedBuffer** at = &all; *at; at = &(*at)->next)
                if (*at == self) {
                    *at = self->next;
                    break;
                }
            if (self->start)
                munmap(self->start, self->length);
            wl_list_remove(&self->release.link);
            delete self;
        },
    .get_dmabuf = nullptr,
    .get_shm = nullptr,
    .begin_data_ptr_access =
        [](wlr_buffer* buffer, std::uint32_t flags, void** data, std::uint32_t* format,
           std::size_t* stride) noexcept {
            SharedBuffer* const self = from(buffer);
            if ((flags & WLR_BUFFER_DATA_PTR_ACCESS_WRITE) || !self->start)
                return false;
            install_bus_handler();
            *data = self->start;
            *format = self->format;
            *stride = self->stride;
            return true;
        },
    .end_data_ptr_access = [](wlr_buffer*) noexcept {},
};

constexpr struct wl_buffer_interface buffer_table{
    .destroy = [](wl_client*, wl_resource* resource) noexcept { wl_resource_destroy(resource); },
};

constexpr wlr_buffer_resource_interface resource_interface{
    .name = "vitrail shared buffer",
    .is_instance = [](wl_resource* resource) noexcept -> bool {
        return wl_resource_instance_of(resource, &wl_buffer_interface, &buffer_table);
    },
    .from_resource = [](wl_resource* resource) noexcept -> wlr_buffer* {
        return &static_cast<SharedBuffer*>(wl_resource_get_user_data(resource))->base;
    },
};

bool map_runs(SharedBuffer& buffer, int fd, wl_array const& runs)
{
    void* const range =
        mmap(nullptr, buffer.length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (range == MAP_FAILED)
        return false;
    auto* const start = static_cast<std::byte*>(range);
    std::size_t at = 0;
    for (std::size_t i = 0; i < runs.size / sizeof(Run); ++i) {
        Run run;
        std::memcpy(&run, static_cast<char const*>(runs.data) + i * sizeof run, sizeof run);
        std::size_t const bytes = std::size_t{run.count} * page;
        if (mmap(start + at, bytes, PROT_READ, MAP_SHARED | MAP_FIXED, fd,
                 static_cast<off_t>(std::size_t{run.first} * page)) == MAP_FAILED) {
            munmap(range, buffer.length);
            return false;
        }
        at += bytes;
    }
    buffer.start = start;
    buffer.next = all;
    all = &buffer;
    return true;
}

} // namespace

void register_shared_buffers()
{
    static bool done = false;
    if (!done)
        wlr_buffer_register_resource_interface(&resource_interface);
    done = true;
}

std::uint64_t shared_pages(wl_array const& runs)
{
    std::uint64_t pages = 0;
    for (std::size_t i = 0; i < runs.size / sizeof(Run); ++i) {
        Run run;
        std::memcpy(&run, static_cast<char const*>(runs.data) + i * sizeof run, sizeof run);
        pages += run.count;
    }
    return pages;
}

bool shared_buffer_possible(SharedBufferSize const& size, wl_array const& runs)
{
    if (runs.size == 0 || runs.size % sizeof(Run) != 0 || size.width == 0 || size.height == 0 ||
        size.width > max_side || size.height > max_side || size.format > 1 ||
        size.stride < size.width * 4 || size.stride % 4 != 0 || size.stride > max_side * 8)
        return false;
    for (std::size_t i = 0; i < runs.size / sizeof(Run); ++i) {
        Run run;
        std::memcpy(&run, static_cast<char const*>(runs.data) + i * sizeof run, sizeof run);
        if (run.count == 0)
            return false;
    }
    return shared_pages(runs) * page >= std::uint64_t{size.stride} * size.height;
}

bool create_shared_buffer(wl_client* client, std::uint32_t id, Fd fd, wl_array const& runs,
                          SharedBufferSize const& size, wl_resource*& made)
{
    made = wl_resource_create(client, &wl_buffer_interface, 1, id);
    if (!made) {
        wl_client_post_no_memory(client);
        return false;
    }
    auto* const buffer = new SharedBuffer{
        {},
        made,
        client,
        nullptr,
        shared_pages(runs) * page,
        size.stride,
        size.format == 0 ? DRM_FORMAT_XRGB8888 : DRM_FORMAT_ARGB8888,
        false,
        nullptr,
        {},
    };
    wlr_buffer_init(&buffer->base, &implementation, static_cast<int>(size.width),
                    static_cast<int>(size.height));
    buffer->release.notify = [](wl_listener* listener, void*) noexcept {
        SharedBuffer* self;
        self = wl_container_of(listener, self, release);
        if (self->resource)
            wl_buffer_send_release(self->resource);
    };
    wl_signal_add(&buffer->base.events.release, &buffer->release);
    wl_resource_set_implementation(made, &buffer_table, buffer, [](wl_resource* gone) noexcept {
        auto* const self = static_cast<SharedBuffer*>(wl_resource_get_user_data(gone));
        self->resource = nullptr;
        wlr_buffer_drop(&self->base);
    });
    return map_runs(*buffer, fd.get(), runs);
}

std::uint64_t mapped_pages(wl_client* client)
{
    std::uint64_t pages = 0;
    for (SharedBuffer const* buffer = all; buffer; buffer = buffer->next)
        if (buffer->client == client)
            pages += buffer->length / page;
    return pages;
}

} // namespace vitrail::compositor
