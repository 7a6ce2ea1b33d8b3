#include "services/network/zone.hpp"

#include "services/network/machine_addresses.hpp"
#include "services/network/namespaces.hpp"

#include <fcntl.h>
#include <net/if.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <utility>

namespace vitrail::network {
namespace {

void complain(Error const& problem)
{
    std::fprintf(stderr, "vitrail-network-zone: %s\n", problem.message().c_str());
}

/// In the child that run_in() makes: what /proc shows is of its namespace.
int turn_on(std::vector<char const*> const& settings)
{
    for (char const* const setting : settings) {
        Fd const file(open(setting, O_WRONLY | O_CLOEXEC));
        if (!file || write(file.get(), "1", 1) != 1) {
            std::perror(setting);
            return 1;
        }
    }
    return 0;
}

/// A kernel without IPv6 has none of it to forward.
std::vector<char const*> forwarding()
{
    std::vector<char const*> settings{"/proc/sys/net/ipv4/ip_forward"};
    char const* const six = "/proc/sys/net/ipv6/conf/all/forwarding";
    if (access(six, F_OK) == 0)
        settings.push_back(six);
    return settings;
}

/// In a child in a qube's namespace: whatever led out of it.
int cut_link()
{
    return if_nametoindex("eth0") == 0 ? 0 : exec_program({"ip", "link", "delete", "dev", "eth0"});
}

std::uint64_t now()
{
    return static_cast<std::uint64_t>(std::time(nullptr));
}

} // namespace

Zone::Zone(wl_event_loop* loop) : loop_(loop)
{
}

Zone::~Zone() = default;

Result<Member*> Zone::find(std::string const& name)
{
    auto const found = members_.find(name);
    if (found == members_.end())
        return error("the zone has no qube " + name);
    return found->second.get();
}

std::vector<Member const*> Zone::clients_of(std::string const& netvm) const
{
    std::vector<Member const*> clients;
    for (auto const& [name, member] : members_)
        if (member->netvm == netvm)
            clients.push_back(member.get());
    return clients;
}

Result<int> Zone::add(request::Add const& request)
{
    if (auto const earlier = members_.find(request.qube); earlier != members_.end()) {
        if (earlier->second->is_held())
            return error("the qube " + request.qube + " has a network already");
        remove(request.qube);
    }
    return TRY(take_in(request, TRY(make_network_namespace())))->netns.get();
}

Result<> Zone::adopt(request::Add const& request, Fd netns, Fd pidfd)
{
    if (auto const known = members_.find(request.qube);
        known == members_.end() || !known->second->is_held()) {
        remove(request.qube);
        TRY_VOID(run_in(netns.get(), cut_link));
        TRY_VOID(take_in(request, std::move(netns)));
        return hold(request.qube, std::move(pidfd));
    }
    return {};
}

Result<Member*> Zone::take_in(request::Add const& request, Fd netns)
{
    for (auto const& [name, member] : members_)
        if (member->number == request.number)
            return error("the qube " + name + " has the same number");
    auto member = std::make_unique<Member>(loop_, request.qube, request.number, std::move(netns));
    member->provides = request.provides;
    member->may_uplink = request.provides && request.uplink;
    if (member->provides) { // its rules are there before it forwards anything
        TRY_VOID(load_rules(*member));
        TRY_VOID(run_in(member->netns.get(), [] { return turn_on(forwarding()); }));
    }
    return (members_[request.qube] = std::move(member)).get();
}

Result<> Zone::hold(std::string const& name, Fd pidfd)
{
    Member& member = *TRY(find(name));
    member.hold(std::move(pidfd), [this, name] { remove(std::string(name)); });
    return {};
}

Result<> Zone::connect(request::Connect const& request)
{
    Member& client = *TRY(find(request.qube));
    bool const same = client.netvm == request.netvm && client.addresses == request.addresses;
    if (same && !client.netvm.empty())
        return {}; // its connections stay open
    unlink(client);
    client.addresses = request.addresses;
    if (!request.netvm.empty()) {
        Member& netvm = *TRY(find(request.netvm));
        if (!netvm.provides)
            return error("the qube " + netvm.name + " provides no network");
        if (auto const linked = link(client, netvm); !linked) {
            unlink(client);
            return linked;
        }
    }
    follow_uplink(client);
    return {};
}

/// The netvm's rules know the client before its first packet can come.
Result<> Zone::link(Member& client, Member& netvm)
{
    client.netvm = netvm.name;
    TRY_VOID(load_rules(netvm));
    Link const link{client.number, client.addresses, netvm.addresses};
    // Descriptor 3 is the netvm's namespace there.
    TRY_VOID(run_program_in(client.netns.get(), {"ip", "-batch", "-"},
                            pair_commands(link, "/proc/self/fd/3"), {netvm.netns.get()}));
    TRY_VOID(run_program_in(netvm.netns.get(), {"ip", "-batch", "-"}, netvm_commands(link)));
    return run_program_in(client.netns.get(), {"ip", "-batch", "-"}, client_commands(link));
}

void Zone::unlink(Member& client)
{
    std::string const netvm = std::exchange(client.netvm, std::string());
    client.uplink.reset();
    if (netvm.empty())
        return;
    if (auto const gone =
            run_program_in(client.netns.get(), {"ip", "-batch", "-"}, "link delete dev eth0\n");
        !gone)
        complain(gone.error()); // it was never made, or went with its other end
    reload(netvm);
}

void Zone::follow_uplink(Member& member)
{
    bool const wanted = member.may_uplink && member.netvm.empty();
    if (!wanted)
        member.uplink.reset();
    else if (!member.uplink)
        member.uplink = std::make_unique<Uplink>(loop_, member.netns.get());
}

Result<> Zone::set_rules(request::Firewall request)
{
    Member& client = *TRY(find(request.qube));
    client.rules = std::move(request.rules);
    if (client.netvm.empty())
        return {};
    Member& netvm = *TRY(find(client.netvm));
    if (auto const loaded = load_rules(netvm); !loaded) {
        unlink(client); // rather than go on under the old ones
        return loaded;
    }
    return {};
}

Result<> Zone::load_rules(Member& netvm)
{
    Gateway gateway{.clients = {},
                    .uplink = netvm.may_uplink,
                    .machine = {},
                    .names = netvm.names,
                    .now = now()};
    if (gateway.uplink)
        gateway.machine = TRY(MachineAddresses::now());
    std::set<std::string> wanted;
    std::optional<std::uint64_t> expiry;
    for (Member const* const client : clients_of(netvm.name)) {
        gateway.clients.push_back({.interface = interface_of(client->number),
                                   .ip = client->addresses.ip,
                                   .ip6 = client->addresses.ip6,
                                   .rules = client->rules});
        wanted.merge(names_of(client->rules, gateway.now));
        if (auto const next = next_expiry(client->rules, gateway.now))
            expiry = expiry ? std::min(*expiry, *next) : *next;
    }
    std::erase_if(netvm.names, [&](auto const& one) { return !wanted.contains(one.first); });
    TRY_VOID(run_program_in(netvm.netns.get(), {"nft", "--file", "-"}, ruleset(gateway)));
    std::erase_if(wanted, [&](auto const& one) { return netvm.names.contains(one); });
    netvm.watch(wanted, expiry, gateway.now, [this, name = netvm.name] { reload(name); });
    return {};
}

void Zone::reload(std::string const& netvm)
{
    auto const found = members_.find(netvm);
    if (found == members_.end())
        return;
    if (auto const loaded = load_rules(*found->second); !loaded)
        complain(loaded.error());
}

void Zone::remove(std::string const& name)
{
    auto const found = members_.extract(name);
    if (found.empty())
        return;
    Member& gone = *found.mapped();
    // Its clients' links would go with its namespace; they go now, whoever may still be in it.
    for (auto const& [client_name, client] : members_)
        if (client->netvm == name)
            unlink(*client);
    unlink(gone);
    if (members_.empty() && emptied_)
        emptied_();
}

void Zone::follow_machine()
{
    for (auto const& [name, member] : members_)
        if (member->may_uplink)
            reload(name);
}

void Zone::forget_unheld()
{
    std::vector<std::string> unheld;
    for (auto const& [name, member] : members_)
        if (!member->is_held())
            unheld.push_back(name);
    for (std::string const& name : unheld)
        remove(name);
}

} // namespace vitrail::network
