#include "tests/bench/stage.hpp"

#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstdlib>
#include <unistd.h>

namespace vitrail::bench {

using compositor::Desktop;
using compositor::SessionControl;

Stage::Stage(Size size)
{
    // Read once, at the backend's start, by the thread below: nobody else runs yet.
    setenv("WLR_BACKENDS", "headless", 1);
    setenv("WLR_RENDERER", "pixman", 1);
    setenv("WLR_HEADLESS_OUTPUTS", "0", 1);
    std::string const outputs = std::to_string(size.width) + "x" + std::to_string(size.height);
    setenv("VITRAIL_HEADLESS_OUTPUTS", outputs.c_str(), 1);
    int ends[2] = {-1, -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        std::abort();
    control_.reset(ends[0]);
    wake_.reset(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    thread_ = std::thread([this, size] { serve(size); });
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return ready_; });
    }
    pthread_getcpuclockid(thread_.native_handle(), &cpu_clock_);
    session_ = Session::connect(Fd(ends[1]));
}

Stage::~Stage()
{
    run([this] { wl_display_terminate(desktop_->display()); });
    thread_.join();
    session_.reset();
}

void Stage::serve(Size size)
{
    task_ = gettid();
    host_ = std::make_unique<SessionControl>();
    auto made = Desktop::create({}, *host_);
    if (!made || !host_->attach(**made, std::move(control_)) || !(*made)->start()) {
        std::fputs("bench: the compositor does not start\n", stderr);
        std::exit(1);
    }
    desktop_ = std::move(*made);
    static std::atomic<int> socket_number{0};
    public_socket_ = "bench-" + std::to_string(++socket_number);
    if (wl_display_add_socket(desktop_->display(), public_socket_.c_str()) != 0)
        std::abort();
    output_ = desktop_->output_near({size.width / 2, size.height / 2});
    // Where its picture covers no pixel that is watched.
    wlr_cursor_warp(desktop_->cursor(), nullptr, size.width - 1, size.height - 1);
    desktop_->pointer_moved(static_cast<std::uint32_t>(now() / 1'000'000));
    first_.stage = this;
    first_.base.notify = handle_frame_begin;
    wl_list_insert(&output_->events.frame.listener_list, &first_.base.link);
    frame_end_.emplace(*this, output_->events.frame);
    needs_frame_.emplace(*this, output_->events.needs_frame);
    output_commit_.emplace(*this, output_->events.commit);
    auto* const jobs = wl_event_loop_add_fd(
        desktop_->loop(), wake_.get(), WL_EVENT_READABLE,
        [](int fd, std::uint32_t, void* data) {
            std::uint64_t count = 0;
            (void)!::read(fd, &count, sizeof count);
            static_cast<Stage*>(data)->take_jobs();
            return 0;
        },
        this);
    handle_needs_frame();
    {
        std::unique_lock lock(mutex_);
        ready_ = true;
    }
    changed_.notify_all();
    wl_display_run(desktop_->display());
    wl_event_source_remove(jobs);
    if (firing_)
        wl_event_source_remove(firing_);
    surface_commit_.reset();
    surface_destroy_.reset();
    wl_list_remove(&first_.base.link);
    frame_end_.reset();
    needs_frame_.reset();
    output_commit_.reset();
    desktop_.reset();
    host_.reset();
}

void Stage::take_jobs()
{
    std::vector<std::function<void()>> jobs;
    {
        std::unique_lock lock(mutex_);
        jobs.swap(jobs_);
    }
    for (auto const& job : jobs)
        job();
}

void Stage::post(std::function<void()> job)
{
    {
        std::unique_lock lock(mutex_);
        jobs_.push_back(std::move(job));
    }
    std::uint64_t const one = 1;
    (void)!::write(wake_.get(), &one, sizeof one);
}

void Stage::run(std::function<void()> const& job)
{
    bool done = false;
    post([&] {
        job();
        std::unique_lock lock(mutex_);
        done = true;
        changed_.notify_all();
    });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return done; });
}

// ---- frames without a clock ----

void Stage::handle_needs_frame()
{
    if (!firing_)
        firing_ = wl_event_loop_add_idle(
            desktop_->loop(),
            [](void* data) noexcept {
                auto& self = *static_cast<Stage*>(data);
                self.firing_ = nullptr;
                self.fire();
            },
            this);
}

void Stage::fire()
{
    output_->frame_pending = false;
    wl_signal_emit_mutable(&output_->events.frame, output_);
}

void Stage::handle_frame_begin(wl_listener* listener, void*)
{
    First* first;
    first = wl_container_of(listener, first, base);
    first->stage->frame_begin_ = now();
    first->stage->drawn_ = false;
}

void Stage::handle_frame_end()
{
    if (!drawn_)
        return; // nothing had changed
    frame_time_ = now() - frame_begin_;
    ++frames_;
}

Nanoseconds Stage::repaint()
{
    run([this] {
        pixman_region32_t all;
        pixman_region32_init_rect(&all, 0, 0, static_cast<unsigned>(output_->width),
                                  static_cast<unsigned>(output_->height));
        wlr_output_event_damage event{.output = output_, .damage = &all};
        wl_signal_emit_mutable(&output_->events.damage, &event);
        pixman_region32_fini(&all);
        if (firing_) {
            wl_event_source_remove(firing_);
            firing_ = nullptr;
        }
        fire();
    });
    return frame_time_;
}

Nanoseconds Stage::cpu_time()
{
    return clock_of(cpu_clock_);
}

// ---- the watched pixel ----

bool Stage::watch(Size size)
{
    struct Search {
        Size size;
        wlr_surface* found = nullptr;
        Point at;
    };
    for (Nanoseconds const end = now() + 5'000'000'000; now() < end; ::usleep(1000)) {
        Search search{size, nullptr, {}};
        run([&] {
            surface_commit_.reset();
            surface_destroy_.reset();
            wlr_scene_node_for_each_buffer(
                &desktop_->views_layer()->node,
                [](wlr_scene_buffer* buffer, int x, int y, void* data) noexcept {
                    auto& wanted = *static_cast<Search*>(data);
                    auto* const scene_surface = wlr_scene_surface_try_from_buffer(buffer);
                    if (!scene_surface ||
                        scene_surface->surface->current.width != wanted.size.width ||
                        scene_surface->surface->current.height != wanted.size.height)
                        return;
                    wanted.found = scene_surface->surface;
                    wanted.at = {x, y};
                },
                &search);
            if (!search.found)
                return;
            watched_ = search.at;
            surface_commit_.emplace(*this, search.found->events.commit);
            surface_destroy_.emplace(*this, search.found->events.destroy);
        });
        if (search.found)
            return true;
    }
    return false;
}

void Stage::watch_top()
{
    run([this] {
        watch_top_ = true;
        surface_commit_.reset();
        surface_destroy_.reset();
    });
}

std::int64_t Stage::count_nodes()
{
    std::int64_t count = 0;
    run([&] {
        auto const walk = [&](auto const& self, wlr_scene_tree* tree) -> void {
            wlr_scene_node* node = nullptr;
            wl_list_for_each(node, &tree->children, link)
            {
                ++count;
                if (node->type == WLR_SCENE_NODE_TREE)
                    self(self, wlr_scene_tree_from_node(node));
            }
        };
        walk(walk, desktop_->views_layer());
    });
    return count;
}

void Stage::expect(std::uint32_t rgb)
{
    committed_ = 0;
    seen_ = 0;
    expected_ = rgb;
}

bool Stage::wait_seen()
{
    std::unique_lock lock(mutex_);
    waiting_ = true;
    bool const seen =
        changed_.wait_for(lock, std::chrono::seconds(5), [this] { return seen_ != 0; });
    waiting_ = false;
    return seen;
}

void Stage::handle_surface_commit()
{
    if (committed_ == 0)
        committed_ = now();
}

void Stage::handle_surface_destroy()
{
    surface_commit_.reset();
    surface_destroy_.reset();
}

void Stage::handle_output_commit(wlr_output_event_commit& event)
{
    if (!(event.state->committed & WLR_OUTPUT_STATE_BUFFER))
        return;
    drawn_ = true;
    if (seen_ != 0)
        return;
    if (watch_top_ && !desktop_->stack().empty()) {
        Rect const& content = desktop_->stack().back()->state().content;
        watched_ = {content.x, content.y};
    }
    wlr_buffer* const buffer = event.state->buffer;
    void* data = nullptr;
    std::uint32_t format = 0;
    std::size_t stride = 0;
    if (!wlr_buffer_begin_data_ptr_access(buffer, WLR_BUFFER_DATA_PTR_ACCESS_READ, &data, &format,
                                          &stride))
        return;
    if (watched_.x >= 0 && watched_.y >= 0 && watched_.x < buffer->width &&
        watched_.y < buffer->height) {
        auto const* const row = reinterpret_cast<std::uint32_t const*>(
            static_cast<std::byte const*>(data) + static_cast<std::size_t>(watched_.y) * stride);
        if ((row[watched_.x] & 0xffffffU) == (expected_ & 0xffffffU))
            seen_ = now();
    }
    if (seen_ != 0) {
        std::unique_lock lock(mutex_);
        if (waiting_)
            changed_.notify_all();
    }
    wlr_buffer_end_data_ptr_access(buffer);
}

} // namespace vitrail::bench
