#include "services/network/links.hpp"

#include <vector>

namespace vitrail::network {
namespace {

// The same for all: each is alone on its link.
constexpr char const* client_hardware = "00:16:3e:5e:6c:00";
constexpr char const* netvm_hardware = "fe:ff:ff:ff:ff:ff";

struct Hop {
    std::string client;
    std::string gateway;
    std::string bits;
};

/// The families that both ends have.
std::vector<Hop> hops(Link const& link)
{
    std::vector<Hop> all;
    if (!link.client.ip.empty() && !link.netvm.ip.empty())
        all.push_back({link.client.ip, link.netvm.ip, "/32"});
    if (!link.client.ip6.empty() && !link.netvm.ip6.empty())
        all.push_back({link.client.ip6, link.netvm.ip6, "/128"});
    return all;
}

} // namespace

std::string interface_of(unsigned number)
{
    return "vif" + std::to_string(number);
}

std::string pair_commands(Link const& link, std::string const& netvm_path)
{
    return "link add eth0 address " + std::string(client_hardware) + " type veth peer name " +
           interface_of(link.number) + " address " + netvm_hardware + " netns " + netvm_path + "\n";
}

std::string netvm_commands(Link const& link)
{
    std::string const dev = " dev " + interface_of(link.number);
    std::string out = "link set" + dev + " group 2\nlink set" + dev + " up\n";
    for (Hop const& hop : hops(link)) {
        out += "address replace " + hop.gateway + hop.bits + dev + "\n";
        out += "neighbour replace " + hop.client + dev + " lladdr " + client_hardware +
               " nud permanent\n";
        out += "route replace " + hop.client + hop.bits + dev + "\n";
    }
    return out;
}

std::string client_commands(Link const& link)
{
    std::string const dev = " dev eth0";
    std::string out = "link set" + dev + " group 1\n";
    for (Hop const& hop : hops(link))
        out += "address replace " + hop.client + hop.bits + dev + "\n";
    out += "link set" + dev + " up\n";
    for (Hop const& hop : hops(link)) {
        out += "neighbour replace " + hop.gateway + dev + " lladdr " + netvm_hardware +
               " nud permanent\n";
        out += "route replace " + hop.gateway + hop.bits + dev + "\n";
        out += "route replace default via " + hop.gateway + dev + " onlink\n";
    }
    return out;
}

} // namespace vitrail::network
