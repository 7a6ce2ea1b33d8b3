// The benchmark program: one scenario a call, its figures as JSON lines (tests/bench/run.py makes
// the table).

#include "tests/bench/scenarios.hpp"
#include "tests/support/process.hpp"

#include <getopt.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string_view>

using namespace vitrail;
using namespace vitrail::bench;

namespace {

struct Scenario {
    std::string_view name;
    void (*run)(Run const&);
};

constexpr Scenario scenarios[] = {
    {"small", run_small_frames},
    {"1080p", [](Run const& run) { run_full_frames(run, false); }},
    {"4k", [](Run const& run) { run_full_frames(run, true); }},
    {"input", run_input},
    {"updates", run_updates},
    {"windows", run_windows},
    {"create", run_create},
    {"hidden", run_hidden},
    {"start", run_start},
    {"clipboard", run_clipboard},
    {"policy", run_qrexec},
    {"launcher-search", run_launcher_search},
    {"idle", run_idle},
    {"calls", run_calls},
    {"qube-start", run_qube_start},
};

int usage()
{
    std::fputs("usage: vitrail-bench [--noisy] [--blocks N] SCENARIO\nscenarios:", stderr);
    for (Scenario const& one : scenarios)
        std::fprintf(stderr, " %s", std::string(one.name).c_str());
    std::fputs("\n", stderr);
    return 2;
}

} // namespace

int main(int argc, char** argv)
{
    bool noisy = false;
    int blocks = 10;
    option const options[] = {
        {"noisy", no_argument, nullptr, 'n'}, {"blocks", required_argument, nullptr, 'b'}, {}};
    for (int o; (o = getopt_long(argc, argv, "", options, nullptr)) != -1;)
        switch (o) {
        case 'n': noisy = true; break;
        case 'b': blocks = std::max(static_cast<int>(std::strtol(optarg, nullptr, 10)), 1); break;
        default: return usage();
        }
    if (optind != argc - 1)
        return usage();
    std::signal(SIGPIPE, SIG_IGN);
    char folder[] = "/tmp/vitrail-bench-XXXXXX";
    if (!mkdtemp(folder))
        return 1;
    setenv("XDG_RUNTIME_DIR", folder, 1);
    char const* const disk = std::getenv("VITRAIL_BENCH_DISK");
    for (Scenario const& one : scenarios)
        if (one.name == argv[optind]) {
            Machine machine(noisy);
            one.run({machine, folder, disk ? disk : folder, blocks});
            std::error_code ignored;
            std::filesystem::remove_all(folder, ignored);
            return 0;
        }
    return usage();
}
