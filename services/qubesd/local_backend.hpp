#pragma once

#include "lib/os/event_loop.hpp"
#include "services/qubesd/backend.hpp"

#include <map>
#include <memory>
#include <string>

namespace vitrail::qubesd {

/// Programs and folders of the local host.
struct LocalHost {
    std::string runtime; ///< below it qubes/NAME: vchan, grants, keeper.sock, keeper.json, log
    std::string keeper;  ///< our program vitrail-qube-keeper
    std::string init;    ///< our program vitrail-qube-init
    std::string agent;   ///< our program vitrail-agent-gui
};

/// The bubblewrap command line of a qube (fact sheet local-host §1, §3): its volumes mounted,
/// nothing else of ours visible. `folder`: the qube's own one of the runtime folder. Pure.
[[nodiscard]] std::vector<std::string> sandbox_command(LocalHost const& host,
                                                       StartOrder const& order,
                                                       std::string const& folder,
                                                       std::int64_t domain);

/// Qubes as sandboxes of Linux namespaces, each on a keeper that outlives us.
class LocalBackend final : public Backend {
public:
    LocalBackend(wl_event_loop* loop, LocalHost host);
    ~LocalBackend() override;

    void start(StartOrder const& order, Started started) override;
    void shut_down(std::string const& name) override;
    void kill(std::string const& name) override;
    Result<> pause(std::string const& name) override;
    Result<> unpause(std::string const& name) override;
    std::vector<RunningQube> running() override;
    std::optional<Usage> usage(std::string const& name) override;
    [[nodiscard]] Machine machine() const override;

private:
    class Sandbox; ///< one running qube's keeper
    [[nodiscard]] Result<> begin(StartOrder const& order, Started& started);
    [[nodiscard]] Result<RunningQube> adopt(std::string const& name);
    [[nodiscard]] std::string folder_of(std::string const& name) const;
    [[nodiscard]] std::int64_t free_domain() const;
    void ended(std::string const& name);

    wl_event_loop* loop_;
    LocalHost host_;
    std::map<std::string, std::unique_ptr<Sandbox>> sandboxes_;
};

} // namespace vitrail::qubesd
