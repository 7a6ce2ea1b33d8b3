#include "agents/gui/agent.hpp"

#include <algorithm>
#include <ctime>
#include <functional>
#include <vector>

namespace vitrail::agent {

namespace {

/// The qube's screen as clients see it: never drawn to.
constexpr wlr_output_impl screen_impl{
    .set_cursor = nullptr,
    .move_cursor = nullptr,
    .destroy = [](wlr_output* output) { delete output; },
    .test = [](wlr_output*, wlr_output_state const*) { return true; },
    .commit = [](wlr_output*, wlr_output_state const*) { return true; },
    .get_gamma_size = nullptr,
    .get_cursor_formats = nullptr,
    .get_cursor_sizes = nullptr,
    .get_primary_formats = nullptr,
};

} // namespace

Result<std::unique_ptr<Agent>> Agent::create(Options options)
{
    std::unique_ptr<Agent> agent(new Agent(std::move(options)));
    TRY_VOID(agent->set_up());
    return agent;
}

Agent::Agent(Options options) : options_(std::move(options)), display_(wl_display_create())
{
    pool_ = std::make_unique<PagePool>(options_.granter, options_.gui_domain);
    link_ = std::make_unique<DaemonLink>(loop(), *this, options_.serve);
    book_ = std::make_unique<BufferBook>(*link_, *pool_);
    allocator_ = std::make_unique<SharedAllocator>(*book_);
}

Agent::~Agent()
{
    if (xwayland_) {
        new_x11_.reset();
        xwayland_ready_.reset();
        wlr_xwayland_destroy(xwayland_);
    }
    wl_display_destroy_clients(display_);
    windows_.clear();
    activate_.reset();
    new_decoration_.reset();
    new_popup_.reset();
    new_toplevel_.reset();
    clipboard_.reset();
    seat_.reset();
    if (screen_output_)
        wlr_output_destroy(screen_output_);
    allocator_.reset();
    link_.reset();
    book_.reset();
    pool_.reset();
    if (renderer_)
        wlr_renderer_destroy(renderer_);
    if (backend_)
        wlr_backend_destroy(backend_);
    wl_display_destroy(display_);
}

Result<> Agent::set_up()
{
    // Only what outputs ask a backend for; it has no outputs, inputs or timers of its own.
    backend_ = wlr_headless_backend_create(loop());
    renderer_ = wlr_pixman_renderer_create();
    if (!backend_ || !renderer_)
        return error("wlroots has no headless backend or pixman renderer");
    wlr_renderer_init_wl_shm(renderer_, display_);
    make_globals();
    make_screen(screen_);
    seat_ = std::make_unique<Seat>(*this);
    clipboard_ = std::make_unique<Clipboard>(*this);
    if (!options_.xwayland)
        return {};
    xwayland_ = wlr_xwayland_create(display_, compositor_, true);
    if (!xwayland_) {
        wlr_log(WLR_ERROR, "no Xwayland: X11 applications will not start");
        return {};
    }
    new_x11_.emplace(*this, xwayland_->events.new_surface);
    xwayland_ready_.emplace(*this, xwayland_->events.ready);
    return {};
}

void Agent::make_globals()
{
    compositor_ = wlr_compositor_create(display_, 6, renderer_);
    wlr_subcompositor_create(display_);
    wlr_data_device_manager_create(display_);
    wlr_primary_selection_v1_device_manager_create(display_);
    wlr_viewporter_create(display_);
    wlr_single_pixel_buffer_manager_v1_create(display_);
    wlr_fractional_scale_manager_v1_create(display_, 1);
    wlr_presentation_create(display_, backend_);
    layout_ = wlr_output_layout_create(display_);
    wlr_xdg_output_manager_v1_create(display_, layout_);
    wlr_xdg_shell* const shell = wlr_xdg_shell_create(display_, 6);
    shell->ping_timeout = 0; // hung applications are the daemon's side's to notice
    new_toplevel_.emplace(*this, shell->events.new_toplevel);
    new_popup_.emplace(*this, shell->events.new_popup);
    wlr_server_decoration_manager_set_default_mode(wlr_server_decoration_manager_create(display_),
                                                   WLR_SERVER_DECORATION_MANAGER_MODE_SERVER);
    new_decoration_.emplace(
        *this, wlr_xdg_decoration_manager_v1_create(display_)->events.new_toplevel_decoration);
    activate_.emplace(*this, wlr_xdg_activation_v1_create(display_)->events.request_activate);
}

void Agent::make_screen(Size size)
{
    wlr_output* const old = screen_output_;
    wlr_output_state state;
    wlr_output_state_init(&state);
    wlr_output_state_set_enabled(&state, true);
    wlr_output_state_set_custom_mode(&state, size.width, size.height, 60000);
    screen_output_ = new wlr_output;
    wlr_output_init(screen_output_, backend_, &screen_impl, loop(), &state);
    wlr_output_state_finish(&state);
    wlr_output_set_name(screen_output_, "QUBE-1");
    wlr_output_set_description(screen_output_, "The qube's screen");
    if (old)
        wlr_output_destroy(old);
    wlr_output_layout_add(layout_, screen_output_, 0, 0);
    screen_ = size;
    for (auto const& [id, window] : shown_)
        enter_output(*window->surface());
}

void Agent::enter_output(wlr_surface& surface)
{
    wlr_surface_send_enter(&surface, screen_output_);
}

Result<> Agent::start()
{
    char const* const socket = wl_display_add_socket_auto(display_);
    if (!socket)
        return error("no Wayland socket can be made in XDG_RUNTIME_DIR");
    socket_ = socket;
    return link_->start();
}

std::string Agent::x11_display() const
{
    return xwayland_ ? xwayland_->display_name : "";
}

xcb_connection_t* Agent::x11_connection() const
{
    return xwayland_ && xwayland_->xwm ? wlr_xwayland_get_xwm_connection(xwayland_) : nullptr;
}

std::uint32_t Agent::now_ms() const
{
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint32_t>(now.tv_sec * 1000 + now.tv_nsec / 1'000'000);
}

// ---- windows ----

WindowId Agent::add_window(Window& window)
{
    WindowId const id{++last_id_};
    shown_[id] = &window;
    return id;
}

void Agent::remove_window(WindowId id)
{
    shown_.erase(id);
}

Window* Agent::window(WindowId id) const
{
    auto const at = shown_.find(id);
    return at == shown_.end() ? nullptr : at->second;
}

Window* Agent::find_window(wlr_surface const& surface) const
{
    auto const at = std::ranges::find_if(
        shown_, [&](auto const& entry) { return entry.second->surface() == &surface; });
    return at == shown_.end() ? nullptr : at->second;
}

void Agent::forget(Window& window)
{
    windows_.erase(&window);
}

void Agent::dismiss_popups()
{
    std::vector<WindowId> grabbing;
    for (auto const& [id, window] : shown_)
        if (window->has_grab())
            grabbing.push_back(id);
    std::ranges::sort(grabbing, std::greater());
    for (WindowId const id : grabbing)
        if (Window* const popup = window(id))
            popup->handle_popup_done();
}

void Agent::handle_new_toplevel(wlr_xdg_toplevel& toplevel)
{
    auto window = std::make_unique<Toplevel>(*this, toplevel);
    Window* const key = window.get();
    windows_[key] = std::move(window);
}

void Agent::handle_new_popup(wlr_xdg_popup& popup)
{
    auto window = std::make_unique<Popup>(*this, popup);
    Window* const key = window.get();
    windows_[key] = std::move(window);
}

void Agent::handle_new_x11(wlr_xwayland_surface& xsurface)
{
    auto window = std::make_unique<X11Window>(*this, xsurface);
    Window* const key = window.get();
    windows_[key] = std::move(window);
}

void Agent::handle_xwayland_ready()
{
    wlr_xwayland_set_seat(xwayland_, seat_->get());
    // Without a cursor on the root window, those of windows that set none are hidden.
    wlr_xcursor_manager* const cursors = wlr_xcursor_manager_create(nullptr, 24);
    if (!cursors)
        return;
    if (wlr_xcursor const* const arrow =
            wlr_xcursor_manager_load(cursors, 1)
                ? wlr_xcursor_manager_get_xcursor(cursors, "default", 1)
                : nullptr) {
        wlr_xcursor_image const& image = *arrow->images[0];
        wlr_xwayland_set_cursor(xwayland_, image.buffer, image.width * 4, image.width, image.height,
                                static_cast<std::int32_t>(image.hotspot_x),
                                static_cast<std::int32_t>(image.hotspot_y));
    }
    wlr_xcursor_manager_destroy(cursors);
}

void Agent::handle_new_decoration(wlr_xdg_toplevel_decoration_v1& decoration)
{
    // The frame is the daemon's side's. A client that is not set up yet hears it first thing.
    decoration.scheduled_mode = WLR_XDG_TOPLEVEL_DECORATION_V1_MODE_SERVER_SIDE;
    if (decoration.toplevel->base->initialized)
        wlr_xdg_surface_schedule_configure(decoration.toplevel->base);
}

void Agent::handle_activate(wlr_xdg_activation_v1_request_activate_event& event)
{
    if (Window const* const window = find_window(*event.surface);
        window && !seat_->has_focus(*window))
        link_->send(wire::from_agent::Flags{window->id(), {.demands_attention = true}, {}});
}

} // namespace vitrail::agent
