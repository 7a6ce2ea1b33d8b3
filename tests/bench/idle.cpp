#include "tests/bench/qube.hpp"
#include "tests/bench/scenarios.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace vitrail::bench {

namespace {

constexpr int qubes = 100, windows_each = 10;

/// The shipped compositor, headless, and its control connection.
struct Screen {
    explicit Screen(std::filesystem::path const& folder)
        : process([&] {
              int ends[2] = {-1, -1};
              if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
                  std::abort();
              control.reset(ends[0]);
              Fd const its(ends[1]);
              fcntl(its.get(), F_SETFD, 0);
              auto made = test::ChildProcess::start({{program("compositor/vitrail-compositor"),
                                                      "--control-fd", std::to_string(its.get())},
                                                     {{"WLR_BACKENDS", "headless"},
                                                      {"WLR_RENDERER", "pixman"},
                                                      {"VITRAIL_HEADLESS_OUTPUTS", "1920x1080"}},
                                                     folder / "compositor.log"});
              if (!made)
                  std::exit(1);
              return std::move(*made);
          }()),
          session(Session::connect(std::move(control)))
    {
    }
    Fd control;
    test::ChildProcess process;
    std::unique_ptr<Session> session;
};

struct Sum {
    double private_dirty_kib = 0;
    std::int64_t wake_ups = 0;
    Nanoseconds cpu = 0;
};

Sum sum_of(std::vector<pid_t> const& processes)
{
    Sum sum;
    for (pid_t const one : processes) {
        sum.private_dirty_kib += private_dirty_kib(one);
        sum.wake_ups += wake_ups(one);
        sum.cpu += cpu_time(one);
    }
    return sum;
}

void open_window(Qube& qube, std::uint32_t window)
{
    Size const size{400, 300};
    Qube::Buffer one[] = {qube.make_buffer(size)};
    if (!qube.open(window, size, one)) {
        std::fputs("bench: a window is not shown\n", stderr);
        std::exit(1);
    }
}

} // namespace

void run_idle(Run const& run)
{
    Screen screen(run.folder);
    std::vector<std::unique_ptr<Qube>> all;
    std::vector<pid_t> guids;
    // The first pays for what is shared: fonts, caches.
    auto const add = [&](std::uint32_t number) {
        all.push_back(std::make_unique<Qube>(*screen.session, run.folder,
                                             Qube::Setup{number, wire::version_extended, {}}));
        open_window(*all.back(), 1);
        guids.push_back(all.back()->guid());
    };
    add(1);
    double const compositor_first = private_dirty_kib(screen.process.pid());
    for (std::uint32_t number = 2; number <= qubes; ++number)
        add(number);
    double const compositor_qubes = private_dirty_kib(screen.process.pid());
    double const guids_one_window = sum_of(guids).private_dirty_kib;
    record({{"metric", "kib_per_qube"}, {"of", "guid"}}, 0, {guids_one_window / qubes});
    record({{"metric", "kib_per_qube"}, {"of", "compositor"}}, 0,
           {(compositor_qubes - compositor_first) / (qubes - 1)});

    for (auto const& qube : all)
        for (std::uint32_t window = 2; window <= windows_each; ++window)
            open_window(*qube, window);
    double const more = qubes * (windows_each - 1);
    record({{"metric", "kib_per_window"}, {"of", "guid"}}, 0,
           {(sum_of(guids).private_dirty_kib - guids_one_window) / more});
    record({{"metric", "kib_per_window"}, {"of", "compositor"}}, 0,
           {(private_dirty_kib(screen.process.pid()) - compositor_qubes) / more});

    std::vector<pid_t> processes = guids;
    processes.push_back(screen.process.pid());
    record({{"metric", "total_mib"}}, 0, {sum_of(processes).private_dirty_kib / 1024});

    ::usleep(1'500'000); // the last frames and their timers
    constexpr double seconds = 20;
    Sum const before = sum_of(processes);
    ::usleep(static_cast<useconds_t>(seconds * 1e6)); // what happens when nothing happens
    Sum const after = sum_of(processes);
    record({{"metric", "idle_wakes_per_second"}}, 0,
           {static_cast<double>(after.wake_ups - before.wake_ups) / seconds});
    record({{"metric", "idle_cpu_percent"}}, 0,
           {static_cast<double>(after.cpu - before.cpu) / seconds / 1e7});
}

} // namespace vitrail::bench
