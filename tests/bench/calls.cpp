// qubesd with 200 qubes: what a call, an event and a tool cost, and what it holds while idle.

#include "tests/bench/manager.hpp"
#include "tests/bench/scenarios.hpp"
#include "tests/support/ordinary_user.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

namespace vitrail::bench {
namespace {

constexpr int qubes = 200;

double us_since(Nanoseconds start)
{
    return static_cast<double>(now() - start) / 1000;
}

/// The same call again and again, each on a connection of its own: microseconds of each.
std::vector<double> calls(qube::AdminClient const& client, int count, std::string_view destination,
                          std::string_view method, std::string_view argument)
{
    std::vector<double> times;
    times.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
        Nanoseconds const start = now();
        auto const answer = client.call(destination, method, argument);
        times.push_back(us_since(start));
        if (!answer) {
            say(answer.error().message);
            std::exit(1);
        }
    }
    return times;
}

double per_second(std::vector<double> const& times_us)
{
    double sum = 0;
    for (double const time : times_us)
        sum += time;
    return static_cast<double>(times_us.size()) / sum * 1e6;
}

void measure_calls(Manager const& manager, CallFloor const& list_floor, CallFloor const& get_floor,
                   int block)
{
    struct Kind {
        char const* name;
        qube::AdminClient const& floor;
        int count;
        char const* destination;
        char const* method;
        char const* argument;
    };
    Kind const kinds[] = {
        {"list", list_floor.client(), 300, "dom0", "admin.vm.List", ""},
        {"get", get_floor.client(), 3000, "q100", "admin.vm.property.Get", "netvm"},
    };
    for (Kind const& kind : kinds) {
        auto const ours =
            calls(manager.client(), kind.count, kind.destination, kind.method, kind.argument);
        auto const floor =
            calls(kind.floor, kind.count, kind.destination, kind.method, kind.argument);
        record({{"metric", "call_us"}, {"call", kind.name}, {"peer", "ours"}}, block, ours);
        record({{"metric", "call_us"}, {"call", kind.name}, {"peer", "floor"}}, block, floor);
        record({{"metric", "calls_per_second"}, {"call", kind.name}, {"peer", "ours"}}, block,
               {per_second(ours)});
        record({{"metric", "calls_per_second"}, {"call", kind.name}, {"peer", "floor"}}, block,
               {per_second(floor)});
    }
}

/// A change that is kept in the store before anybody is told, or one that only tells.
struct Change {
    char const* name;
    char const* method;
    char const* event;
    bool counted; ///< its argument is another one each time, and so is its event's name
};
constexpr Change changes[] = {
    {"kept", "admin.vm.tag.Set", "domain-tag-add:", true},
    {"told", "admin.vm.firewall.Reload", "firewall-changed", false},
};

std::string number(int block, int i)
{
    return "b" + std::to_string(block) + "n" + std::to_string(i);
}

/// What the disk alone takes to keep a page that was appended to a file: microseconds.
std::vector<double> disk_syncs(std::filesystem::path const& file)
{
    constexpr int samples = 100;
    Fd const out(open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    std::string const page(4096, 'x');
    std::vector<double> times;
    for (int i = 0; i < samples; ++i) {
        Nanoseconds const start = now();
        if (write(out.get(), page.data(), page.size()) < 0 || fdatasync(out.get()) != 0)
            say("the disk takes no page");
        times.push_back(us_since(start));
    }
    return times;
}

/// From before a change is asked for to when its event is here, one at a time.
void measure_events(Manager const& manager, EventWatch& watch, int block)
{
    constexpr int samples = 250;
    for (Change const& change : changes) {
        std::vector<double> times;
        for (int i = 0; i < samples; ++i) {
            std::string const tag = change.counted ? number(block, i) : "";
            Nanoseconds const start = now();
            auto pending = manager.client().begin("q100", change.method, tag);
            watch.wait_for(change.event + tag);
            times.push_back(us_since(start));
            if (!pending || !pending->finish()) {
                say("a change was refused");
                std::exit(1);
            }
        }
        record({{"metric", "event_us"}, {"change", change.name}}, block, times);
        if (change.counted)
            for (int i = 0; i < samples; ++i)
                manager.call("q100", "admin.vm.tag.Remove", number(block, i));
    }
    watch.drain("");
}

/// 1,000 changes as fast as one caller makes them: how many events a second, how many are missing.
void measure_storm(Manager const& manager, EventWatch& watch, int block)
{
    constexpr int storm = 1000;
    for (Change const& change : changes) {
        Nanoseconds const start = now();
        int seen = 0;
        for (int i = 0; i < storm; ++i) {
            manager.call("q101", change.method, change.counted ? number(block, i) : "");
            seen += watch.drain(change.event);
        }
        constexpr int patience_ms = 2000; // for events that are still on their way
        std::optional<qube::AdminEvent> event;
        while (seen < storm && (event = watch.next(patience_ms)))
            seen += event->name.starts_with(change.event) ? 1 : 0;
        Nanoseconds const end = now();
        record({{"metric", "events_per_second"}, {"change", change.name}}, block,
               {storm / (static_cast<double>(end - start) / 1e9)});
        record({{"metric", "events_lost"}, {"change", change.name}}, block,
               {static_cast<double>(storm - seen)});
        if (change.counted)
            for (int i = 0; i < storm; ++i)
                manager.call("q101", "admin.vm.tag.Remove", number(block, i));
        watch.drain("");
    }
}

/// A template whose root is a tree of 4,000 files and 64 MiB.
void make_template(Manager const& manager, std::filesystem::path const& folder)
{
    manager.call(qube::dom0, "admin.vm.Create.TemplateVM", "", "name=base label=black");
    auto const tree = folder / "tree/usr/share/things";
    std::filesystem::create_directories(tree);
    for (int i = 0; i < 4000; ++i) {
        auto const group = tree / std::to_string(i / 100);
        std::filesystem::create_directory(group);
        std::ofstream(group / std::to_string(i))
            << std::string(16384, static_cast<char>('a' + i % 26));
    }
    auto const archive = folder / "tree.tar";
    if (!test::output_of({{"tar", "-C", folder / "tree", "-cf", archive, "."}, {}, {}})) {
        say("no archive for the template");
        std::exit(1);
    }
    (void)manager.tool_ms({"qvm-volume", "import", "base:root", archive});
    std::filesystem::remove_all(folder / "tree");
    std::filesystem::remove(archive);
}

double rollup_mib(pid_t process, std::initializer_list<char const*> keys)
{
    double sum = 0;
    for (char const* const key : keys)
        sum += static_cast<double>(
            proc_value("/proc/" + std::to_string(process) + "/smaps_rollup", key).value_or(0));
    return sum / 1024;
}

} // namespace

void run_calls(Run const& run)
{
    if (geteuid() == 0 && (chown(run.folder.c_str(), test::ordinary_id, test::ordinary_id) != 0 ||
                           chown(run.disk.c_str(), test::ordinary_id, test::ordinary_id) != 0))
        std::exit(1);
    if (auto const done = test::become_ordinary_user(); !done) {
        say(done.error().message());
        std::exit(1);
    }
    Manager const manager(run.folder, run.disk / "qubes");
    make_template(manager, run.folder);
    for (int i = 0; i < qubes; ++i)
        manager.call(qube::dom0, "admin.vm.Create.AppVM", "",
                     "name=q" + std::to_string(i) + " label=" + (i % 2 == 0 ? "red" : "blue"));
    record({{"metric", "qubesd_mib"}, {"of", "private"}}, 0,
           {rollup_mib(manager.pid(), {"Private_Clean:", "Private_Dirty:"})});
    record({{"metric", "qubesd_mib"}, {"of", "proportional"}}, 0,
           {rollup_mib(manager.pid(), {"Pss:"})});

    CallFloor const list_floor(run.folder / "list.sock", manager.call(qube::dom0, "admin.vm.List"));
    CallFloor const get_floor(run.folder / "get.sock",
                              manager.call("q100", "admin.vm.property.Get", "netvm"));
    EventWatch watch(manager.client());
    for (int block = 0; block < run.blocks; ++block) {
        run.machine.check_quiet(block);
        measure_calls(manager, list_floor, get_floor, block);
        record({{"metric", "disk_sync_us"}}, block, disk_syncs(run.disk / "floor"));
        measure_events(manager, watch, block);
        measure_storm(manager, watch, block);
        std::vector<double> lists, clones;
        for (int i = 0; i < 10; ++i)
            lists.push_back(manager.tool_ms({"qvm-ls"}));
        for (int i = 0; i < 3; ++i) {
            clones.push_back(manager.tool_ms({"qvm-clone", "base", "twin"}));
            manager.call("twin", "admin.vm.Remove");
        }
        watch.drain("");
        record({{"metric", "qvm_ls_ms"}}, block, lists);
        record({{"metric", "clone_ms"}}, block, clones);
    }
    record({{"metric", "qubesd_mib_after"}}, 0,
           {rollup_mib(manager.pid(), {"Private_Clean:", "Private_Dirty:"})});
}

} // namespace vitrail::bench
