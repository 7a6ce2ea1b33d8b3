// The conformance suite's hand on our compositor: a tier that sees every global, clients whose
// windows may attach a buffer before the first configure, a pointer and a finger. Never in a
// shipped program.

#include "compositor/desktop.hpp"

#include <linux/input-event-codes.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <wlcs/display_server.h>
#include <wlcs/pointer.h>
#include <wlcs/touch.h>

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <map>
#include <mutex>
#include <string_view>
#include <thread>
#include <type_traits>
#include <unistd.h>

using namespace vitrail;
using namespace vitrail::compositor;

struct wl_proxy;
extern "C" std::uint32_t wl_proxy_get_id(wl_proxy*);
extern "C" int wl_display_get_fd(wl_display*);

namespace {

class Host final : public DesktopHost {
    void handle_spawn(std::string const&) override {}
    void handle_chord(std::string_view, FramedView*) override {}
};

/// A second later with each call: two clicks of the suite are never a double click.
std::uint32_t now_ms()
{
    static std::atomic<std::uint32_t> calls = 0;
    timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<std::uint32_t>(t.tv_sec * 1000 + t.tv_nsec / 1000000) + 1000 * ++calls;
}

/// Many of the suite's windows attach a buffer with their first commit, which wlroots rightly
/// refuses: here, and only here, they count as configured from the start. A first commit with a
/// buffer may be followed by one that takes it away, and there wlroots asserts that it was not
/// the first: before each commit it is told so.
template <typename ShellSurface> class Lenient {
public:
    explicit Lenient(ShellSurface& surface)
        : surface_(surface),
          client_commit_(*this, surface.surface->events.client_commit),
          commit_(*this, surface.surface->events.commit),
          destroy_(*this, surface.events.destroy)
    {
        surface.configured = true;
    }

private:
    void handle_client_commit()
    {
        surface_.initial_commit = false;
        if constexpr (std::is_same_v<ShellSurface, wlr_xdg_surface>)
            place_popup();
    }
    /// One that never acknowledged where it was put is where it asked to be.
    void place_popup()
    {
        wlr_xdg_popup* const popup =
            surface_.role == WLR_XDG_SURFACE_ROLE_POPUP ? surface_.popup : nullptr;
        if (popup && popup->pending.geometry.width == 0)
            popup->pending.geometry = popup->scheduled.geometry;
    }
    void handle_commit() { surface_.configured = true; } // unmapping took it back
    void handle_destroy() { delete this; }
    ShellSurface& surface_;
    Listener<&Lenient::handle_client_commit> client_commit_;
    Listener<&Lenient::handle_commit> commit_;
    Listener<&Lenient::handle_destroy> destroy_;
};

/// Runs the compositor on a thread and jobs of the suite's thread on it.
class Server final : public WlcsDisplayServer {
public:
    Server();
    void run(std::function<void()> job)
    {
        std::unique_lock lock(mutex_);
        bool done = false;
        jobs_.push_back([&] {
            job();
            std::unique_lock inner(mutex_);
            done = true;
            finished_.notify_all();
        });
        std::uint64_t one = 1;
        (void)!::write(wake_, &one, sizeof one);
        finished_.wait(lock, [&] { return done; });
    }
    void start_thread()
    {
        thread_ = std::thread([this] { wl_display_run(desktop->display()); });
    }
    void stop_thread()
    {
        run([this] { wl_display_terminate(desktop->display()); });
        thread_.join();
        wl_event_source_remove(source_);
        wl_protocol_logger_destroy(logger_);
        new_xdg_surface_.reset();
        new_layer_surface_.reset();
        desktop.reset();
        ::close(wake_);
    }
    void handle_new_xdg_surface(wlr_xdg_surface& surface) { new Lenient(surface); }
    void handle_new_layer_surface(wlr_layer_surface_v1& surface) { new Lenient(surface); }
    Host host;
    std::unique_ptr<Desktop> desktop;
    std::map<int, wl_client*> clients; ///< by the suite's end of the socket

private:
    std::mutex mutex_;
    std::condition_variable finished_;
    std::vector<std::function<void()>> jobs_;
    int wake_ = -1;
    wl_event_source* source_ = nullptr;
    wl_protocol_logger* logger_ = nullptr;
    std::thread thread_;
    std::optional<Listener<&Server::handle_new_xdg_surface>> new_xdg_surface_;
    std::optional<Listener<&Server::handle_new_layer_surface>> new_layer_surface_;
};

/// The suite moves panels too: where they are in the scene, null for others.
wlr_scene_node* panel_node(Desktop& desktop, wlr_surface* surface)
{
    struct Search {
        wlr_surface* surface;
        bool found = false;
    };
    for (auto const& [name, layer] : desktop.layers()) {
        wlr_scene_node* node;
        wl_list_for_each(node, &layer->children, link)
        {
            Search search{surface};
            wlr_scene_node_for_each_buffer(
                node,
                [](wlr_scene_buffer* buffer, int, int, void* data) {
                    auto& wanted = *static_cast<Search*>(data);
                    wlr_scene_surface* const on = wlr_scene_surface_try_from_buffer(buffer);
                    wanted.found = wanted.found || (on && on->surface == wanted.surface);
                },
                &search);
            if (search.found)
                return node;
        }
    }
    return nullptr;
}

void place(Desktop& desktop, wlr_surface* surface, Point place)
{
    if (FramedView* const view = desktop.view_of(surface))
        return desktop.move_view(*view, place);
    if (wlr_layer_surface_v1_try_from_wlr_surface(surface))
        if (wlr_scene_node* const node = panel_node(desktop, surface)) {
            wlr_scene_node_set_position(node, place.x, place.y);
            desktop.scene_changed();
        }
}

Server& self(WlcsDisplayServer* server)
{
    return *static_cast<Server*>(server);
}

wlr_pointer_impl const mouse_table{.name = "wlcs mouse"};

/// Its relative motions come as a mouse's; places and buttons go in behind the device.
struct PointerHand final : WlcsPointer {
    Server* server;
    wlr_pointer mouse{};
};
struct TouchHand final : WlcsTouch {
    Server* server;
};

WlcsPointer* make_pointer(WlcsDisplayServer* server)
{
    auto* const hand = new PointerHand{};
    hand->server = &self(server);
    hand->version = WLCS_POINTER_VERSION;
    hand->server->run([hand] {
        wlr_pointer_init(&hand->mouse, &mouse_table, mouse_table.name);
        hand->server->desktop->add_input(hand->mouse.base);
    });
    hand->move_absolute = [](WlcsPointer* p, wl_fixed_t x, wl_fixed_t y) {
        Server& s = *static_cast<PointerHand*>(p)->server;
        s.run([&] {
            wlr_cursor_warp_closest(s.desktop->cursor(), nullptr, wl_fixed_to_double(x),
                                    wl_fixed_to_double(y));
            s.desktop->pointer_moved(now_ms());
            wlr_seat_pointer_notify_frame(s.desktop->seat());
        });
    };
    hand->move_relative = [](WlcsPointer* p, wl_fixed_t x, wl_fixed_t y) {
        PointerHand& h = *static_cast<PointerHand*>(p);
        h.server->run([&] {
            double const dx = wl_fixed_to_double(x);
            double const dy = wl_fixed_to_double(y);
            wlr_pointer_motion_event event{.pointer = &h.mouse,
                                           .time_msec = now_ms(),
                                           .delta_x = dx,
                                           .delta_y = dy,
                                           .unaccel_dx = dx,
                                           .unaccel_dy = dy};
            wl_signal_emit_mutable(&h.mouse.events.motion, &event);
            wl_signal_emit_mutable(&h.mouse.events.frame, &h.mouse);
        });
    };
    hand->button_up = [](WlcsPointer* p, int button) {
        Server& s = *static_cast<PointerHand*>(p)->server;
        s.run([&] {
            s.desktop->pointer_button(now_ms(), static_cast<std::uint32_t>(button), false);
            wlr_seat_pointer_notify_frame(s.desktop->seat());
        });
    };
    hand->button_down = [](WlcsPointer* p, int button) {
        Server& s = *static_cast<PointerHand*>(p)->server;
        s.run([&] {
            s.desktop->pointer_button(now_ms(), static_cast<std::uint32_t>(button), true);
            wlr_seat_pointer_notify_frame(s.desktop->seat());
        });
    };
    hand->destroy = [](WlcsPointer* p) {
        auto* const hand = static_cast<PointerHand*>(p);
        hand->server->run([hand] { wlr_pointer_finish(&hand->mouse); });
        delete hand;
    };
    return hand;
}

// Positions are plain integers, whatever the header says.
WlcsTouch* make_touch(WlcsDisplayServer* server)
{
    auto* const hand = new TouchHand{};
    hand->server = &self(server);
    hand->version = WLCS_TOUCH_VERSION;
    hand->touch_down = [](WlcsTouch* t, wl_fixed_t x, wl_fixed_t y) {
        Server& s = *static_cast<TouchHand*>(t)->server;
        s.run([&] {
            s.desktop->touch_down(now_ms(), 0, x, y);
            wlr_seat_touch_notify_frame(s.desktop->seat());
        });
    };
    hand->touch_move = [](WlcsTouch* t, wl_fixed_t x, wl_fixed_t y) {
        Server& s = *static_cast<TouchHand*>(t)->server;
        s.run([&] {
            s.desktop->touch_motion(now_ms(), 0, x, y);
            wlr_seat_touch_notify_frame(s.desktop->seat());
        });
    };
    hand->touch_up = [](WlcsTouch* t) {
        Server& s = *static_cast<TouchHand*>(t)->server;
        s.run([&] {
            s.desktop->touch_up(now_ms(), 0);
            wlr_seat_touch_notify_frame(s.desktop->seat());
        });
    };
    hand->destroy = [](WlcsTouch* t) { delete static_cast<TouchHand*>(t); };
    return hand;
}

constexpr WlcsExtensionDescriptor extensions[] = {
    {"wl_compositor", 6},
    {"wl_shm", 1},
    {"wl_data_device_manager", 3},
    {"wl_seat", 9},
    {"wl_output", 4},
    {"wl_subcompositor", 1},
    {"xdg_wm_base", 5},
    {"zwlr_layer_shell_v1", 4},
    {"zxdg_output_manager_v1", 3},
    {"zwlr_foreign_toplevel_manager_v1", 3},
    {"zwp_primary_selection_device_manager_v1", 1},
    {"zwp_relative_pointer_manager_v1", 1},
    {"zwp_pointer_constraints_v1", 1},
    {"zwlr_virtual_pointer_manager_v1", 2},
};
constexpr WlcsIntegrationDescriptor descriptor{WLCS_INTEGRATION_DESCRIPTOR_VERSION,
                                               std::size(extensions), extensions};

Server::Server() : WlcsDisplayServer{}
{
    version = 2;
    start = [](WlcsDisplayServer* s) { self(s).start_thread(); };
    stop = [](WlcsDisplayServer* s) { self(s).stop_thread(); };
    create_client_socket = [](WlcsDisplayServer* s) {
        int ends[2];
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
            return -1;
        self(s).run([&] {
            self(s).clients[ends[1]] = wl_client_create(self(s).desktop->display(), ends[0]);
        });
        return ends[1];
    };
    position_window_absolute = [](WlcsDisplayServer* s, wl_display* display, wl_surface* surface,
                                  int x, int y) {
        int const fd = wl_display_get_fd(display);
        std::uint32_t const id = wl_proxy_get_id(reinterpret_cast<wl_proxy*>(surface));
        self(s).run([&] {
            wl_client* const client = self(s).clients[fd];
            wl_resource* const resource = client ? wl_client_get_object(client, id) : nullptr;
            if (!resource)
                return;
            place(*self(s).desktop, wlr_surface_from_resource(resource), {x, y});
        });
    };
    create_pointer = make_pointer;
    create_touch = make_touch;
    get_descriptor = [](WlcsDisplayServer const*) { return &descriptor; };

    wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    auto made = Desktop::create({.test_tier = true}, host);
    if (!made)
        std::abort();
    desktop = std::move(*made);
    wlr_seat_set_capabilities(desktop->seat(), WL_SEAT_CAPABILITY_POINTER |
                                                   WL_SEAT_CAPABILITY_KEYBOARD |
                                                   WL_SEAT_CAPABILITY_TOUCH);
    source_ = wl_event_loop_add_fd(
        desktop->loop(), wake_, WL_EVENT_READABLE,
        [](int fd, std::uint32_t, void* data) {
            std::uint64_t count;
            (void)!::read(fd, &count, sizeof count);
            auto& server = *static_cast<Server*>(data);
            std::vector<std::function<void()>> jobs;
            {
                std::unique_lock lock(server.mutex_);
                jobs.swap(server.jobs_);
            }
            for (auto const& job : jobs)
                job();
            return 0;
        },
        this);
    // The suite takes the answer of a sync for the end of all answers; what the compositor does at
    // the end of a turn comes after it.
    logger_ = wl_display_add_protocol_logger(
        desktop->display(),
        [](void* data, wl_protocol_logger_type type, wl_protocol_logger_message const* message) {
            std::string_view const interface = wl_resource_get_class(message->resource);
            if (type == WL_PROTOCOL_LOGGER_REQUEST && interface == "wl_display" &&
                std::string_view(message->message->name) == "sync")
                static_cast<Server*>(data)->desktop->settle_scene();
        },
        this);
    new_xdg_surface_.emplace(*this, desktop->xdg_shell()->events.new_surface);
    new_layer_surface_.emplace(*this, desktop->layer_shell()->events.new_surface);
    (void)desktop->start();
}

} // namespace

extern "C"
    __attribute__((visibility("default"))) WlcsServerIntegration const wlcs_server_integration{
        WLCS_SERVER_INTEGRATION_VERSION,
        [](int, char const**) -> WlcsDisplayServer* {
            setenv("WLR_BACKENDS", "headless", 1);
            setenv("WLR_HEADLESS_OUTPUTS", "0", 1);
            setenv("VITRAIL_HEADLESS_OUTPUTS", "1280x1024", 1);
            setenv("WLR_RENDERER", "pixman", 1);
            return new Server;
        },
        [](WlcsDisplayServer* server) { delete static_cast<Server*>(server); },
    };
