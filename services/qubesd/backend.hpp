#pragma once

#include "lib/base/result.hpp"
#include "services/qubesd/network_order.hpp"
#include "services/qubesd/state.hpp"
#include "services/qubesd/storage/driver.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vitrail::qubesd {

/// What a back end needs to start a qube.
struct StartOrder {
    std::string name;
    unsigned qid = 0;
    std::string uuid;
    qube::QubeClass qube_class = qube::QubeClass::app;
    ByName<Attachment> volumes;
    std::uint64_t memory_mib = 0;
    unsigned vcpus = 1;
    std::string default_user;
    std::string netvm; ///< empty: no network
    NetworkOrder network;
    std::string label;
    std::uint32_t rgb = 0;
    bool gui = true;
    std::chrono::seconds timeout{60};
};

/// A qube that a back end found running when it was asked.
struct RunningQube {
    std::string name;
    std::int64_t domain = 0;
    std::int64_t start_time = 0;
    bool paused = false;
};

/// What a running qube uses now.
struct Usage {
    std::uint64_t memory_kib = 0;
    std::uint64_t memory_total_kib = 0;
    std::uint64_t cpu_time_ns = 0;
    unsigned vcpus = 1;
};

/// Runs qubes: the seam between what qubesd decides and how this host does it (local, xen, fake).
/// Nothing here blocks; answers come from the loop.
class Backend {
public:
    using Started = std::function<void(Result<std::int64_t> domain)>;

    virtual ~Backend() = default;
    /// `started` once: running, or why not (and then nothing of it is left).
    virtual void start(StartOrder const& order, Started started) = 0;
    virtual void shut_down(std::string const& name) = 0; ///< asks; its end is told
    virtual void kill(std::string const& name) = 0;      ///< its end is told
    [[nodiscard]] virtual Result<> pause(std::string const& name) = 0;
    [[nodiscard]] virtual Result<> unpause(std::string const& name) = 0;
    /// A running qube gets another netvm, or other rules.
    virtual void set_network(std::string const& name, NetworkOrder const& order) = 0;
    /// Asked once, before anything is started: what outlived the last qubesd.
    [[nodiscard]] virtual std::vector<RunningQube> running() = 0;
    [[nodiscard]] virtual std::optional<Usage> usage(std::string const& name) = 0;
    [[nodiscard]] virtual Machine machine() const = 0;
    /// What could still be given to qubes.
    [[nodiscard]] virtual std::uint64_t available_memory_mib() const = 0;
    /// Whom to tell that a started qube has ended, whatever the reason.
    void set_ended(std::function<void(std::string const& name)> ended)
    {
        ended_ = std::move(ended);
    }

protected:
    std::function<void(std::string const& name)> ended_;
};

} // namespace vitrail::qubesd
