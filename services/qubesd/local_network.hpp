#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/os/fd.hpp"
#include "lib/os/line_socket.hpp"
#include "lib/os/process.hpp"
#include "services/qubesd/network_order.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::qubesd {

/// A qube's network namespace, for whoever starts it: it is to run in there, as nobody who owns it.
struct Namespace {
    Fd net;
    Fd owner; ///< the user namespace that it belongs to
};

/// Words that start a program in a Namespace whose owner is descriptor 4 and whose net is 5,
/// without any right over them: only the zone can change what it has made.
[[nodiscard]] std::vector<std::string> enter_command();

/// A qube's /etc/resolv.conf, the same whatever its netvm is (fact sheet storage-and-lifecycle
/// §18).
inline constexpr char const* resolvers = "nameserver 10.139.1.1\nnameserver 10.139.1.2\n";

/// The network of the local host's qubes, as vitrail-network-zone makes it. That is started when
/// the first qube is, and outlives us; requests are answered in the order they were made in. One
/// that dies is replaced by one that takes the running qubes in again.
class LocalNetwork {
public:
    using Added = std::function<void(Result<Namespace>)>;

    /// `socket`, `log`: paths of the zone's; `program`: vitrail-network-zone.
    LocalNetwork(wl_event_loop* loop, std::string socket, std::string log, std::string program);
    ~LocalNetwork();

    /// `added` once, with everything in place that `order` says, or with why not.
    void add(std::string const& qube, NetworkOrder const& order, Added added);
    /// The qube's network ends with this process.
    void hold(std::string const& qube, int pidfd);
    /// One that ran before we did: the next change() tells the zone of it, which may not know it.
    void adopt(std::string const& qube, Fd net, int pidfd);
    /// A running qube's, changed; what failed is on the error output and leaves it without a link.
    void change(std::string const& qube, NetworkOrder const& order);
    /// Of a qube that did not start.
    void remove(std::string const& qube);
    /// Of a qube that has ended: the zone has seen it.
    void forget(std::string const& qube) { places_.erase(qube); }

private:
    static constexpr std::chrono::milliseconds first_wait{10};
    [[nodiscard]] Result<> reach();
    [[nodiscard]] Result<> start();
    void ask(std::string const& line, std::function<void(Result<>)> answer,
             std::vector<int> const& descriptors = {});
    void ask_for_link(std::string const& qube, NetworkOrder const& order,
                      std::function<void(Result<>)> answer);
    void ask_to_adopt(std::string const& qube);
    void handle_line(std::string_view line);
    void handle_end();
    void restore();

    /// What we hold of a running qube's network, so that a zone that comes later can take it in.
    struct Place {
        Fd net;
        Fd pidfd;
        NetworkOrder order;
        bool known = false; ///< to the zone there is now
    };

    wl_event_loop* loop_;
    std::string path_;
    std::string log_;
    std::string program_;
    Process zone_; ///< if we have started it
    std::unique_ptr<LineSocket> socket_;
    std::deque<Fd> descriptors_;            ///< that came with answers
    std::map<std::string, Namespace> made_; ///< by qube, not linked yet
    std::map<std::string, Place> places_;   ///< by qube
    std::deque<std::function<void(Result<>)>> waiting_;
    std::chrono::milliseconds wait_{first_wait}; ///< until a zone that has died is replaced
    Timer<&LocalNetwork::restore> again_;
};

} // namespace vitrail::qubesd
