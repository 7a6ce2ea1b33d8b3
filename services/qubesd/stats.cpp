#include "services/qubesd/stats.hpp"

#include <ctime>
#include <utility>

namespace vitrail::qubesd {
namespace {

std::uint64_t monotonic_ns()
{
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(now.tv_nsec);
}

} // namespace

Stats::Stats(wl_event_loop* loop, System& system, Lifecycle& lifecycle)
    : system_(system), lifecycle_(lifecycle), timer_(loop, *this)
{
}

void Stats::wake()
{
    if (std::exchange(running_, true))
        return;
    last_round_ns_ = 0;
    last_cpu_ns_.clear();
    timer_.arm(std::chrono::milliseconds(1));
}

void Stats::handle_timer()
{
    if (!system_.events.has_stats_listener()) {
        running_ = false;
        return;
    }
    std::uint64_t const now = monotonic_ns();
    sample(last_round_ns_ == 0 ? 0 : now - last_round_ns_);
    last_round_ns_ = now;
    auto const seconds =
        qube::parse_number(global_text(system_.state, "stats_interval")).value_or(3);
    timer_.arm(std::chrono::seconds(seconds));
}

void Stats::sample(std::uint64_t elapsed_ns)
{
    std::map<std::string, std::uint64_t> seen;
    for (auto const& [name, one] : system_.state.qubes) {
        if (one.is_off() || one.is(qube::QubeClass::remote))
            continue;
        auto const usage = lifecycle_.usage(name);
        if (!usage)
            continue;
        std::uint64_t percent = 0;
        auto const last = last_cpu_ns_.find(name);
        if (elapsed_ns > 0 && last != last_cpu_ns_.end() && usage->cpu_time_ns > last->second)
            percent = (usage->cpu_time_ns - last->second) * 100 / elapsed_ns /
                      (usage->vcpus > 0 ? usage->vcpus : 1);
        seen[name] = usage->cpu_time_ns;
        std::string const memory = std::to_string(usage->memory_kib);
        system_.events.fire_stats(
            name, {{"memory_assigned_usable", memory},
                   {"memory_kb", memory},
                   {"memory_assigned_total", std::to_string(usage->memory_total_kib)},
                   {"cpu_time", std::to_string(usage->cpu_time_ns / 1'000'000)},
                   {"cpu_usage", std::to_string(percent)},
                   {"online_vcpus", std::to_string(usage->vcpus)}});
    }
    last_cpu_ns_ = std::move(seen);
}

} // namespace vitrail::qubesd
