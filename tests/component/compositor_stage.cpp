#include "tests/component/compositor_stage.hpp"

#include <drm_fourcc.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <stdlib.h>
#include <sys/socket.h>

#include <chrono>
#include <fstream>

namespace vitrail::test {
namespace {

using compositor::Listener;

wlr_keyboard_impl const keyboard_table{.name = "test keyboard", .led_update = nullptr};
wlr_pointer_impl const pointer_table{.name = "test pointer"};

wlr_scene* scene_of(wlr_scene_tree* tree)
{
    while (tree->node.parent)
        tree = tree->node.parent;
    wlr_scene* scene;
    scene = wl_container_of(tree, scene, tree);
    return scene;
}

wlr_backend* headless_of(wlr_backend* backend)
{
    wlr_backend* found = wlr_backend_is_headless(backend) ? backend : nullptr;
    if (!found && wlr_backend_is_multi(backend))
        wlr_multi_for_each_backend(
            backend,
            [](wlr_backend* one, void* data) noexcept {
                if (wlr_backend_is_headless(one))
                    *static_cast<wlr_backend**>(data) = one;
            },
            &found);
    return found;
}

std::pair<Fd, Fd> socket_pair()
{
    int ends[2] = {-1, -1};
    (void)socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends);
    return {Fd(ends[0]), Fd(ends[1])};
}

Rect rect_of(nlohmann::json const& json)
{
    return {json["x"].get<int>(), json["y"].get<int>(), json["width"].get<int>(),
            json["height"].get<int>()};
}

} // namespace

/// The last frame of one output, as it was committed: what a damage too small would leave stale is
/// stale here too.
struct Stage::Screen {
    Screen(Stage& of, wlr_output* on)
        : stage(of),
          output(on),
          commit(*this, on->events.commit),
          destroy(*this, on->events.destroy)
    {
        wlr_output_lock_software_cursors(on, true); // or the picture would be without the pointer
    }
    void handle_commit(wlr_output_event_commit& event)
    {
        if (!(event.state->committed & WLR_OUTPUT_STATE_BUFFER))
            return;
        void* data = nullptr;
        std::uint32_t format = 0;
        std::size_t stride = 0;
        ASSERT_TRUE(wlr_buffer_begin_data_ptr_access(
            event.state->buffer, WLR_BUFFER_DATA_PTR_ACCESS_READ, &data, &format, &stride));
        int const width = event.state->buffer->width;
        int const height = event.state->buffer->height;
        picture = {width, height, {}};
        picture.pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
        for (int y = 0; y < height; ++y) {
            auto const* const row = reinterpret_cast<std::uint32_t const*>(
                static_cast<char const*>(data) + static_cast<std::size_t>(y) * stride);
            for (int x = 0; x < width; ++x)
                picture.pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                               static_cast<std::size_t>(x)] = row[x] & 0xffffffU;
        }
        wlr_buffer_end_data_ptr_access(event.state->buffer);
    }
    void handle_destroy()
    {
        std::erase_if(stage.screens_, [this](auto const& other) { return other.get() == this; });
    }
    Stage& stage;
    wlr_output* output;
    Image picture;
    Listener<&Screen::handle_commit> commit;
    Listener<&Screen::handle_destroy> destroy;
};

Stage::Stage(StageSetup setup)
{
    setenv("WLR_BACKENDS", "headless", 1);
    setenv("WLR_HEADLESS_OUTPUTS", "0", 1);
    setenv("WLR_RENDERER", "pixman", 1);
    setenv("VITRAIL_HEADLESS_OUTPUTS", setup.outputs.c_str(), 1);
    if (!setup.config.empty()) {
        config_ = std::filesystem::temp_directory_path() /
                  ("vitrail-stage-" + std::to_string(getpid()) + ".toml");
        std::ofstream(config_) << setup.config;
    }
    auto made = compositor::Desktop::create(
        {.config_path = config_.string(), .locked = setup.locked}, control_);
    if (!made) {
        ADD_FAILURE() << made.error().message();
        std::abort();
    }
    desktop_ = std::move(*made);
    auto [ours, theirs] = socket_pair();
    EXPECT_TRUE(control_.attach(*desktop_, std::move(theirs)));
    EXPECT_TRUE(desktop_->start());
    wlr_keyboard_init(&keyboard_, &keyboard_table, "test keyboard");
    wlr_pointer_init(&pointer_, &pointer_table, "test pointer");
    desktop_->add_input(keyboard_.base);
    desktop_->add_input(pointer_.base);
    session_ = std::make_unique<SessionHand>(std::move(ours));
    clients_.push_back(session_.get());
    watch_outputs();
    point_at({0, 1 << 20}); // out of the way, in the lower left corner
}

Stage::~Stage()
{
    screens_.clear();
    wlr_keyboard_finish(&keyboard_);
    wlr_pointer_finish(&pointer_);
    desktop_.reset();
    session_.reset();
    if (!config_.empty())
        std::filesystem::remove(config_);
}

void Stage::watch_outputs()
{
    wlr_scene_output* each;
    wl_list_for_each(each, &scene_of(desktop_->views_layer())->outputs, link)
    {
        bool const known = std::ranges::any_of(
            screens_, [&](auto const& screen) { return screen->output == each->output; });
        if (!known)
            screens_.push_back(std::make_unique<Screen>(*this, each->output));
    }
}

void Stage::turn()
{
    for (Client* const client : clients_)
        client->pump();
    wl_event_loop_dispatch(desktop_->loop(), 0);
    wl_display_flush_clients(desktop_->display());
    for (Client* const client : clients_)
        client->pump();
}

void Stage::settle()
{
    // Twice: what one client's word made the compositor say to another is answered too.
    for (int round = 0; round < 2; ++round) {
        for (Client* const client : clients_)
            client->ask();
        EXPECT_TRUE(run_until([&] {
            return std::ranges::all_of(clients_, [](Client* c) { return c->answered(); });
        }));
    }
}

bool Stage::run_until(std::function<bool()> const& condition)
{
    auto const until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until)
            return false;
        turn();
    }
    return true;
}

Fd Stage::add_client(std::uint32_t tier, std::uint32_t origin, std::uint32_t epoch)
{
    auto [ours, theirs] = socket_pair();
    vitrail_session_v1_add_client(session_->session, theirs.get(), tier, origin, epoch);
    session_->pump();
    return std::move(ours);
}

std::unique_ptr<QubeHand> Stage::add_qube(std::uint32_t origin, std::uint32_t epoch)
{
    auto hand = add<QubeHand>(VITRAIL_SESSION_V1_TIER_QUBE, origin, epoch);
    EXPECT_TRUE(hand->manager && hand->seat && hand->compositor);
    return hand;
}

std::unique_ptr<ShellHand> Stage::add_shell()
{
    auto hand = add<ShellHand>(VITRAIL_SESSION_V1_TIER_SHELL, 0, 0);
    EXPECT_TRUE(hand->ready());
    return hand;
}

void Stage::set_origin(std::uint32_t number, OriginSetup const& o)
{
    vitrail_session_v1_set_origin(session_->session, number, o.name.c_str(), o.label.c_str(), o.rgb,
                                  o.code.c_str(), o.permissions, o.max_windows, o.max_pages, 64000);
    settle();
}

void Stage::remove_origin(std::uint32_t number)
{
    vitrail_session_v1_remove_origin(session_->session, number);
    settle();
}

void Stage::end_session()
{
    drop(session_);
}

void Stage::lock()
{
    vitrail_session_v1_lock(session_->session);
    settle();
}

std::string Stage::inspect(std::string const& what)
{
    session_->inspected.reset();
    vitrail_session_v1_inspect(session_->session, 1, what.c_str());
    EXPECT_TRUE(run_until([&] { return session_->inspected.has_value(); }));
    return session_->inspected.value_or("");
}

std::vector<Seen> Stage::windows()
{
    std::vector<Seen> all;
    auto const parsed = nlohmann::json::parse(inspect("windows"), nullptr, false);
    EXPECT_TRUE(parsed.is_array());
    for (auto const& one : parsed)
        all.push_back({.qube = one["qube"].get<std::string>(),
                       .title = one["title"].get<std::string>(),
                       .origin = one["origin"].get<std::uint32_t>(),
                       .window = one["window"].get<std::uint32_t>(),
                       .frame = rect_of(one),
                       .content = rect_of(one["content"]),
                       .workspace = one["workspace"].get<int>(),
                       .focused = one["focused"].get<bool>(),
                       .fullscreen = one["fullscreen"].get<bool>(),
                       .maximized = one["maximized"].get<bool>(),
                       .minimized = one["minimized"].get<bool>(),
                       .popup = one["popup"].get<bool>(),
                       .lost = one["lost"].get<bool>(),
                       .visible = one["visible"].get<bool>()});
    return all;
}

std::optional<Seen> Stage::window(std::uint32_t origin, std::uint32_t number)
{
    for (Seen const& one : windows())
        if (one.origin == origin && one.window == number)
            return one;
    return std::nullopt;
}

Image Stage::look(std::size_t index)
{
    settle();
    watch_outputs();
    wlr_output* const on = output(index);
    for (auto const& screen : screens_)
        if (screen->output == on) {
            if (screen->picture.pixels.empty())
                on->needs_frame = true;
            wlr_output_send_frame(on);
            return screen->picture;
        }
    return {};
}

void Stage::point_at(Point p)
{
    wlr_cursor_warp_closest(desktop_->cursor(), nullptr, p.x, p.y);
    desktop_->pointer_moved(time());
    wlr_seat_pointer_notify_frame(desktop_->seat());
    settle();
}

void Stage::press(std::uint32_t button)
{
    desktop_->pointer_button(time(), button, true);
    wlr_seat_pointer_notify_frame(desktop_->seat());
    settle();
}

void Stage::release(std::uint32_t button)
{
    time_ += 1000; // two clicks of a test are never a double click
    desktop_->pointer_button(time(), button, false);
    wlr_seat_pointer_notify_frame(desktop_->seat());
    settle();
}

void Stage::click(Point p)
{
    point_at(p);
    press();
    release();
}

void Stage::move_by(double dx, double dy)
{
    wlr_pointer_motion_event event{.pointer = &pointer_,
                                   .time_msec = time(),
                                   .delta_x = dx,
                                   .delta_y = dy,
                                   .unaccel_dx = dx,
                                   .unaccel_dy = dy};
    wl_signal_emit_mutable(&pointer_.events.motion, &event);
    wl_signal_emit_mutable(&pointer_.events.frame, &pointer_);
    settle();
}

void Stage::key(std::uint32_t code, bool pressed)
{
    wlr_keyboard_key_event event{.time_msec = time(),
                                 .keycode = code,
                                 .update_state = true,
                                 .state = pressed ? WL_KEYBOARD_KEY_STATE_PRESSED
                                                  : WL_KEYBOARD_KEY_STATE_RELEASED};
    wlr_keyboard_notify_key(&keyboard_, &event);
    settle();
}

void Stage::tap(std::uint32_t code)
{
    key(code, true);
    key(code, false);
}

wlr_output* Stage::output(std::size_t index) const
{
    // In the order they were added; the scene's list has the newest last.
    std::size_t at = 0;
    wlr_scene_output* each;
    wl_list_for_each(each, &scene_of(desktop_->views_layer())->outputs,
                     link) if (at++ == index) return each->output;
    return nullptr;
}

std::size_t Stage::output_count() const
{
    return static_cast<std::size_t>(wl_list_length(&scene_of(desktop_->views_layer())->outputs));
}

void Stage::add_output(Size size, float scale)
{
    wlr_output* const made =
        wlr_headless_add_output(headless_of(desktop_->backend()), static_cast<unsigned>(size.width),
                                static_cast<unsigned>(size.height));
    ASSERT_NE(made, nullptr);
    wlr_output_state state;
    wlr_output_state_init(&state);
    wlr_output_state_set_scale(&state, scale);
    wlr_output_commit_state(made, &state);
    wlr_output_state_finish(&state);
    watch_outputs();
    settle();
}

void Stage::remove_output(std::size_t index)
{
    wlr_output_destroy(output(index));
    settle();
}

} // namespace vitrail::test
