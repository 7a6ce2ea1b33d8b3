#include "services/network/machine_addresses.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <set>
#include <utility>

namespace vitrail::network {

Result<std::unique_ptr<MachineAddresses>> MachineAddresses::watch(wl_event_loop* loop,
                                                                  std::function<void()> changed)
{
    Fd link(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
    if (!link || bind(link.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        return errno_error("watching the machine's addresses");
    return std::unique_ptr<MachineAddresses>(
        new MachineAddresses(loop, std::move(link), std::move(changed)));
}

MachineAddresses::MachineAddresses(wl_event_loop* loop, Fd socket, std::function<void()> changed)
    : socket_(std::move(socket)),
      changed_(std::move(changed)),
      source_(loop, *this, socket_.get(), WL_EVENT_READABLE)
{
}

void MachineAddresses::handle_readable(std::uint32_t)
{
    std::array<char, 8192> news{}; // what it says does not matter; lost ones (ENOBUFS) wake us too
    while (recv(socket_.get(), news.data(), news.size(), 0) > 0)
        ;
    changed_();
}

Result<std::vector<std::string>> MachineAddresses::now()
{
    ifaddrs* all = nullptr;
    if (getifaddrs(&all) != 0)
        return errno_error("the machine's addresses");
    std::set<std::string> found;
    for (ifaddrs const* one = all; one; one = one->ifa_next) {
        if (!one->ifa_addr || (one->ifa_flags & IFF_LOOPBACK) != 0)
            continue;
        std::array<char, INET6_ADDRSTRLEN> text{};
        if (one->ifa_addr->sa_family == AF_INET)
            inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in const*>(one->ifa_addr)->sin_addr,
                      text.data(), text.size());
        else if (one->ifa_addr->sa_family == AF_INET6) {
            auto const& address = reinterpret_cast<sockaddr_in6 const*>(one->ifa_addr)->sin6_addr;
            if (!IN6_IS_ADDR_LINKLOCAL(&address))
                inet_ntop(AF_INET6, &address, text.data(), text.size());
        }
        if (text[0] != '\0')
            found.insert(text.data());
    }
    freeifaddrs(all);
    return std::vector<std::string>(found.begin(), found.end());
}

} // namespace vitrail::network
