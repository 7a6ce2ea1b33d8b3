#include "tests/bench/floors.hpp"
#include "tests/bench/presenter.hpp"
#include "tests/bench/scenarios.hpp"

#include <linux/input-event-codes.h>

#include <cstdio>
#include <cstdlib>

namespace vitrail::bench {

namespace {

/// A keyboard of the compositor whose keys are pressed on its thread, as libinput's would be.
class Keyboard {
public:
    explicit Keyboard(Stage& stage) : stage_(stage)
    {
        stage_.run([this] {
            wlr_keyboard_init(&keyboard_, &implementation, "bench");
            stage_.desktop().add_input(keyboard_.base);
        });
    }
    ~Keyboard()
    {
        stage_.run([this] { wlr_keyboard_finish(&keyboard_); });
    }
    Keyboard(Keyboard const&) = delete;
    Keyboard& operator=(Keyboard const&) = delete;
    /// On the compositor's thread.
    void press(std::uint32_t key, bool down)
    {
        wlr_keyboard_key_event event{.time_msec = static_cast<std::uint32_t>(now() / 1000000),
                                     .keycode = key,
                                     .update_state = true,
                                     .state = down ? WL_KEYBOARD_KEY_STATE_PRESSED
                                                   : WL_KEYBOARD_KEY_STATE_RELEASED};
        wlr_keyboard_notify_key(&keyboard_, &event);
    }

private:
    static constexpr wlr_keyboard_impl implementation{.name = "bench", .led_update = nullptr};
    Stage& stage_;
    wlr_keyboard keyboard_{};
};

/// One event at a time: microseconds from its arrival at the compositor to the agent's having read
/// it. `fire` runs on the compositor's thread.
template <typename Fire>
std::vector<double> send_events(Stage& stage, Qube& qube, wire::Type awaited, int count, Fire fire)
{
    std::vector<double> times;
    for (int i = 0; i < count; ++i) {
        std::atomic<Nanoseconds> fired{0};
        qube.forget();
        stage.post([&, i] {
            fired = now();
            fire(i);
        });
        if (!qube.wait_for(awaited)) {
            std::fputs("bench: an event did not reach the agent\n", stderr);
            std::exit(1);
        }
        times.push_back(static_cast<double>(qube.read_at() - fired) / 1000);
    }
    return times;
}

} // namespace

void run_input(Run const& run)
{
    Size const size{400, 300};
    constexpr int samples = 250;
    Stage stage(output_for(size));
    Qube qube(stage.session(), run.folder, {});
    Qube::Buffer buffers[] = {qube.make_buffer(size)};
    if (!qube.open(1, size, buffers) || !stage.watch(size))
        std::exit(1);
    Keyboard keyboard(stage);
    Rect content;
    stage.run([&] { content = stage.desktop().stack().back()->state().content; });
    auto const key = [&](int i) { keyboard.press(KEY_A, i % 2 == 0); };
    auto const motion = [&](int i) {
        compositor::Desktop& desktop = stage.desktop();
        wlr_cursor_warp(desktop.cursor(), nullptr, content.x + 100 + i % 50, content.y + 100);
        desktop.pointer_moved(static_cast<std::uint32_t>(now() / 1000000));
        wlr_seat_pointer_notify_frame(desktop.seat());
    };
    auto const measure = [&](char const* kind, int block) {
        bool const keys = kind == std::string_view("key");
        auto const woken = [&] { return wake_ups(stage.task()) + wake_ups(qube.guid()); };
        auto const before = woken();
        auto const times = keys ? send_events(stage, qube, wire::Type::keypress, samples, key)
                                : send_events(stage, qube, wire::Type::x_motion, samples, motion);
        record({{"metric", "input"}, {"kind", kind}, {"peer", "ours"}}, block, times);
        record({{"metric", "wakes_per_event"}, {"kind", kind}}, block,
               {static_cast<double>(woken() - before) / samples});
    };
    (void)send_events(stage, qube, wire::Type::keypress, 20, key);
    WakeFloor floor;
    for (int block = 0; block < run.blocks; ++block) {
        run.machine.check_quiet(block);
        record({{"metric", "wake"}, {"hops", "2"}}, block, floor.two_hops(samples));
        measure("key", block);
        measure("motion", block);
    }
}

} // namespace vitrail::bench
