#pragma once

#include "lib/os/event_loop.hpp"
#include "services/qubesd/backend.hpp"

#include <deque>
#include <map>
#include <set>

namespace vitrail::qubesd {

/// A host of qubes that exist only as names: starts and ends when its loop comes round, and as the
/// test has scripted it.
class FakeBackend final : public Backend {
public:
    explicit FakeBackend(wl_event_loop* loop) : timer_(loop, *this) {}

    // The script.
    std::set<std::string> refuses_start; ///< names whose start fails
    bool refuses_all_starts = false;
    std::set<std::string> ignores_shutdown;
    std::vector<RunningQube> found; ///< what outlived the last qubesd
    // What happened.
    std::map<std::string, StartOrder> orders;
    std::map<std::string, bool> on; ///< name, paused
    std::vector<std::string> killed;
    std::vector<std::pair<std::string, NetworkOrder>> networks; ///< set_network's, in order

    void start(StartOrder const& order, Started started) override
    {
        orders[order.name] = order;
        later([this, name = order.name, started = std::move(started)] {
            if (refuses_all_starts || refuses_start.contains(name))
                return started(error("the script says no"));
            on[name] = false;
            started(next_domain_++);
        });
    }
    void shut_down(std::string const& name) override
    {
        if (!ignores_shutdown.contains(name))
            end(name);
    }
    void kill(std::string const& name) override
    {
        killed.push_back(name);
        end(name);
    }
    Result<> pause(std::string const& name) override
    {
        on[name] = true;
        return {};
    }
    Result<> unpause(std::string const& name) override
    {
        on[name] = false;
        return {};
    }
    void set_network(std::string const& name, NetworkOrder const& order) override
    {
        networks.emplace_back(name, order);
    }
    std::vector<RunningQube> running() override
    {
        for (auto const& one : found)
            on[one.name] = one.paused;
        return found;
    }
    std::optional<Usage> usage(std::string const& name) override
    {
        if (!on.contains(name) && name != "dom0")
            return std::nullopt;
        return Usage{
            .memory_kib = 409600, .memory_total_kib = 419840, .cpu_time_ns = cpu_ns, .vcpus = 2};
    }
    [[nodiscard]] Machine machine() const override { return {16384, 4}; }
    [[nodiscard]] std::uint64_t available_memory_mib() const override { return available_mib; }
    /// It ends by itself.
    void end(std::string const& name)
    {
        later([this, name] {
            on.erase(name);
            ended_(name);
        });
    }

    std::uint64_t available_mib = 8192;
    std::uint64_t cpu_ns = 5'000'000'000;

private:
    void later(std::function<void()> what)
    {
        queue_.push_back(std::move(what));
        timer_.arm(std::chrono::milliseconds(1));
    }
    void handle_timer()
    {
        for (auto queue = std::exchange(queue_, {}); auto const& one : queue)
            one();
    }

    std::deque<std::function<void()>> queue_;
    std::int64_t next_domain_ = 1;
    Timer<&FakeBackend::handle_timer> timer_;
};

} // namespace vitrail::qubesd
