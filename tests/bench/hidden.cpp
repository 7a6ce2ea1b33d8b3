#include "tests/bench/presenter.hpp"
#include "tests/bench/scenarios.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace vitrail::bench {

namespace {

[[noreturn]] void give_up(char const* why)
{
    std::fprintf(stderr, "bench: %s\n", why);
    std::exit(1);
}

std::optional<bool> told_visible(Qube const& qube, std::uint32_t window)
{
    std::optional<bool> visible;
    for (auto const& message : qube.received())
        if (message.type() == wire::Type::x_visibility && message.header.window == window)
            visible = message.as<wire::XVisibility>().visible != 0;
    return visible;
}

/// Waits for X_VISIBILITY of this value.
void wait_told(Qube& qube, std::uint32_t window, bool visible)
{
    for (Nanoseconds const end = now() + 5'000'000'000; told_visible(qube, window) != visible;)
        if (!qube.read(100) && now() > end)
            give_up(visible ? "the agent is not told that its window can be seen"
                            : "the agent is not told that its window is hidden");
}

} // namespace

/// A window that nobody can see, whose agent goes on drawing although it was told to stop.
void run_hidden(Run const& run)
{
    Size const size{1920, 1080};
    constexpr int frames = 1000;
    Stage stage({2400, 1400});
    Qube qube(stage.session(), run.folder, {});
    std::array<Qube::Buffer, 2> buffers{qube.make_buffer(size), qube.make_buffer(size)};
    Qube::Buffer lid[] = {qube.make_buffer({2300, 1300})};
    if (!qube.open(1, size, buffers) || !stage.watch(size))
        give_up("the window is not shown");
    auto& desktop = stage.desktop();
    auto const view_of_width = [&](int width) -> compositor::FramedView& {
        for (auto* const one : desktop.stack())
            if (one->state().content.width == width)
                return *one;
        give_up("a window is not in the stack");
    };
    auto const view = [&] { return &view_of_width(1920); };
    auto const lid_view = [&]() -> compositor::FramedView& { return view_of_width(2300); };
    auto const hide_under_lid = [&] {
        Rect const below = view()->state().content;
        desktop.move_view(lid_view(), {below.x - 100, below.y - 80});
    };
    auto const open_lid = [&] {
        if (!qube.open(2, {2300, 1300}, lid))
            give_up("the covering window is not shown");
        // Wherever it was placed: on top and aside, so that the hiding is what is measured.
        stage.run([&] {
            desktop.activate(lid_view());
            desktop.move_view(lid_view(), {1300, 800});
        });
        stage.session().roundtrip();
        // Whatever was told of that has come when a window that came and went is answered.
        qube.create(3, {0, 0, 8, 8});
        qube.destroy(3);
        qube.send();
        if (!qube.wait_for(wire::Type::destroy) || told_visible(qube, 1) == false)
            give_up("the window cannot be seen beside the other");
    };
    auto const close_lid = [&] {
        qube.destroy(2);
        qube.send();
    };
    auto const nothing = [] {};
    struct Way {
        char const* name;
        std::function<void()> prepare, hide, show; ///< hide on the compositor's thread
    };
    Way const ways[] = {
        {"covered", open_lid, hide_under_lid, close_lid},
        {"minimised", nothing, [&] { desktop.set_minimized(*view(), true); },
         [&] { stage.run([&] { desktop.activate(*view()); }); }},
        {"other workspace", nothing, [&] { desktop.set_workspace(2); },
         [&] { stage.run([&] { desktop.set_workspace(1); }); }},
    };
    run.machine.check_quiet(0);
    for (Way const& way : ways) {
        way.prepare();
        stage.session().roundtrip();
        qube.forget();
        auto const before = stage.frames();
        stage.run(way.hide);
        wait_told(qube, 1, false);
        record({{"metric", "frames_until_told"}, {"way", way.name}}, 0,
               {static_cast<double>(stage.frames() - before)});
        stage.session().roundtrip();
        auto const drawn = stage.frames();
        Nanoseconds const cpu = cpu_time(qube.guid()) + stage.cpu_time();
        for (int i = 0; i < frames; ++i) {
            qube.commit(1, buffers[static_cast<std::size_t>(i % 2)], {0, 0, 1920, 1080});
            qube.send();
            ::usleep(100); // each a turn of its own
        }
        stage.session().roundtrip();
        record({{"metric", "cpu_s_per_1000_hidden"}, {"way", way.name}}, 0,
               {static_cast<double>(cpu_time(qube.guid()) + stage.cpu_time() - cpu) / 1e9});
        record({{"metric", "frames_while_hidden"}, {"way", way.name}}, 0,
               {static_cast<double>(stage.frames() - drawn)});
        qube.forget();
        way.show();
        wait_told(qube, 1, true);
    }
}

} // namespace vitrail::bench
