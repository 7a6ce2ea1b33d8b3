#include "compositor/desktop.hpp"

#include "compositor/desktop_private.hpp"
#include "compositor/lost_view.hpp"
#include "compositor/xdg_popup.hpp"
#include "compositor/xdg_toplevel.hpp"
#include "lib/base/text.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace vitrail::compositor {

struct Desktop::Listeners {
    Listeners(Desktop& d, wlr_xdg_decoration_manager_v1* decoration,
              wlr_xdg_activation_v1* activation, wlr_virtual_keyboard_manager_v1* keyboards,
              wlr_virtual_pointer_manager_v1* pointers, wlr_cursor_shape_manager_v1* shapes)
        : new_output(d, d.backend_->events.new_output),
          new_input(d, d.backend_->events.new_input),
          toplevel(d, d.xdg_shell_->events.new_toplevel),
          decoration(d, decoration->events.new_toplevel_decoration),
          activation(d, activation->events.request_activate),
          keyboard(d, keyboards->events.new_virtual_keyboard),
          pointer(d, pointers->events.new_virtual_pointer),
          shape(d, shapes->events.request_set_shape),
          motion(d, d.cursor_->events.motion),
          absolute(d, d.cursor_->events.motion_absolute),
          button(d, d.cursor_->events.button),
          axis(d, d.cursor_->events.axis),
          frame(d, d.cursor_->events.frame),
          touch_down(d, d.cursor_->events.touch_down),
          touch_motion(d, d.cursor_->events.touch_motion),
          touch_up(d, d.cursor_->events.touch_up),
          touch_frame(d, d.cursor_->events.touch_frame),
          set_cursor(d, d.seat_->events.request_set_cursor),
          pointer_focus(d, d.seat_->pointer_state.events.focus_change),
          selection(d, d.seat_->events.request_set_selection),
          primary(d, d.seat_->events.request_set_primary_selection),
          request_drag(d, d.seat_->events.request_start_drag),
          start_drag(d, d.seat_->events.start_drag),
          keyboard_focus(d, d.seat_->keyboard_state.events.focus_change),
          keyboard_grab_end(d, d.seat_->events.keyboard_grab_end),
          pointer_grab_end(d, d.seat_->events.pointer_grab_end)
    {
    }
    Listener<&Desktop::handle_new_output> new_output;
    Listener<&Desktop::handle_new_input> new_input;
    Listener<&Desktop::handle_toplevel> toplevel;
    Listener<&Desktop::handle_decoration> decoration;
    Listener<&Desktop::handle_activation> activation;
    Listener<&Desktop::handle_virtual_keyboard> keyboard;
    Listener<&Desktop::handle_virtual_pointer> pointer;
    Listener<&Desktop::handle_cursor_shape> shape;
    Listener<&Desktop::handle_cursor_motion> motion;
    Listener<&Desktop::handle_cursor_absolute> absolute;
    Listener<&Desktop::handle_cursor_button> button;
    Listener<&Desktop::handle_cursor_axis> axis;
    Listener<&Desktop::handle_cursor_frame> frame;
    Listener<&Desktop::handle_touch_down> touch_down;
    Listener<&Desktop::handle_touch_motion> touch_motion;
    Listener<&Desktop::handle_touch_up> touch_up;
    Listener<&Desktop::handle_touch_frame> touch_frame;
    Listener<&Desktop::handle_set_cursor> set_cursor;
    Listener<&Desktop::handle_pointer_focus> pointer_focus;
    Listener<&Desktop::handle_set_selection> selection;
    Listener<&Desktop::handle_set_primary> primary;
    Listener<&Desktop::handle_request_drag> request_drag;
    Listener<&Desktop::handle_start_drag> start_drag;
    Listener<&Desktop::handle_keyboard_focus> keyboard_focus;
    Listener<&Desktop::handle_keyboard_grab_end> keyboard_grab_end;
    Listener<&Desktop::handle_pointer_grab_end> pointer_grab_end;
};

Desktop::Desktop(DesktopSetup setup, DesktopHost& host) : setup_(std::move(setup)), host_(host)
{
    machine_.kind = Badge::Kind::session;
    char name[65] = {};
    if (gethostname(name, sizeof name - 1) != 0 || name[0] == '\0')
        std::string_view("this machine").copy(name, sizeof name - 1);
    machine_.name = name;
}

Desktop::~Desktop()
{
    if (!display_)
        return;
    wl_display_destroy_clients(display_);
    lost_.reset();
    listeners_.reset();
    surfaces_.reset();
    constraints_.reset();
    if (following_)
        wl_event_source_remove(following_);
    watch_.reset();
    repeat_.reset();
    if (backend_)
        wlr_backend_destroy(backend_); // outputs and inputs go, and their objects here with them
    screens_.clear();
    keyboards_.clear();
    lock_.reset();
    prompts_.reset();
    layer_shell_.reset();
    output_management_.reset();
    clipboard_.reset();
    notices_.reset();
    backdrop_.reset();
    cursor_image_.reset();
    if (cursor_)
        wlr_cursor_destroy(cursor_);
    if (xcursors_)
        wlr_xcursor_manager_destroy(xcursors_);
    if (scene_)
        wlr_scene_node_destroy(&scene_->tree.node);
    if (allocator_)
        wlr_allocator_destroy(allocator_);
    if (renderer_)
        wlr_renderer_destroy(renderer_);
    tiers_.clear();
    wl_display_destroy(display_);
}

Result<std::unique_ptr<Desktop>> Desktop::create(DesktopSetup setup, DesktopHost& host)
{
    std::unique_ptr<Desktop> desktop{new Desktop(std::move(setup), host)};
    TRY_VOID(desktop->set_up());
    return desktop;
}

void Desktop::make_layers()
{
    wlr_scene_tree* const root = &scene_->tree;
    // From the bottom: what stands later lies above.
    for (wlr_scene_tree** layer :
         {&layers_.backdrop, &layers_.background, &layers_.bottom, &layers_.views, &layers_.menus,
          &layers_.top, &layers_.fullscreen, &layers_.overlay, &layers_.notices, &layers_.prompts,
          &layers_.drag, &layers_.lock})
        *layer = wlr_scene_tree_create(root);
}

Result<> Desktop::set_up()
{
    display_ = wl_display_create();
    wl_display_set_global_filter(
        display_,
        [](wl_client const* client, wl_global const* global, void* data) noexcept {
            auto const& self = *static_cast<Desktop*>(data);
            std::string_view const name = wl_global_get_interface(global)->name;
            if (self.setup_.test_tier)
                return true;
            return may_see(self.tier_of(client), name);
        },
        this);
    wl_display_set_default_max_buffer_size(display_, 1U << 20);
    backend_ = wlr_backend_autocreate(loop(), nullptr);
    if (!backend_)
        return error("no backend: neither a display to nest in nor a graphics device");
    renderer_ = wlr_renderer_autocreate(backend_);
    if (!renderer_)
        return error("no renderer (WLR_RENDERER=pixman always works)");
    allocator_ = wlr_allocator_autocreate(backend_, renderer_);
    if (!allocator_)
        return error("no allocator");
    wlr_renderer_init_wl_display(renderer_, display_);
    surfaces_ =
        std::make_unique<SurfaceWatch>(*wlr_compositor_create(display_, 6, renderer_), *this);
    wlr_subcompositor_create(display_);
    layout_ = wlr_output_layout_create(display_);
    scene_ = wlr_scene_create();
    make_layers();
    seat_ = wlr_seat_create(display_, "seat0");
    wlr_seat_set_capabilities(seat_, WL_SEAT_CAPABILITY_POINTER | WL_SEAT_CAPABILITY_KEYBOARD);
    cursor_ = wlr_cursor_create();
    wlr_cursor_attach_output_layout(cursor_, layout_);
    xcursors_ = wlr_xcursor_manager_create(nullptr, 24);
    cursor_image_ = std::make_unique<CursorImage>(cursor_, xcursors_);
    xdg_shell_ = wlr_xdg_shell_create(display_, 5);
    foreign_ = wlr_foreign_toplevel_manager_v1_create(display_);
    constraints_ = std::make_unique<PointerConstraints>(display_, seat_, *this);
    globals_ = std::make_unique<SessionGlobals>(display_, backend_, renderer_, layout_);
    wlr_server_decoration_manager_set_default_mode(wlr_server_decoration_manager_create(display_),
                                                   WLR_SERVER_DECORATION_MANAGER_MODE_SERVER);
    auto* const decoration = wlr_xdg_decoration_manager_v1_create(display_);
    auto* const activation = wlr_xdg_activation_v1_create(display_);
    auto* const keyboards = wlr_virtual_keyboard_manager_v1_create(display_);
    auto* const pointers = wlr_virtual_pointer_manager_v1_create(display_);
    auto* const shapes = wlr_cursor_shape_manager_v1_create(display_, 1);

    backdrop_ = std::make_unique<Backdrop>(layout_, layers_.backdrop);
    notices_ = std::make_unique<Notices>(loop(), layers_.notices);
    clipboard_ = std::make_unique<Clipboard>(loop(), *notices_, *this);
    prompts_ = std::make_unique<Prompts>(loop(), *this);
    layer_shell_ = std::make_unique<LayerShell>(
        display_, layout_,
        LayerShell::Layers{layers_.background, layers_.bottom, layers_.top, layers_.overlay},
        *this);
    lost_ = std::make_unique<LostWindows>(*this);
    repeat_ = std::make_unique<Timer<&Desktop::handle_repeat>>(loop(), *this);
    lock_ = std::make_unique<SessionLock>(display_, layout_, layers_.lock, *this);
    output_management_ = std::make_unique<OutputManagement>(display_, layout_, *this);
    listeners_ =
        std::make_unique<Listeners>(*this, decoration, activation, keyboards, pointers, shapes);
    if (!setup_.config_path.empty()) {
        if (auto config = load_config(setup_.config_path))
            config_ = std::move(*config);
        else
            config_error_ = config.error().message();
        watch_ = std::make_unique<ConfigWatch>(loop(), setup_.config_path, *this);
    }
    clipboard_->set_config(config_.clipboard);
    if (setup_.locked)
        lock_->lock();
    return {};
}

Result<std::string> Desktop::listen()
{
    // Never wayland-0: programs take it by default, also those not meant for this session.
    for (int number = 1; number <= 32; ++number) {
        std::string const name = "wayland-" + std::to_string(number);
        if (wl_display_add_socket(display_, name.c_str()) == 0)
            return name;
    }
    return error("no Wayland socket: is XDG_RUNTIME_DIR set and writable?");
}

bool Desktop::start()
{
    if (!wlr_backend_start(backend_))
        return false;
    // VITRAIL_HEADLESS_OUTPUTS="1280x800 1920x1080@1.5": outputs of the headless backend.
    if (char const* const wanted = std::getenv("VITRAIL_HEADLESS_OUTPUTS")) {
        std::string_view rest = wanted;
        struct Found {
            wlr_backend* headless = nullptr;
        } found;
        if (wlr_backend_is_headless(backend_))
            found.headless = backend_;
        else if (wlr_backend_is_multi(backend_))
            wlr_multi_for_each_backend(
                backend_,
                [](wlr_backend* one, void* data) noexcept {
                    if (wlr_backend_is_headless(one))
                        static_cast<Found*>(data)->headless = one;
                },
                &found);
        while (found.headless && !rest.empty()) {
            std::size_t const end = std::min(rest.find(' '), rest.size());
            std::string const one(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
            unsigned width = 0;
            unsigned height = 0;
            float scale = 1;
            if (std::sscanf(one.c_str(), "%5ux%5u@%f", &width, &height, &scale) < 2 || !width ||
                !height)
                continue;
            wlr_output* const output = wlr_headless_add_output(found.headless, width, height);
            if (output && scale != 1 && scale >= 0.5F && scale <= 8) {
                wlr_output_state state;
                wlr_output_state_init(&state);
                wlr_output_state_set_scale(&state, scale);
                wlr_output_commit_state(output, &state);
                wlr_output_state_finish(&state);
                settle_outputs();
            }
        }
    }
    return true;
}

void Desktop::set_tier(wl_client* client, Tier tier)
{
    tiers_.push_back(std::make_unique<TierOf>(*this, client, tier));
}

Tier Desktop::tier_of(wl_client const* client) const
{
    for (auto const& known : tiers_)
        if (known->client == client)
            return known->tier;
    return Tier::session; // by the public socket, which only the user can reach
}

wlr_layer_shell_v1* Desktop::layer_shell() const
{
    return layer_shell_->handle();
}

Scheme Desktop::scheme() const
{
    return config_.theme == ThemeChoice::dark ? Scheme::dark : Scheme::light;
}

std::string Desktop::shown_text(char const* untrusted) const
{
    return display_text(UntrustedText(std::string(untrusted)));
}

// Outputs

wlr_output* Desktop::output_near(Point p) const
{
    double x = 0;
    double y = 0;
    wlr_output_layout_closest_point(layout_, nullptr, p.x, p.y, &x, &y);
    return wlr_output_layout_output_at(layout_, x, y);
}

Rect Desktop::output_rect(wlr_output* output) const
{
    wlr_box box;
    wlr_output_layout_get_box(layout_, output, &box);
    return {box.x, box.y, box.width, box.height};
}

wlr_output* Desktop::current_output() const
{
    if (wlr_output* const output = wlr_output_layout_output_at(layout_, cursor_->x, cursor_->y))
        return output;
    return wlr_output_layout_get_center_output(layout_);
}

Rect Desktop::work_area(FramedView const& view) const
{
    wlr_output* const output = view.output();
    return output ? layer_shell_->work_area(output) : Rect{0, 0, 1280, 800};
}

void Desktop::handle_new_output(wlr_output& output)
{
    if (!wlr_output_init_render(&output, allocator_, renderer_))
        return;
    screens_.push_back(std::make_unique<Screen>(*this, &output));
    if (wlr_output_is_x11(&output))
        wlr_x11_output_set_title(&output, "Vitrail");
    else if (wlr_output_is_wl(&output))
        wlr_wl_output_set_title(&output, "Vitrail");
    if (!output_management_->add_output(&output, config_.output(output.name)))
        wlr_log(WLR_ERROR, "output %s: no mode works, it stays off", output.name);
    lock_->add_output(&output);
    settle_outputs();
}

void Desktop::handle_outputs_changed()
{
    settle_outputs();
}

void Desktop::settle_outputs()
{
    for (auto const& screen : screens_) {
        Rect const rect = output_rect(screen->output);
        wlr_scene_output_set_position(screen->scene_output, rect.x, rect.y);
    }
    backdrop_->arrange(scheme());
    lock_->arrange(scheme());
    layer_shell_->arrange_all();
    if (wlr_output* const output = current_output())
        notices_->set_place(output_rect(output), output->scale, scheme());
    notices_->set_error(config_error_);
    keep_all_reachable();
    output_management_->publish();
    for (FramedView* const menu : std::vector(menus_))
        menu->handle_layout();
    for (FramedView* const view : stack_)
        view->handle_layout();
    cursor_image_->reload();
    host_.handle_layout();
}

void Desktop::keep_all_reachable()
{
    std::vector<Rect> const areas = work_areas();
    if (areas.empty())
        return;
    for (FramedView* const view : stack_) {
        FramedView::State state = view->state();
        wlr_output* const output = view->output();
        if (!output)
            continue;
        Rect const area = layer_shell_->work_area(output);
        if (state.fullscreen)
            state.content = output_rect(output);
        else if (state.maximized)
            state.content = content_within(area);
        else if (state.snap != Snap::none)
            state.content = content_within(snapped(state.snap, area, config_.gap));
        else
            state.content = content_within(keep_reachable(view->outer(), areas));
        if (state.content != view->state().content)
            view->set_state(state);
        else
            view->refresh();
    }
}

void Desktop::handle_work_area(wlr_output*)
{
    keep_all_reachable();
    for (FramedView* const menu : std::vector(menus_))
        menu->handle_layout();
    host_.handle_layout();
}

void Desktop::refresh_all()
{
    for (FramedView* const view : stack_) {
        view->refresh_visibility();
        view->refresh();
    }
    for (FramedView* const menu : std::vector(menus_))
        menu->handle_layout();
}

Rect Desktop::layout_bounds() const
{
    wlr_box box;
    wlr_output_layout_get_box(layout_, nullptr, &box);
    return {box.x, box.y, box.width, box.height};
}

Rect Desktop::first_work_area() const
{
    wlr_output* const output = current_output();
    return output ? layer_shell_->work_area(output) : Rect{0, 0, 1280, 800};
}

Rect Desktop::tray_place(FramedView const& icon, Size wanted) const
{
    constexpr std::int32_t largest = 48;
    constexpr std::int32_t usual = 24;
    constexpr std::int32_t cell = 60;
    constexpr std::int32_t margin = 8;
    Rect const area = first_work_area();
    auto const place = std::ranges::find(tray_, &icon) - tray_.begin();
    std::int32_t const in_row = std::max((area.width - margin) / cell, 1);
    std::int32_t const column = static_cast<std::int32_t>(place) % in_row;
    std::int32_t const row = static_cast<std::int32_t>(place) / in_row;
    Size const size{wanted.width > 1 ? std::min(wanted.width, largest) : usual,
                    wanted.height > 1 ? std::min(wanted.height, largest) : usual};
    return {static_cast<std::int32_t>(area.right()) - margin - column * cell - size.width,
            static_cast<std::int32_t>(area.bottom()) - margin - row * cell - size.height,
            size.width, size.height};
}

std::uint32_t Desktop::scale_120() const
{
    wlr_output* const output = current_output();
    return output ? static_cast<std::uint32_t>(output->scale * 120 + 0.5F) : 120;
}

Rect Desktop::work_area_of(wlr_output* output) const
{
    return layer_shell_->work_area(output);
}

std::vector<Rect> Desktop::work_areas() const
{
    std::vector<Rect> areas;
    wlr_output_layout_output* entry;
    wl_list_for_each(entry, &layout_->outputs, link)
        areas.push_back(layer_shell_->work_area(entry->output));
    return areas;
}

Rect Desktop::on_screen(Rect const& content) const
{
    constexpr Size least{8, 4}; // of its title bar
    Rect bar = frame_around(content);
    bar.height -= content.height;
    for (Rect const& area : work_areas())
        if (Rect const seen = intersection(bar, area);
            seen.width >= least.width && seen.height >= least.height)
            return content;
    return reachable(content);
}

Rect Desktop::reachable(Rect const& content) const
{
    return content_within(keep_reachable(frame_around(content), work_areas()));
}

void Desktop::set_focus_claim(std::uint32_t origin)
{
    claim_ = Claim{origin, {}};
    claim_until_ = std::chrono::steady_clock::now() + std::chrono::seconds(15);
}

void Desktop::set_focus_claim(std::string name)
{
    claim_ = Claim{0, std::move(name)};
    claim_until_ = std::chrono::steady_clock::now() + std::chrono::seconds(15);
}

std::vector<std::pair<char const*, wlr_scene_tree*>> Desktop::layers() const
{
    return {{"backdrop", layers_.backdrop},
            {"background", layers_.background},
            {"bottom", layers_.bottom},
            {"views", layers_.views},
            {"menus", layers_.menus},
            {"top", layers_.top},
            {"fullscreen", layers_.fullscreen},
            {"overlay", layers_.overlay},
            {"notices", layers_.notices},
            {"prompts", layers_.prompts},
            {"drag", layers_.drag},
            {"lock", layers_.lock}};
}

// Windows

void Desktop::handle_toplevel(wlr_xdg_toplevel& toplevel)
{
    new XdgToplevel(*this, toplevel); // deletes itself with the toplevel
}

void Desktop::handle_decoration(wlr_xdg_toplevel_decoration_v1& decoration)
{
    // The answer can be sent only once the surface is initialised; before, wlroots keeps it.
    if (decoration.toplevel->base->initialized)
        wlr_xdg_toplevel_decoration_v1_set_mode(&decoration,
                                                WLR_XDG_TOPLEVEL_DECORATION_V1_MODE_SERVER_SIDE);
    else
        decoration.scheduled_mode = WLR_XDG_TOPLEVEL_DECORATION_V1_MODE_SERVER_SIDE;
}

void Desktop::handle_activation(wlr_xdg_activation_v1_request_activate_event& event)
{
    FramedView* const view = view_of(event.surface);
    if (!view || !view->mapped())
        return;
    if (event.token->seat) // made by an input event of the user
        activate(*view);
    else
        view->set_attention(true);
}

FramedView* Desktop::owner_of(wlr_surface* surface) const
{
    if (!surface)
        return nullptr;
    for (FramedView* const menu : menus_)
        if (menu->surface() == surface)
            return menu;
    return view_of(surface);
}

void Desktop::menu_shown(FramedView& menu)
{
    menus_.push_back(&menu);
    view_placed(menu.outer());
}

void Desktop::menu_hidden(FramedView& menu)
{
    view_placed(menu.outer());
    std::erase(menus_, &menu);
    cursor_image_->owner_gone(menu.content_);
}

wlr_scene_tree* Desktop::menu_layer(std::uint32_t origin, wlr_output* output) const
{
    for (FramedView const* const view : stack_)
        if (view->tree_->node.parent == layers_.fullscreen && view->origin() == origin &&
            view->output() == output)
            return layers_.fullscreen;
    return layers_.menus;
}

FramedView* Desktop::view_of(wlr_surface* surface) const
{
    wlr_surface* const root = wlr_surface_get_root_surface(surface);
    for (FramedView* const view : stack_)
        if (view->surface() == root)
            return view;
    return nullptr;
}

void Desktop::view_mapped(FramedView& view)
{
    wlr_output* const output = current_output();
    Rect const area = output ? layer_shell_->work_area(output) : Rect{0, 0, 1280, 800};
    std::vector<Rect> others;
    for (FramedView const* const other : stack_)
        if (other->visible())
            others.push_back(other->outer());
    Size const size = view.wanted_size();
    Rect const outer = frame_around({0, 0, std::max(size.width, 1), std::max(size.height, 1)});
    FramedView::State state = view.state();
    state.workspace = workspace_;
    if (auto const place = view.wanted_place(); place && (place->x != 0 || place->y != 0)) {
        Rect const wanted{place->x, place->y, std::max(size.width, 1), std::max(size.height, 1)};
        // What a qube asks for is held to the whole frame; the session's come back where they were.
        state.content = view.untrusted() ? reachable(wanted) : on_screen(wanted);
    } else {
        state.content = content_within(place_new({outer.width, outer.height}, area, others));
    }
    // Across qubes the focus moves only by the user: a sibling, a claim, or nobody has it.
    bool const claimed =
        claim_ && std::chrono::steady_clock::now() < claim_until_ &&
        (claim_->name.empty() ? claim_->origin == view.origin()
                              : view.origin() != 0 && claim_->name == view.badge().name);
    // A panel that the user clicked keeps it, but for windows of its own program.
    bool const own = layer_focus_ && client_of(view.surface()) == client_of(layer_focus_);
    bool const takes_focus =
        claimed || own || (!layer_clicked_ && (!focused_ || focused_->origin() == view.origin()));
    // Else it comes to lie under the focused window and its siblings right below: it may not cover
    // what is typed into, nor get between a dialog and its window.
    FramedView* under = takes_focus ? nullptr : focused_;
    for (auto it = std::ranges::find(stack_, under);
         under && it != stack_.begin() && (*(it - 1))->origin() == under->origin(); --it)
        under = *(it - 1);
    view_inserted(view, under);
    // A client that drew its first picture is not asked for another size without need.
    if (Size const got{state.content.width, state.content.height}; got != size) {
        view.set_state(state);
    } else {
        view.state_ = state;
        wlr_scene_node_set_position(&view.tree_->node, state.content.x, state.content.y);
    }
    if (takes_focus) {
        if (claimed)
            claim_.reset();
        layer_focus_ = nullptr;
        layer_clicked_ = false;
        focus_view(&view);
    } else {
        view.set_attention(true);
    }
    // Last: a node that is shown costs a walk over all that it overlaps with each change of it.
    view.refresh_visibility();
    host_.handle_view_changed(view);
}

void Desktop::view_replaced(FramedView& gone, FramedView& fresh)
{
    auto const place = std::ranges::find(stack_, &gone);
    FramedView* const above =
        place == stack_.end() || place + 1 == stack_.end() ? nullptr : place[1];
    wlr_scene_node_reparent(&fresh.tree_->node, gone.tree_->node.parent);
    wlr_scene_node_place_above(&fresh.tree_->node, &gone.tree_->node);
    bool const had_focus = focused_ == &gone;
    if (had_focus)
        focused_ = nullptr; // nobody gets it meanwhile
    gone.unmap();
    view_inserted(fresh, above);
    if (had_focus)
        update_focus();
}

void Desktop::view_inserted(FramedView& view, FramedView* below)
{
    auto const place = below ? std::ranges::find(stack_, below) : stack_.end();
    // Siblings in the scene are those of one layer: the next one below, in that layer.
    wlr_scene_node* under = nullptr;
    for (auto it = place; it != stack_.begin() && !under;)
        if (wlr_scene_node& node = (*--it)->tree_->node; node.parent == view.tree_->node.parent)
            under = &node;
    if (under)
        wlr_scene_node_place_above(&view.tree_->node, under);
    else
        wlr_scene_node_lower_to_bottom(&view.tree_->node);
    stack_.insert(place, &view);
    switcher_.added(view.id());
}

void Desktop::view_restored(FramedView& view, bool focused)
{
    if (focused && !focused_)
        focus_view(&view);
    host_.handle_view_changed(view);
}

void Desktop::view_unmapped(FramedView& view)
{
    std::erase(stack_, &view);
    host_.handle_view_gone(view);
    switcher_.removed(view.id());
    cursor_image_->owner_gone(view.content_);
    if (holder_ == &view)
        end_pointer_hold();
    if (grabbed_ == &view)
        end_grab();
    if (hovered_ == &view)
        hovered_ = nullptr;
    if (focused_ == &view) {
        focused_ = nullptr;
        focus_after(view);
    }
    if (switcher_.walking())
        show_switcher();
}

void Desktop::focus_after(FramedView const& gone)
{
    // A window that goes by itself hands the keyboard to a sibling, or to nobody: what the user is
    // typing must not land in another qube. One that he closed makes way for the next.
    if (gone.close_wanted())
        return focus_topmost();
    for (auto it = stack_.rbegin(); it != stack_.rend(); ++it)
        if ((*it)->visible() && (*it)->origin() == gone.origin())
            return focus_view(*it);
    focus_view(nullptr);
}

void Desktop::focus_topmost()
{
    for (auto it = stack_.rbegin(); it != stack_.rend(); ++it)
        if ((*it)->visible())
            return focus_view(*it);
    focus_view(nullptr);
}

void Desktop::focus_view(FramedView* view)
{
    if (view != focused_) {
        if (FramedView* const old = focused_) {
            focused_ = nullptr;
            old->set_focused(false);
            host_.handle_view_changed(*old);
        }
        focused_ = view;
        if (view) {
            switcher_.used(view->id());
            view->set_focused(true);
            host_.handle_view_changed(*view);
        }
    }
    settle_fullscreen();
    update_focus();
}

void Desktop::settle_fullscreen()
{
    // A full-screen window lies over the panels while it is the one in use; else the focused window
    // would be hidden by it, and keys would go where nobody looks.
    auto const layer_for = [this](FramedView const& view) {
        bool const over = view.state().fullscreen && view.visible() &&
                          (!focused_ || focused_ == &view || focused_->output() != view.output());
        return over ? layers_.fullscreen : layers_.views;
    };
    if (std::ranges::all_of(stack_, [&](FramedView const* view) {
            return view->tree_->node.parent == layer_for(*view);
        }))
        return;
    for (FramedView* const view : stack_) {
        if (wlr_scene_tree* const layer = layer_for(*view); layer != view->tree_->node.parent)
            wlr_scene_node_reparent(&view->tree_->node, layer);
        view->raise();
    }
    for (FramedView* const menu : std::vector(menus_))
        menu->handle_layout();
}

void Desktop::activate(FramedView& view)
{
    layer_focus_ = nullptr;
    layer_clicked_ = false;
    if (view.state().minimized)
        set_minimized(view, false);
    if (view.state().workspace != workspace_)
        set_workspace(view.state().workspace);
    std::erase(stack_, &view);
    stack_.push_back(&view);
    view.raise();
    focus_view(&view);
}

void Desktop::update_focus()
{
    stop_repeat();
    if (lock_->locked())
        focus_surface(lock_surface_);
    else if (wlr_surface* const prompt = prompts_->keyboard_surface())
        focus_surface(with_menu(prompt));
    else if (wlr_surface* const layer = layer_shell_->exclusive_surface())
        focus_surface(with_menu(layer));
    else if (layer_focus_)
        focus_surface(with_menu(layer_focus_));
    else
        focus_surface(with_menu(focused_ ? focused_->surface() : nullptr));
    constraints_->update();
}

wlr_xdg_popup_grab* Desktop::menu_grab() const
{
    wlr_xdg_popup_grab* grab;
    wl_list_for_each(grab, &xdg_shell_->popup_grabs, link)
    {
        if (seat_->keyboard_state.grab == &grab->keyboard_grab)
            return grab;
    }
    return nullptr;
}

/// The topmost menu that grabs and was opened from this surface, else the surface.
wlr_surface* Desktop::with_menu(wlr_surface* surface) const
{
    wlr_xdg_popup_grab* const grab = menu_grab();
    if (!grab || !surface)
        return surface;
    wlr_xdg_popup* popup;
    wl_list_for_each(popup, &grab->popups, grab_link)
    {
        wlr_surface* root = popup->parent;
        for (wlr_xdg_popup* up = popup; up;
             up = root ? wlr_xdg_popup_try_from_wlr_surface(root) : nullptr)
            root = up->parent;
        if (popup->base->surface->mapped && root == surface)
            return popup->base->surface;
    }
    return surface;
}

void Desktop::focus_surface(wlr_surface* surface)
{
    if (seat_->keyboard_state.focused_surface == surface)
        return;
    end_pointer_hold();
    sent_keys_.clear();
    // A menu may keep the keys from nobody but the program that opened it: where that has them, it
    // closes, but for another menu of the same; where it does not, they go past it.
    wlr_xdg_popup_grab const* const menu = menu_grab();
    wlr_xdg_popup const* const popup =
        menu && surface ? wlr_xdg_popup_try_from_wlr_surface(surface) : nullptr;
    if (menu && menu->client == client_of(seat_->keyboard_state.focused_surface) &&
        !(popup && popup->seat && client_of(surface) == menu->client)) {
        wlr_seat_pointer_end_grab(seat_);
        if (seat_->keyboard_state.focused_surface == surface)
            return; // the end of a grab sets the focus anew
    }
    if (!surface) {
        if (menu)
            wlr_seat_keyboard_clear_focus(seat_);
        else
            wlr_seat_keyboard_notify_clear_focus(seat_);
        return;
    }
    wlr_keyboard* const keyboard = wlr_seat_get_keyboard(seat_);
    // Keys that are held were pressed for somebody else: the new one hears of modifiers alone.
    auto* const enter = menu ? wlr_seat_keyboard_enter : wlr_seat_keyboard_notify_enter;
    enter(seat_, surface, nullptr, 0, keyboard ? &keyboard->modifiers : nullptr);
}

void Desktop::handle_keyboard_focus(wlr_seat_keyboard_focus_change_event& event)
{
    FramedView const* const view = owner_of(event.new_surface);
    clipboard_->set_typed(view ? view->origin() : 0);
    host_.handle_desktop_told();
}

void Desktop::handle_layer_focus()
{
    if (!layer_shell_->takes_keys(layer_focus_)) {
        layer_focus_ = nullptr;
        layer_clicked_ = false;
    }
    update_focus();
}

void Desktop::handle_layer_shown(wlr_surface* surface)
{
    if (!focused_ && !layer_focus_ && layer_shell_->takes_keys(surface))
        layer_focus_ = surface; // until a window is there
}

void Desktop::handle_layer_place(wlr_layer_surface_v1 const&, Rect const& place)
{
    prompts_->disturb(place);
}

std::unique_ptr<Prompts::Prompt> Desktop::add_prompt(wlr_surface* surface,
                                                     Prompts::Prompt::Events events)
{
    wlr_layer_surface_v1* const layer = wlr_layer_surface_v1_try_from_wlr_surface(surface);
    if (!layer || prompts_->holds(layer))
        return nullptr;
    wlr_scene_tree* const tree = layer_shell_->pin(*layer, layers_.prompts);
    return tree ? std::make_unique<Prompts::Prompt>(*prompts_, *layer, *tree, std::move(events))
                : nullptr;
}

void Desktop::handle_layer_popup(wlr_xdg_popup& popup, wlr_scene_tree* parent, wlr_output* output)
{
    XdgPopup::create(*this, popup, parent, output ? output_rect(output) : Rect{});
}

void Desktop::handle_lock_focus(wlr_surface* surface)
{
    lock_surface_ = surface;
    update_focus();
}

void Desktop::handle_locked(bool locked)
{
    end_grab();
    switcher_.cancel();
    clipboard_->cancel();
    prompts_->cancel();
    notices_->hide_switcher();
    lock_surface_ = nullptr;
    // No key, pointer, finger, menu or drag of the session outlives this moment, in either
    // direction.
    touches_.clear();
    wlr_seat_pointer_end_grab(seat_);
    wlr_seat_keyboard_end_grab(seat_);
    wlr_seat_touch_end_grab(seat_);
    wlr_seat_pointer_notify_clear_focus(seat_);
    wlr_seat_keyboard_notify_clear_focus(seat_);
    for (wlr_scene_tree* const layer :
         {layers_.background, layers_.bottom, layers_.views, layers_.menus, layers_.top,
          layers_.fullscreen, layers_.overlay, layers_.notices, layers_.prompts, layers_.drag})
        wlr_scene_node_set_enabled(&layer->node, !locked);
    update_focus();
    scene_changed();
    host_.handle_session_locked(locked);
}

} // namespace vitrail::compositor
