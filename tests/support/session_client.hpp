#pragma once

#include "lib/base/handle.hpp"
#include "lib/base/result.hpp"
#include "tests/support/image.hpp"

#include <wayland-client.h>

#include <filesystem>
#include <memory>
#include <string_view>

struct zwlr_screencopy_manager_v1;
struct zwlr_virtual_pointer_manager_v1;
struct zwp_virtual_keyboard_manager_v1;

namespace vitrail::test {

/// A connection to the session's public Wayland socket (tier session) with what tests need of it.
class SessionClient {
public:
    /// Fails when the socket refuses or a global is missing.
    [[nodiscard]] static Result<std::unique_ptr<SessionClient>>
    connect(std::filesystem::path const& socket);
    /// Over a connected descriptor.
    [[nodiscard]] static Result<std::unique_ptr<SessionClient>> adopt(int fd);
    ~SessionClient();
    SessionClient(SessionClient const&) = delete;
    SessionClient& operator=(SessionClient const&) = delete;

    /// Everything sent before has been worked off by the compositor. Fails at the connection's end.
    [[nodiscard]] Result<> roundtrip();
    [[nodiscard]] wl_display* display() const { return display_.get(); }

    /// What the first output shows now, in its own pixels. Without a cursor unless asked for.
    [[nodiscard]] Result<Image> screenshot(bool with_cursor = false);

    wl_seat* seat = nullptr;
    wl_shm* shm = nullptr;
    wl_output* output = nullptr;
    zwlr_screencopy_manager_v1* screencopy = nullptr;
    zwlr_virtual_pointer_manager_v1* pointers = nullptr;
    zwp_virtual_keyboard_manager_v1* keyboards = nullptr;

private:
    explicit SessionClient(wl_display* display) : display_(display) {}
    [[nodiscard]] Result<> bind_globals();
    void handle_global(wl_registry* registry, std::uint32_t name, std::string_view interface);

    Handle<wl_display, wl_display_disconnect> display_;
    wl_registry* registry_ = nullptr;
};

} // namespace vitrail::test
