#pragma once

#include "lib/os/event_loop.hpp"
#include "services/qubesd/backend.hpp"
#include "services/qubesd/keeper_starter.hpp"
#include "services/qubesd/local_network.hpp"

#include <map>
#include <memory>
#include <string>

namespace vitrail::qubesd {

/// Programs and folders of the local host.
struct LocalHost {
    std::string runtime; ///< below it qubes/NAME: vchan, grants, keeper.sock, keeper.json, …
    std::string data;    ///< all pools' folders are below it where each qube has its own user id
    std::string logs;    ///< below `data`: NAME/qube.log, what a qube prints
    std::string keeper;  ///< our program vitrail-qube-keeper
    std::string init;    ///< our program vitrail-qube-init
    std::string agent;   ///< our program vitrail-agent-gui
    std::string apps;    ///< our program vitrail-agent-apps
    std::string zone;    ///< our program vitrail-network-zone
    std::string tools;   ///< folder of programs and services for qubes; may be missing
    std::string demo;    ///< pages that the demonstration's browser shows; may be missing
};

/// A domain's number is its qube's plus this: it stays the same from start to start, and so does
/// the user id that the root launcher gives the qube; what others run (vitrail ctl attach) keeps
/// the small numbers.
inline constexpr std::int64_t first_domain = 10000;

/// Where a qube's own files are, outside of it.
struct SandboxPlaces {
    std::string folder;               ///< below it vchan, grants, etc
    std::vector<std::string> own_etc; ///< names below etc that stand in for the template's
    std::int64_t domain = 0;
    std::string resolver = "/etc/resolv.conf"; ///< in the qube: where its own is put
};

/// Where a qube's resolv.conf is to be put: on many machines the one of /etc is a link to a place
/// in /run, which is the qube's own.
[[nodiscard]] std::string resolver_place(StartOrder const& order);

/// Files below /etc that the qube has of its own in place of its root's. The accounts are among
/// them where the root is the machine's; a template's are its own, so that what is installed in it
/// can add some.
[[nodiscard]] std::vector<std::string> own_etc_files(StartOrder const& order);

/// The bubblewrap command line of a qube (fact sheet local-host §1, §3): its volumes mounted,
/// nothing else of ours visible. Pure.
[[nodiscard]] std::vector<std::string>
sandbox_command(LocalHost const& host, StartOrder const& order, SandboxPlaces const& places);

/// Makes the volumes of `order` those that the root launcher will mount below `folder`, and says
/// which it has to. Fails for a volume outside of `data`. Pure.
[[nodiscard]] Result<std::vector<OwnMount>>
take_own_mounts(StartOrder& order, std::string const& data, std::string const& folder);

/// Qubes as sandboxes of Linux namespaces, each on a keeper that outlives us.
class LocalBackend final : public Backend {
public:
    /// `launcher`: the root launcher's socket, or nothing.
    LocalBackend(wl_event_loop* loop, LocalHost host, Fd launcher = {});
    ~LocalBackend() override;

    void start(StartOrder const& order, Started started) override;
    void shut_down(std::string const& name) override;
    void kill(std::string const& name) override;
    Result<> pause(std::string const& name) override;
    Result<> unpause(std::string const& name) override;
    void set_network(std::string const& name, NetworkOrder const& order) override;
    std::vector<RunningQube> running() override;
    std::optional<Usage> usage(std::string const& name) override;
    [[nodiscard]] Machine machine() const override;
    [[nodiscard]] std::uint64_t available_memory_mib() const override;

private:
    class Sandbox; ///< one running qube's keeper
    [[nodiscard]] Result<> begin(StartOrder order, Namespace const& network, Started& started);
    [[nodiscard]] Result<> prepare(StartOrder const& order, std::string const& folder) const;
    [[nodiscard]] Result<> handle_keeper(std::string const& name, std::int64_t domain, pid_t keeper,
                                         std::chrono::seconds timeout, Started& started);
    [[nodiscard]] Result<RunningQube> adopt(std::string const& name);
    [[nodiscard]] std::string folder_of(std::string const& name) const;
    void ended(std::string const& name);

    wl_event_loop* loop_;
    LocalHost host_;
    KeeperStarter starter_;
    LocalNetwork network_;
    std::map<std::string, std::unique_ptr<Sandbox>> sandboxes_;
};

} // namespace vitrail::qubesd
