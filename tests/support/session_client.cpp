#include "tests/support/session_client.hpp"

#include "lib/os/fd.hpp"

#include <sys/mman.h>

#include <cstring>

#include "virtual-keyboard-unstable-v1-client-protocol.h"
#include "wlr-screencopy-unstable-v1-client-protocol.h"
#include "wlr-virtual-pointer-unstable-v1-client-protocol.h"

namespace vitrail::test {
namespace {

/// One screencopy frame on its way.
struct Frame {
    std::uint32_t format = 0, width = 0, height = 0, stride = 0, flags = 0;
    bool described = false, ready = false, failed = false;
};

constexpr zwlr_screencopy_frame_v1_listener frame_listener{
    .buffer =
        [](void* data, zwlr_screencopy_frame_v1*, std::uint32_t format, std::uint32_t width,
           std::uint32_t height, std::uint32_t stride) {
            auto& frame = *static_cast<Frame*>(data);
            frame.format = format;
            frame.width = width;
            frame.height = height;
            frame.stride = stride;
        },
    .flags = [](void* data, zwlr_screencopy_frame_v1*,
                std::uint32_t flags) { static_cast<Frame*>(data)->flags = flags; },
    .ready = [](void* data, zwlr_screencopy_frame_v1*, std::uint32_t, std::uint32_t,
                std::uint32_t) { static_cast<Frame*>(data)->ready = true; },
    .failed = [](void* data,
                 zwlr_screencopy_frame_v1*) { static_cast<Frame*>(data)->failed = true; },
    .damage = [](void*, zwlr_screencopy_frame_v1*, std::uint32_t, std::uint32_t, std::uint32_t,
                 std::uint32_t) {},
    .linux_dmabuf = [](void*, zwlr_screencopy_frame_v1*, std::uint32_t, std::uint32_t,
                       std::uint32_t) {},
    .buffer_done = [](void* data,
                      zwlr_screencopy_frame_v1*) { static_cast<Frame*>(data)->described = true; },
};

template <typename T>
T* bind(wl_registry* registry, std::uint32_t name, wl_interface const& interface,
        std::uint32_t version)
{
    return static_cast<T*>(wl_registry_bind(registry, name, &interface, version));
}

Image to_image(Frame const& frame, std::byte const* bytes)
{
    Image image{static_cast<int>(frame.width), static_cast<int>(frame.height), {}};
    image.pixels.resize(std::size_t{frame.width} * frame.height);
    bool const inverted = (frame.flags & ZWLR_SCREENCOPY_FRAME_V1_FLAGS_Y_INVERT) != 0;
    for (std::uint32_t y = 0; y < frame.height; ++y) {
        std::uint32_t const row = inverted ? frame.height - 1 - y : y;
        std::memcpy(&image.pixels[std::size_t{y} * frame.width],
                    bytes + std::size_t{row} * frame.stride, std::size_t{frame.width} * 4);
    }
    for (std::uint32_t& pixel : image.pixels)
        pixel &= 0xffffff;
    return image;
}

} // namespace

Result<std::unique_ptr<SessionClient>> SessionClient::connect(std::filesystem::path const& socket)
{
    wl_display* display = wl_display_connect(socket.c_str());
    if (!display)
        return errno_error(socket.string());
    std::unique_ptr<SessionClient> client(new SessionClient(display));
    TRY_VOID(client->bind_globals());
    return client;
}

Result<std::unique_ptr<SessionClient>> SessionClient::adopt(int fd)
{
    wl_display* display = wl_display_connect_to_fd(fd);
    if (!display)
        return errno_error("wayland connection");
    std::unique_ptr<SessionClient> client(new SessionClient(display));
    TRY_VOID(client->bind_globals());
    return client;
}

SessionClient::~SessionClient() = default;

void SessionClient::handle_global(wl_registry* registry, std::uint32_t name,
                                  std::string_view interface)
{
    if (interface == wl_seat_interface.name)
        seat = bind<wl_seat>(registry, name, wl_seat_interface, 5);
    else if (interface == wl_shm_interface.name)
        shm = bind<wl_shm>(registry, name, wl_shm_interface, 1);
    else if (interface == wl_output_interface.name && !output)
        output = bind<wl_output>(registry, name, wl_output_interface, 1);
    else if (interface == zwlr_screencopy_manager_v1_interface.name)
        screencopy = bind<zwlr_screencopy_manager_v1>(registry, name,
                                                      zwlr_screencopy_manager_v1_interface, 3);
    else if (interface == zwlr_virtual_pointer_manager_v1_interface.name)
        pointers = bind<zwlr_virtual_pointer_manager_v1>(
            registry, name, zwlr_virtual_pointer_manager_v1_interface, 1);
    else if (interface == zwp_virtual_keyboard_manager_v1_interface.name)
        keyboards = bind<zwp_virtual_keyboard_manager_v1>(
            registry, name, zwp_virtual_keyboard_manager_v1_interface, 1);
}

Result<> SessionClient::bind_globals()
{
    static constexpr wl_registry_listener listener{
        .global =
            [](void* data, wl_registry* registry, std::uint32_t name, char const* interface,
               std::uint32_t) {
                static_cast<SessionClient*>(data)->handle_global(registry, name, interface);
            },
        .global_remove = [](void*, wl_registry*, std::uint32_t) {},
    };
    registry_ = wl_display_get_registry(display_.get());
    wl_registry_add_listener(registry_, &listener, this);
    TRY_VOID(roundtrip());
    if (!seat || !shm || !output || !screencopy || !pointers || !keyboards)
        return error("the session's socket lacks one of: seat, shm, output, screencopy, virtual "
                     "pointer, virtual keyboard");
    return {};
}

Result<> SessionClient::roundtrip()
{
    if (wl_display_roundtrip(display_.get()) < 0)
        return errno_error("the compositor ended the connection");
    return {};
}

Result<Image> SessionClient::screenshot(bool with_cursor)
{
    Frame frame;
    zwlr_screencopy_frame_v1* handle =
        zwlr_screencopy_manager_v1_capture_output(screencopy, with_cursor ? 1 : 0, output);
    zwlr_screencopy_frame_v1_add_listener(handle, &frame_listener, &frame);
    while (!frame.described && !frame.failed)
        if (wl_display_dispatch(display_.get()) < 0)
            return errno_error("screencopy");
    std::size_t const size = std::size_t{frame.stride} * frame.height;
    Fd const memory(memfd_create("screenshot", MFD_CLOEXEC));
    if (!memory || ftruncate(memory.get(), static_cast<off_t>(size)) != 0)
        return errno_error("memfd");
    void* const bytes = mmap(nullptr, size, PROT_READ, MAP_SHARED, memory.get(), 0);
    if (bytes == MAP_FAILED)
        return errno_error("mmap of a screenshot");
    wl_shm_pool* pool = wl_shm_create_pool(shm, memory.get(), static_cast<std::int32_t>(size));
    wl_buffer* buffer = wl_shm_pool_create_buffer(
        pool, 0, static_cast<std::int32_t>(frame.width), static_cast<std::int32_t>(frame.height),
        static_cast<std::int32_t>(frame.stride), frame.format);
    zwlr_screencopy_frame_v1_copy(handle, buffer);
    while (!frame.ready && !frame.failed)
        if (wl_display_dispatch(display_.get()) < 0)
            return errno_error("screencopy");
    Image image = frame.failed ? Image{} : to_image(frame, static_cast<std::byte const*>(bytes));
    munmap(bytes, size);
    wl_buffer_destroy(buffer);
    wl_shm_pool_destroy(pool);
    zwlr_screencopy_frame_v1_destroy(handle);
    if (frame.failed)
        return error("screencopy failed");
    return image;
}

} // namespace vitrail::test
