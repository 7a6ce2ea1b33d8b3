// How long it takes to the first window: of a qube that is started, of a disposable, and of the
// same application in a bubblewrap alone.

#include "tests/bench/manager.hpp"
#include "tests/bench/opened_windows.hpp"
#include "tests/bench/qube.hpp"
#include "tests/bench/scenarios.hpp"
#include "tests/support/desktop.hpp"
#include "tests/support/ordinary_user.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace vitrail::bench {
namespace {

constexpr int samples = 3; ///< of each kind a block

template <typename T> T must(Result<T> made)
{
    if (!made) {
        say(made.error().message());
        std::exit(1);
    }
    if constexpr (!std::is_void_v<T>)
        return std::move(*made);
}

double ms_between(Nanoseconds start, Nanoseconds end)
{
    return static_cast<double>(end - start) / 1e6;
}

std::string call(test::Desktop const& desktop, std::string_view whom, std::string_view method,
                 std::string_view argument = {}, std::string_view payload = {})
{
    auto answer = desktop.admin().call(whom, method, argument, payload);
    if (!answer) {
        say(std::string(method) + ": " + answer.error().message);
        std::exit(1);
    }
    return std::move(*answer);
}

/// A program beside the desktop, as its user.
test::ChildProcess start_beside(test::Desktop const& desktop, std::vector<std::string> words)
{
    if (geteuid() == 0) {
        std::string const id = std::to_string(test::ordinary_id);
        std::vector<std::string> const first{"setpriv", "--reuid", id,
                                             "--regid", id,        "--clear-groups"};
        words.insert(words.begin(), first.begin(), first.end());
    }
    return must(test::ChildProcess::start(
        {.arguments = words,
         .environment = {{"QUBESD_SOCKET", desktop.runtime() / "vitrail/qubesd.sock"}},
         .output = desktop.runtime() / "beside.log"}));
}

/// What a qube's sandbox is made of (fact sheet local-host §1), around an application that draws
/// for our compositor itself: no agents, no guid, no network but loopback, an empty home.
std::vector<std::string> bubblewrap_alone(std::string const& wayland_socket)
{
    std::vector<std::string> words{
        "bwrap", "--unshare-all", "--unshare-user", "--die-with-parent", "--new-session", "--uid",
        "1000",  "--gid",         "1000",           "--hostname",        "alone"};
    for (char const* const shared : {"/usr", "/etc", "/var"})
        words.insert(words.end(), {"--ro-bind", shared, shared});
    for (char const* const link : {"bin", "lib", "lib64", "sbin"})
        words.insert(words.end(),
                     {"--symlink", std::string("usr/") + link, std::string("/") + link});
    words.insert(words.end(), {"--perms",
                               "1777",
                               "--tmpfs",
                               "/tmp",
                               "--tmpfs",
                               "/run",
                               "--dir",
                               "/run/user",
                               "--perms",
                               "0700",
                               "--dir",
                               "/run/user/1000",
                               "--proc",
                               "/proc",
                               "--dev",
                               "/dev",
                               "--tmpfs",
                               "/home",
                               "--dir",
                               "/home/user",
                               "--bind",
                               wayland_socket,
                               "/run/user/1000/wayland-0",
                               "--chdir",
                               "/home/user",
                               "--clearenv",
                               "--setenv",
                               "HOME",
                               "/home/user",
                               "--setenv",
                               "SHELL",
                               "/bin/bash",
                               "--setenv",
                               "PATH",
                               "/usr/local/bin:/usr/bin:/bin",
                               "--setenv",
                               "LANG",
                               "C.UTF-8",
                               "--setenv",
                               "XDG_RUNTIME_DIR",
                               "/run/user/1000",
                               "--setenv",
                               "WAYLAND_DISPLAY",
                               "wayland-0",
                               "--",
                               "foot",
                               "--title",
                               "alone"});
    return words;
}

double alone_ms(test::Desktop const& desktop, OpenedWindows& windows, std::string const& socket)
{
    Nanoseconds const start = now();
    auto process = start_beside(desktop, bubblewrap_alone(socket));
    Nanoseconds const there = windows.wait_for("alone");
    process.end();
    windows.wait_gone("alone");
    return ms_between(start, there);
}

struct Start {
    double volumes_ms = 0; ///< until its volumes are ready and its sandbox is begun
    double running_ms = 0; ///< until a program can be started in it
    double window_ms = 0;
};

/// The qube "first", whose list names an application.
Start qube_ms(test::Desktop& desktop, OpenedWindows& windows, EventWatch& events)
{
    events.drain(""); // what was told of others
    Nanoseconds const start = now();
    auto pending = desktop.admin().begin("first", "admin.vm.Start");
    events.wait_for("domain-pre-spawn");
    Nanoseconds const spawned = now();
    events.wait_for("domain-start");
    Nanoseconds const running = now();
    Nanoseconds const there = windows.wait_for("first");
    if (!pending || !pending->finish()) {
        say("the qube was not started");
        std::exit(1);
    }
    call(desktop, "first", "admin.vm.Kill");
    windows.wait_gone("first");
    return {ms_between(start, spawned), ms_between(start, running), ms_between(start, there)};
}

/// qvm-run with a new disposable, as a person or the menu would.
double disposable_ms(test::Desktop const& desktop, OpenedWindows& windows)
{
    Nanoseconds const start = now();
    auto process = start_beside(
        desktop, {program("tools/qvm/qvm-run"), "--dispvm=default-dvm", "--", "foot --title once"});
    Nanoseconds const there = windows.wait_for("once");
    windows.close("once");
    (void)process.wait(std::chrono::seconds(60)); // the disposable has gone then
    return ms_between(start, there);
}

/// Waits until a disposable is kept ready; false when qubesd does not keep any.
bool one_is_ready(test::Desktop& desktop)
{
    return desktop.wait_until(
        [&] {
            auto const names =
                desktop.admin().call("default-dvm", "admin.vm.feature.Get", "preload-dispvm");
            return names && !names->empty() &&
                   desktop.admin()
                       .call(names->substr(0, names->find(' ')), "admin.vm.feature.Get",
                             "preload-dispvm-completed")
                       .has_value();
        },
        std::chrono::seconds(20));
}

} // namespace

void run_qube_start(Run const& run)
{
    must(test::uncover_proc());
    auto const desktop = must(test::Desktop::start(
        "bench",
        {.qubes = {{"first", "blue", {"foot --title first"}}}, .config = {}, .data = run.disk}));
    std::string display;
    std::ifstream(desktop->runtime() / "vitrail/display") >> display;
    std::string const socket = desktop->runtime() / display;
    OpenedWindows windows(socket);
    windows.wait_for("first");
    call(*desktop, "first", "admin.vm.Kill");
    windows.wait_gone("first");
    call(*desktop, "default-dvm", "admin.vm.property.Set", "netvm");

    EventWatch events(desktop->admin());
    bool preloads = true;
    for (int block = 0; block < run.blocks; ++block) {
        run.machine.check_idle(block);
        std::vector<double> alone, volumes, running, first, cold, preloaded;
        for (int i = 0; i < samples; ++i) {
            alone.push_back(alone_ms(*desktop, windows, socket));
            Start const start = qube_ms(*desktop, windows, events);
            volumes.push_back(start.volumes_ms);
            running.push_back(start.running_ms);
            first.push_back(start.window_ms);
            cold.push_back(disposable_ms(*desktop, windows));
        }
        record({{"metric", "window_ms"}, {"of", "bubblewrap"}}, block, alone);
        record({{"metric", "volumes_ms"}, {"of", "qube"}}, block, volumes);
        record({{"metric", "running_ms"}, {"of", "qube"}}, block, running);
        record({{"metric", "window_ms"}, {"of", "qube"}}, block, first);
        record({{"metric", "window_ms"}, {"of", "disposable"}}, block, cold);
        if (!preloads)
            continue;
        call(*desktop, "default-dvm", "admin.vm.feature.Set", "preload-dispvm-max", "1");
        for (int i = 0; i < samples && (preloads = one_is_ready(*desktop)); ++i)
            preloaded.push_back(disposable_ms(*desktop, windows));
        call(*desktop, "default-dvm", "admin.vm.feature.Set", "preload-dispvm-max", "0");
        if (preloads)
            record({{"metric", "window_ms"}, {"of", "preloaded disposable"}}, block, preloaded);
        else
            say("no disposable is kept ready: that row is not measured");
    }
}

} // namespace vitrail::bench
