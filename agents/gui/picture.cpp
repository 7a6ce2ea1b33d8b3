#include "agents/gui/picture.hpp"

#include "agents/gui/agent.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace vitrail::agent {

namespace {

constexpr std::chrono::milliseconds frame_pace{16};

wire::DamageList damage_list(pixman_region32_t const& region, Size size)
{
    wire::DamageList list;
    Rect const whole{0, 0, size.width, size.height};
    auto const add = [&](pixman_box32_t const& box) {
        Rect const rect = intersection({box.x1, box.y1, box.x2 - box.x1, box.y2 - box.y1}, whole);
        if (!rect.empty())
            list.add(rect);
    };
    int count = 0;
    pixman_box32_t const* const boxes = pixman_region32_rectangles(&region, &count);
    if (count > static_cast<int>(wire::max_commit_rects))
        add(region.extents);
    else
        for (int i = 0; i < count; ++i)
            add(boxes[i]);
    return list;
}

} // namespace

/// What wlroots calls for the virtual outputs.
struct OutputCalls {
    static bool test(wlr_output*, wlr_output_state const* state)
    {
        return !(state->committed & WLR_OUTPUT_STATE_BUFFER) || SharedBuffer::from(state->buffer);
    }
    static bool commit(wlr_output* output, wlr_output_state const* state);
    static void destroy(wlr_output* output);
};

struct Picture::Output {
    wlr_output base{}; // first
    Picture* owner = nullptr;
};

bool OutputCalls::commit(wlr_output* output, wlr_output_state const* state)
{
    if (!test(output, state))
        return false;
    if (state->committed & WLR_OUTPUT_STATE_BUFFER)
        reinterpret_cast<Picture::Output*>(output)->owner->commit_buffer(*state);
    return true;
}

void OutputCalls::destroy(wlr_output* output)
{
    delete reinterpret_cast<Picture::Output*>(output);
}

namespace {
constexpr wlr_output_impl output_impl{
    .set_cursor = nullptr,
    .move_cursor = nullptr,
    .destroy = OutputCalls::destroy,
    .test = OutputCalls::test,
    .commit = OutputCalls::commit,
    .get_gamma_size = nullptr,
    .get_cursor_formats = nullptr,
    .get_cursor_sizes = nullptr,
    .get_primary_formats = nullptr,
};
} // namespace

Picture::Picture(Agent& agent, WindowId window)
    : agent_(agent),
      window_(window),
      scene_(wlr_scene_create()),
      output_(new Output),
      pace_(agent.loop(), *this)
{
    scene_->direct_scanout = false; // the client's buffers are not granted
    output_->owner = this;
    wlr_output_init(&output_->base, agent.backend(), &output_impl, agent.loop(), nullptr);
    wlr_output_set_name(&output_->base, ("window-" + std::to_string(window.value)).c_str());
    wlr_output_init_render(&output_->base, agent.allocator(), agent.renderer());
    scene_output_ = wlr_scene_output_create(scene_, &output_->base);
    frame_.emplace(*this, output_->base.events.frame);
}

Picture::~Picture()
{
    frame_.reset();
    if (urgent_)
        wl_event_source_remove(urgent_);
    if (last_lock_)
        wlr_buffer_unlock(last_lock_);
    wlr_output_destroy(&output_->base); // ends the scene output and the swapchain
    wlr_scene_node_destroy(&scene_->tree.node);
}

Size Picture::pixels() const
{
    auto const scaled = [&](std::int32_t units, std::uint32_t limit) {
        auto const pixels = (std::int64_t{units} * scale_120_ + 60) / 120;
        return static_cast<std::int32_t>(std::clamp<std::int64_t>(pixels, 1, limit));
    };
    return {scaled(content_.width, wire::max_window_width),
            scaled(content_.height, wire::max_window_height)};
}

void Picture::set_size(Size content)
{
    content.width = std::clamp(content.width, 1, static_cast<std::int32_t>(wire::max_window_width));
    content.height =
        std::clamp(content.height, 1, static_cast<std::int32_t>(wire::max_window_height));
    if (content == content_)
        return;
    content_ = content;
    resized_ = true;
    wlr_output_schedule_frame(&output_->base);
}

void Picture::set_scale(std::uint32_t scale_120)
{
    if (scale_120 == scale_120_)
        return;
    scale_120_ = scale_120;
    resized_ = true;
    draw_soon();
}

void Picture::set_visible(bool visible)
{
    if (visible == visible_)
        return;
    visible_ = visible;
    if (visible)
        handle_frame_done(agent_.now_ms());
}

void Picture::set_serial(std::uint32_t serial)
{
    serial_ = serial;
    draw_soon();
}

void Picture::draw_soon()
{
    // What the daemon asked for does not wait for its frame: it may never come to a hidden window.
    if (!urgent_)
        urgent_ = wl_event_loop_add_idle(
            agent_.loop(), [](void* data) { static_cast<Picture*>(data)->handle_urgent(); }, this);
}

void Picture::handle_urgent()
{
    urgent_ = nullptr;
    draw();
}

void Picture::start_over()
{
    resized_ = true;
    visible_ = true;
    serial_.reset();
    wlr_output_send_frame(&output_->base); // nobody else ends the frame begun before
    draw();
}

bool Picture::draw()
{
    if (!agent_.link().connected() || content_.width == 0)
        return false;
    bool const damaged = pixman_region32_not_empty(&scene_output_->pending_commit_damage);
    if (!damaged && !resized_) {
        if (serial_ && last_)
            resend(*serial_);
        return false;
    }
    blocked_ = agent_.link().extended() && resized_ && !agent_.book().may_announce(window_);
    if (blocked_)
        return false; // the daemon still reads the earlier sizes: its release brings us back
    wlr_output_state state;
    wlr_output_state_init(&state);
    bool const drawn = build(state, pixels()) && wlr_output_commit_state(&output_->base, &state);
    wlr_output_state_finish(&state);
    blocked_ = !drawn;
    if (drawn && resized_)
        forget_damage();
    if (drawn)
        resized_ = false;
    if (drawn && !agent_.link().extended())
        pace_.arm(frame_pace);
    return drawn;
}

bool Picture::build(wlr_output_state& state, Size pixels)
{
    wlr_output const& output = output_->base;
    if (!output.enabled)
        wlr_output_state_set_enabled(&state, true);
    if (pixels.width != output.width || pixels.height != output.height)
        wlr_output_state_set_custom_mode(&state, pixels.width, pixels.height, 0);
    auto const scale = static_cast<float>(scale_120_) / 120.0F;
    if (scale != output.scale)
        wlr_output_state_set_scale(&state, scale);
    if (resized_)
        wlr_damage_ring_add_whole(&scene_output_->damage_ring);
    return wlr_scene_output_build_state(scene_output_, &state, nullptr);
}

void Picture::forget_damage()
{
    // A change of size is committed with a whole picture; the scene marks it damaged once more.
    pixman_region32_clear(&scene_output_->pending_commit_damage);
    pixman_region32_clear(&scene_output_->damage_ring.current);
}

void Picture::commit_buffer(wlr_output_state const& state)
{
    SharedBuffer* const buffer = SharedBuffer::from(state.buffer);
    if (last_lock_ != state.buffer) {
        // 1.8 draws in place: there the swapchain must find the same buffer free again.
        if (last_lock_)
            wlr_buffer_unlock(last_lock_);
        last_lock_ = nullptr;
        if (agent_.link().extended())
            last_lock_ = wlr_buffer_lock(state.buffer);
    }
    last_ = last_lock_ ? buffer : nullptr;
    wire::DamageList damage;
    if (!resized_ && (state.committed & WLR_OUTPUT_STATE_DAMAGE)) {
        damage = damage_list(state.damage, {state.buffer->width, state.buffer->height});
        if (damage.count == 0)
            damage.add({});
    }
    agent_.book().commit(window_, *buffer, serial_.value_or(0), content_, damage);
    serial_.reset();
}

void Picture::resend(std::uint32_t serial)
{
    wire::DamageList nothing;
    nothing.add({});
    serial_.reset();
    agent_.book().commit(window_, *last_, serial, content_, nothing);
}

void Picture::handle_release()
{
    if (blocked_)
        draw();
}

void Picture::handle_frame()
{
    if (draw() || in_frame_done_)
        return;
    // A client asked for a frame callback and changed nothing: the daemon will not pace that.
    if (visible_)
        pace_.arm(frame_pace);
}

void Picture::handle_pace()
{
    handle_frame_done(agent_.now_ms());
}

void Picture::handle_frame_done(std::uint32_t)
{
    if (visible_)
        send_frame_done();
    in_frame_done_ = true;
    wlr_output_send_frame(&output_->base);
    in_frame_done_ = false;
}

void Picture::send_frame_done()
{
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    wlr_scene_output_send_frame_done(scene_output_, &now);
}

void Picture::handle_presented(wire::from_daemon::Presented const& presented)
{
    timespec when{};
    when.tv_sec = static_cast<time_t>(presented.seconds);
    when.tv_nsec = static_cast<long>(presented.nanoseconds);
    wlr_output_event_present event{};
    event.output = &output_->base;
    event.commit_seq = output_->base.commit_seq;
    event.presented = true;
    event.when = &when;
    event.refresh = static_cast<int>(presented.refresh_ns);
    event.flags = presented.flags;
    wlr_output_send_present(&output_->base, &event);
}

wlr_surface* Picture::surface_at(double x, double y, double& sx, double& sy)
{
    wlr_scene_node* const node = wlr_scene_node_at(&scene_->tree.node, x, y, &sx, &sy);
    if (!node || node->type != WLR_SCENE_NODE_BUFFER)
        return nullptr;
    wlr_scene_surface* const found =
        wlr_scene_surface_try_from_buffer(wlr_scene_buffer_from_node(node));
    return found ? found->surface : nullptr;
}

} // namespace vitrail::agent
