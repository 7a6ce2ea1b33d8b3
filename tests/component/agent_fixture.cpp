#include "tests/component/agent_fixture.hpp"

#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <numeric>

namespace vitrail::agent::test {

MemoryGranter::~MemoryGranter()
{
    EXPECT_TRUE(first_.empty()) << "grants that nobody revoked";
}

Result<transport::SharedPagesGranter::Grant> MemoryGranter::grant(DomainId, std::size_t pages)
{
    Grant grant;
    grant.refs.resize(pages);
    std::iota(grant.refs.begin(), grant.refs.end(), next_);
    grant.address = static_cast<std::byte*>(std::calloc(pages, wire::page_size));
    first_[next_] = grant.address;
    next_ += static_cast<std::uint32_t>(pages);
    return grant;
}

void MemoryGranter::revoke(Grant const& grant)
{
    std::free(grant.address);
    first_.erase(grant.refs.front());
}

std::uint32_t MemoryGranter::pixel(std::vector<std::uint32_t> const& refs, std::size_t index)
{
    std::uint32_t pixel = 0;
    std::memcpy(&pixel, first_.at(refs.front()) + index * 4, 4);
    return pixel & 0xffffff;
}

// ---- the application ----

namespace {

constexpr wl_keyboard_listener keyboard_listener{
    .keymap = [](void*, wl_keyboard*, std::uint32_t, int fd, std::uint32_t) { ::close(fd); },
    .enter = [](void*, wl_keyboard*, std::uint32_t, wl_surface*, wl_array*) {},
    .leave = [](void*, wl_keyboard*, std::uint32_t, wl_surface*) {},
    .key =
        [](void* data, wl_keyboard*, std::uint32_t, std::uint32_t, std::uint32_t key,
           std::uint32_t state) {
            if (state == WL_KEYBOARD_KEY_STATE_PRESSED)
                static_cast<Client*>(data)->keys.push_back(key);
        },
    .modifiers = [](void* data, wl_keyboard*, std::uint32_t, std::uint32_t, std::uint32_t,
                    std::uint32_t locked,
                    std::uint32_t) { static_cast<Client*>(data)->locked = locked; },
    .repeat_info = [](void*, wl_keyboard*, std::int32_t, std::int32_t) {},
};

constexpr wl_registry_listener registry_listener{
    .global =
        [](void* data, wl_registry* registry, std::uint32_t name, char const* interface,
           std::uint32_t) {
            auto& self = *static_cast<Client*>(data);
            auto const bind = [&]<typename T>(T*& object, wl_interface const& type,
                                              std::uint32_t version) {
                if (std::strcmp(interface, type.name) == 0)
                    object = static_cast<T*>(wl_registry_bind(registry, name, &type, version));
            };
            bind(self.compositor, wl_compositor_interface, 4);
            bind(self.shm, wl_shm_interface, 1);
            bind(self.seat, wl_seat_interface, 5);
            bind(self.shell, xdg_wm_base_interface, 3);
        },
    .global_remove = [](void*, wl_registry*, std::uint32_t) {},
};

constexpr xdg_toplevel_listener toplevel_listener{
    .configure =
        [](void* data, xdg_toplevel*, std::int32_t width, std::int32_t height, wl_array* states) {
            auto& self = *static_cast<ClientWindow*>(data);
            auto const* const first = static_cast<std::uint32_t const*>(states->data);
            self.states.assign(first, first + states->size / sizeof(std::uint32_t));
            if (width > 0 && height > 0 && self.follows) {
                self.width = width;
                self.height = height;
            }
        },
    .close = [](void* data, xdg_toplevel*) { static_cast<ClientWindow*>(data)->close = true; },
    .configure_bounds = nullptr,
    .wm_capabilities = nullptr,
};

constexpr xdg_popup_listener popup_listener{
    .configure =
        [](void* data, xdg_popup*, std::int32_t x, std::int32_t y, std::int32_t width,
           std::int32_t height) {
            auto& self = *static_cast<ClientWindow*>(data);
            self.x = x;
            self.y = y;
            self.width = width;
            self.height = height;
        },
    .popup_done = [](void* data, xdg_popup*) { static_cast<ClientWindow*>(data)->done = true; },
    .repositioned = [](void*, xdg_popup*, std::uint32_t) {},
};

constexpr xdg_surface_listener surface_listener{
    .configure =
        [](void* data, xdg_surface*, std::uint32_t serial) {
            auto& self = *static_cast<ClientWindow*>(data);
            self.serial = serial;
            ++self.configures;
        },
};

} // namespace

void Client::connect(std::string const& socket)
{
    display = wl_display_connect(socket.c_str());
    ASSERT_TRUE(display);
    registry = wl_display_get_registry(display);
    wl_registry_add_listener(registry, &registry_listener, this);
}

Client::~Client()
{
    for (auto& window : windows_)
        close(*window);
    for (wl_buffer* const buffer : buffers_)
        wl_buffer_destroy(buffer);
    auto const forget = [](auto* object, auto* destroy) {
        if (object)
            destroy(object);
    };
    forget(keyboard, wl_keyboard_destroy);
    forget(seat, wl_seat_destroy);
    forget(shell, xdg_wm_base_destroy);
    forget(shm, wl_shm_destroy);
    forget(compositor, wl_compositor_destroy);
    forget(registry, wl_registry_destroy);
    if (display)
        wl_display_disconnect(display);
}

void Client::pump()
{
    if (!display)
        return;
    while (wl_display_prepare_read(display) != 0)
        wl_display_dispatch_pending(display);
    wl_display_flush(display);
    pollfd poll_display{wl_display_get_fd(display), POLLIN, 0};
    if (poll(&poll_display, 1, 0) > 0)
        wl_display_read_events(display);
    else
        wl_display_cancel_read(display);
    wl_display_dispatch_pending(display);
    if (seat && !keyboard) {
        keyboard = wl_seat_get_keyboard(seat);
        wl_keyboard_add_listener(keyboard, &keyboard_listener, this);
    }
    for (auto& window : windows_)
        if (window->serial != 0)
            draw(*window);
    wl_display_flush(display);
}

ClientWindow& Client::open(int width, int height, char const* title, int margin)
{
    auto& window = *windows_.emplace_back(std::make_unique<ClientWindow>());
    window.width = width;
    window.height = height;
    window.margin = margin;
    window.surface = wl_compositor_create_surface(compositor);
    window.role = xdg_wm_base_get_xdg_surface(shell, window.surface);
    xdg_surface_add_listener(window.role, &surface_listener, &window);
    window.toplevel = xdg_surface_get_toplevel(window.role);
    xdg_toplevel_add_listener(window.toplevel, &toplevel_listener, &window);
    xdg_toplevel_set_title(window.toplevel, title);
    wl_surface_commit(window.surface);
    return window;
}

ClientWindow& Client::open_popup(ClientWindow& parent, Rect anchor, Size size)
{
    auto& window = *windows_.emplace_back(std::make_unique<ClientWindow>());
    window.surface = wl_compositor_create_surface(compositor);
    window.role = xdg_wm_base_get_xdg_surface(shell, window.surface);
    xdg_surface_add_listener(window.role, &surface_listener, &window);
    xdg_positioner* const positioner = xdg_wm_base_create_positioner(shell);
    xdg_positioner_set_size(positioner, size.width, size.height);
    xdg_positioner_set_anchor_rect(positioner, anchor.x, anchor.y, anchor.width, anchor.height);
    xdg_positioner_set_anchor(positioner, XDG_POSITIONER_ANCHOR_BOTTOM_LEFT);
    xdg_positioner_set_gravity(positioner, XDG_POSITIONER_GRAVITY_BOTTOM_RIGHT);
    xdg_positioner_set_constraint_adjustment(positioner,
                                             XDG_POSITIONER_CONSTRAINT_ADJUSTMENT_FLIP_Y);
    window.popup = xdg_surface_get_popup(window.role, parent.role, positioner);
    xdg_popup_add_listener(window.popup, &popup_listener, &window);
    xdg_positioner_destroy(positioner);
    wl_surface_commit(window.surface);
    return window;
}

void Client::draw(ClientWindow& window)
{
    if (window.serial != 0)
        xdg_surface_ack_configure(window.role, window.serial);
    window.serial = 0;
    int const width = window.width + 2 * window.margin, height = window.height + 2 * window.margin;
    std::size_t const size = static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 4;
    int const fd = memfd_create("client", MFD_CLOEXEC);
    ASSERT_EQ(ftruncate(fd, static_cast<off_t>(size)), 0);
    auto* const pixels =
        static_cast<std::uint32_t*>(mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            bool const inside = x >= window.margin && y >= window.margin &&
                                x < width - window.margin && y < height - window.margin;
            pixels[y * width + x] = inside ? window.color : 0xffff0000;
        }
    munmap(pixels, size);
    wl_shm_pool* const pool = wl_shm_create_pool(shm, fd, static_cast<std::int32_t>(size));
    wl_buffer* const buffer =
        wl_shm_pool_create_buffer(pool, 0, width, height, width * 4, WL_SHM_FORMAT_XRGB8888);
    wl_shm_pool_destroy(pool);
    ::close(fd);
    static constexpr wl_buffer_listener release{.release = [](void* data, wl_buffer* done) {
        std::erase(static_cast<Client*>(data)->buffers_, done);
        wl_buffer_destroy(done);
    }};
    wl_buffer_add_listener(buffer, &release, this);
    buffers_.push_back(buffer);
    wl_surface_attach(window.surface, buffer, 0, 0);
    wl_surface_damage_buffer(window.surface, 0, 0, width, height);
    if (window.margin > 0)
        xdg_surface_set_window_geometry(window.role, window.margin, window.margin, window.width,
                                        window.height);
    wl_surface_commit(window.surface);
}

void Client::close(ClientWindow& window)
{
    if (!window.surface)
        return;
    if (window.popup)
        xdg_popup_destroy(window.popup);
    if (window.toplevel)
        xdg_toplevel_destroy(window.toplevel);
    xdg_surface_destroy(window.role);
    wl_surface_destroy(window.surface);
    window = {};
}

// ---- the fixture ----

void AgentTest::SetUp()
{
    char folder[] = "/tmp/vitrail-agent-XXXXXX";
    ASSERT_NE(mkdtemp(folder), nullptr);
    folder_ = folder;
    setenv("XDG_RUNTIME_DIR", folder, 1);
    auto made = Agent::create({.gui_domain = DomainId{0},
                               .serve = [this]() -> Result<std::unique_ptr<transport::Channel>> {
                                   return std::make_unique<transport::MemoryChannel>(daemon_);
                               },
                               .granter = granter_,
                               .xwayland = false});
    ASSERT_TRUE(made);
    agent_ = *std::move(made);
    ASSERT_TRUE(agent_->start());
    client_.connect(agent_->wayland_socket());
    ASSERT_TRUE(until([&] { return client_.shell && client_.seat && client_.shm; }));
}

void AgentTest::TearDown()
{
    agent_.reset();
    std::filesystem::remove_all(folder_);
}

void AgentTest::connect_daemon(wire::ProtocolVersion version)
{
    version_ = version;
    splitter_ = std::make_unique<wire::Splitter>(wire::From::agent);
    answered_ = false;
    ASSERT_TRUE(until([&] { return answered_; }));
}

void AgentTest::disconnect_daemon()
{
    daemon_.closed = true;
    splitter_.reset();
    agent_->link().pump(); // notices, and serves again
    daemon_ = {};
    heard_.clear();
}

void AgentTest::hear()
{
    if (!splitter_)
        return;
    std::vector<std::byte> const bytes = std::exchange(daemon_.received, {});
    std::span<std::byte const> input(bytes);
    while (true) {
        auto const event = splitter_->next(input);
        ASSERT_TRUE(event) << event.error().describe();
        if (!*event)
            return;
        if (auto const* frame = std::get_if<wire::Frame>(&**event)) {
            auto const message = wire::parse_agent_message(frame->header, frame->body, version_);
            ASSERT_TRUE(message) << message.error().describe();
            heard_.push_back(*message);
        } else {
            splitter_->set_version(version_);
            wire::build_version(daemon_.sent, version_);
            wire::build_xconf(daemon_.sent, {1280, 800});
            answered_ = true;
        }
    }
}

void AgentTest::turn()
{
    agent_->link().pump();
    wl_event_loop_dispatch(agent_->loop(), 1);
    wl_display_flush_clients(agent_->display());
    client_.pump();
    hear();
}

bool AgentTest::until(std::function<bool()> const& condition)
{
    auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end || HasFatalFailure())
            return false;
        turn();
    }
    return true;
}

void AgentTest::settle()
{
    for (int i = 0; i < 20; ++i)
        turn();
}

} // namespace vitrail::agent::test
