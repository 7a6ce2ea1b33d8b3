#pragma once

#include "compositor/session_control.hpp"
#include "tests/bench/record.hpp"
#include "tests/bench/session.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace vitrail::bench {

/// The compositor's library on a thread of its own, with one output whose frames are fired here: as
/// soon as anything wants one (bench mode: no clock). Sees which pixel lies in the output's buffer.
class Stage {
public:
    explicit Stage(Size output);
    ~Stage();
    Stage(Stage const&) = delete;
    Stage& operator=(Stage const&) = delete;

    /// Runs the job between two turns of the compositor's loop, and waits for its end.
    void run(std::function<void()> const& job);
    /// The same, without waiting.
    void post(std::function<void()> job);
    [[nodiscard]] Session& session() { return *session_; }
    [[nodiscard]] compositor::Desktop& desktop() { return *desktop_; }
    /// The compositor's public socket, in XDG_RUNTIME_DIR.
    [[nodiscard]] std::string const& public_socket() const { return public_socket_; }
    [[nodiscard]] wlr_output* output() const { return output_; }

    /// From now on: the first pixel of the newest shown surface of this size, and its commits.
    /// False when there is none after 5 s.
    [[nodiscard]] bool watch(Size surface);
    /// From now on: the first pixel of the content of whatever window lies on top.
    void watch_top();
    /// Nodes of the scene, all of them.
    [[nodiscard]] std::int64_t count_nodes();
    /// Before a commit: the colour that its pixel will have.
    void expect(std::uint32_t rgb);
    /// When the compositor had the awaited commit, and when its pixel lay in the output's buffer;
    /// 0: not yet.
    [[nodiscard]] Nanoseconds committed() const { return committed_; }
    [[nodiscard]] Nanoseconds seen() const { return seen_; }

    /// Sleeps until the pixel was seen; false after 5 s.
    [[nodiscard]] bool wait_seen();

    [[nodiscard]] std::int64_t frames() const { return frames_; }
    /// How long the newest frame that drew anything took: from its event to the end of frame-done.
    [[nodiscard]] Nanoseconds frame_time() const { return frame_time_; }
    /// The compositor's thread.
    [[nodiscard]] Nanoseconds cpu_time();
    [[nodiscard]] pid_t task() const { return task_; }
    /// Damages the whole output and returns how long that frame took.
    [[nodiscard]] Nanoseconds repaint();

    void handle_needs_frame();
    void handle_frame_end();
    void handle_output_commit(wlr_output_event_commit& event);
    void handle_surface_commit();
    void handle_surface_destroy();

private:
    void serve(Size output);
    void fire();
    static void handle_frame_begin(wl_listener* listener, void* output);
    void take_jobs();

    std::thread thread_;
    pid_t task_ = 0;
    clockid_t cpu_clock_ = 0;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::function<void()>> jobs_;
    bool ready_ = false;
    bool waiting_ = false; ///< for the pixel
    std::string public_socket_;
    Fd wake_;
    Fd control_;

    std::unique_ptr<compositor::SessionControl> host_;
    std::unique_ptr<compositor::Desktop> desktop_;
    std::unique_ptr<Session> session_;
    wlr_output* output_ = nullptr;
    wl_event_source* firing_ = nullptr;
    Point watched_;
    bool watch_top_ = false;
    bool drawn_ = false; ///< in the frame event that runs
    Nanoseconds frame_begin_ = 0;
    std::atomic<std::uint32_t> expected_{0};
    std::atomic<Nanoseconds> committed_{0}, seen_{0}, frame_time_{0};
    std::atomic<std::int64_t> frames_{0};

    /// First of all that listen, so that the time is the compositor's own work.
    struct First {
        wl_listener base{};
        Stage* stage = nullptr;
    } first_;
    std::optional<compositor::Listener<&Stage::handle_frame_end>> frame_end_;
    std::optional<compositor::Listener<&Stage::handle_needs_frame>> needs_frame_;
    std::optional<compositor::Listener<&Stage::handle_output_commit>> output_commit_;
    std::optional<compositor::Listener<&Stage::handle_surface_commit>> surface_commit_;
    std::optional<compositor::Listener<&Stage::handle_surface_destroy>> surface_destroy_;
};

} // namespace vitrail::bench
