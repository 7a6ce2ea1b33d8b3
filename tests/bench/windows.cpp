#include "tests/bench/floors.hpp"
#include "tests/bench/presenter.hpp"
#include "tests/bench/scenarios.hpp"

#include <cstdio>
#include <cstdlib>

namespace vitrail::bench {

namespace {

[[noreturn]] void give_up(char const* why)
{
    std::fprintf(stderr, "bench: %s\n", why);
    std::exit(1);
}

/// A desktop on which a qube has `count` windows that do nothing, and one on top of them.
struct Crowd {
    Crowd(std::filesystem::path const& folder, int windows)
        : count(windows), stage({1920, 1080}), qube(stage.session(), folder, {})
    {
        Size const idle{200, 150};
        for (int i = 1; i < count; ++i) {
            Qube::Buffer one[] = {qube.make_buffer(idle)};
            if (!qube.open(static_cast<std::uint32_t>(1 + i), idle, one))
                give_up("an idle window is not shown");
        }
        for (auto& buffer : active)
            buffer = qube.make_buffer(size);
        if (!qube.open(1, size, active) || !stage.watch(size))
            give_up("the active window is not shown");
        nodes = stage.count_nodes();
    }
    /// One frame with 16x16 pixels of damage: how long the compositor's frame took.
    double damage_us()
    {
        color = (color * 1664525U + 1013904223U) & 0xffffffU;
        Qube::Buffer& buffer = active[turn++ % 2];
        buffer.pixels[0] = color;
        stage.expect(color);
        qube.forget();
        qube.commit(1, buffer, {0, 0, 16, 16});
        qube.send();
        if (!qube.wait_for(wire::Type::x_frame_done) || stage.seen() == 0)
            give_up("a frame was not seen");
        return static_cast<double>(stage.frame_time()) / 1000;
    }

    int count;
    Size size{400, 300};
    Stage stage;
    Qube qube;
    std::array<Qube::Buffer, 2> active;
    std::int64_t nodes = 0;
    std::uint32_t color = 1;
    unsigned turn = 0;
};

/// From CREATE leaving the agent to the first pixel on the output; then the window goes again.
double first_pixel_us(Stage& stage, Qube& qube, Qube::Buffer& pages, std::uint32_t window,
                      std::uint32_t color)
{
    static std::uint32_t number = 1000;
    Qube::Buffer fresh = pages; // pooled pages, registered anew
    fresh.number = ++number;
    pages.pixels[0] = color;
    stage.expect(color);
    qube.create(window, {0, 0, pages.size.width, pages.size.height});
    qube.register_buffer(window, fresh);
    qube.commit(window, fresh, {0, 0, pages.size.width, pages.size.height});
    qube.map(window);
    qube.forget();
    Nanoseconds const start = now();
    qube.send();
    if (!qube.wait_for(wire::Type::x_frame_done) || stage.seen() == 0)
        give_up("a new window was not seen");
    double const time = static_cast<double>(stage.seen() - start) / 1000;
    qube.destroy(window);
    qube.forget();
    qube.send();
    if (!qube.wait_for(wire::Type::destroy))
        give_up("guid does not answer DESTROY");
    stage.session().roundtrip();
    return time;
}

} // namespace

void run_windows(Run const& run)
{
    std::vector<std::unique_ptr<Crowd>> crowds;
    for (int const count : {1, 10, 100, 1000}) {
        auto const folder = run.folder / std::to_string(count);
        std::filesystem::create_directories(folder);
        crowds.push_back(std::make_unique<Crowd>(folder, count));
        record({{"metric", "scene_nodes"}, {"windows", std::to_string(count)}}, 0,
               {static_cast<double>(crowds.back()->nodes)});
    }
    CopyFloor floor(std::size_t{1920} * 1080);
    for (int block = 0; block < run.blocks; ++block) {
        run.machine.check_quiet(block);
        for (auto const& crowd : crowds) {
            Tags const tags{{"windows", std::to_string(crowd->count)}};
            auto const with = [&](char const* metric) {
                Tags all = tags;
                all["metric"] = metric;
                return all;
            };
            std::vector<double> damage, repaint;
            for (int i = 0; i < 100; ++i)
                damage.push_back(crowd->damage_us());
            record(with("frame_us"), block, damage);
            for (int i = 0; i < 20; ++i)
                repaint.push_back(static_cast<double>(crowd->stage.repaint()) / 1000);
            record(with("repaint_us"), block, repaint);
        }
        for (bool const streaming : {false, true}) {
            std::vector<double> times;
            for (int i = 0; i < 20; ++i)
                times.push_back(floor.copy_us(streaming));
            record(
                {{"metric", "repaint_us"}, {"peer", streaming ? "copy streaming" : "copy plain"}},
                block, times);
        }
    }
}

void run_create(Run const& run)
{
    std::vector<std::unique_ptr<Crowd>> crowds;
    for (int const count : {1, 1000}) {
        auto const folder = run.folder / std::to_string(count);
        std::filesystem::create_directories(folder);
        crowds.push_back(std::make_unique<Crowd>(folder, count));
        crowds.back()->stage.watch_top();
    }
    std::uint32_t color = 0x51;
    for (int block = 0; block < run.blocks; ++block) {
        run.machine.check_quiet(block);
        for (auto const& crowd : crowds) {
            std::vector<double> times;
            for (int i = 0; i < 10; ++i) {
                color = (color * 1664525U + 1013904223U) & 0xffffffU;
                times.push_back(
                    first_pixel_us(crowd->stage, crowd->qube, crowd->active[0], 5000, color));
            }
            record({{"metric", "first_pixel_us"}, {"windows", std::to_string(crowd->count)}}, block,
                   times);
        }
    }
}

void run_start(Run const& run)
{
    Size const size{400, 300};
    Stage stage({1280, 800});
    stage.watch_top();
    std::uint32_t color = 0x77;
    for (int block = 0; block < run.blocks; ++block) {
        run.machine.check_quiet(block);
        std::vector<double> times;
        for (int i = 0; i < 3; ++i) {
            Spare spare(run.folder / "guid.log");
            color = (color * 1664525U + 1013904223U) & 0xffffffU;
            stage.expect(color);
            Nanoseconds const start = now();
            Qube qube(stage.session(), run.folder, {}, std::move(spare));
            Qube::Buffer one[] = {qube.make_buffer(size)};
            one[0].pixels[0] = color;
            if (!qube.open(1, size, one) || stage.seen() == 0)
                give_up("the first window was not seen");
            times.push_back(static_cast<double>(stage.seen() - start) / 1000);
        }
        record({{"metric", "start_to_pixel_us"}}, block, times);
    }
}

} // namespace vitrail::bench
