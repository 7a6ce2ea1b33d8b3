#include "services/qubesd/local_network.hpp"

#include "lib/os/log_sink.hpp"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <nlohmann/json.hpp>
#include <sys/ioctl.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace vitrail::qubesd {

using Json = nlohmann::json;

namespace {

void complain(std::string const& qube, Result<> const& done)
{
    if (!done)
        std::fprintf(stderr, "vitrail-qubesd: the network of %s: %s\n", qube.c_str(),
                     done.error().message().c_str());
}

Fd copy_of(int fd)
{
    return Fd(fcntl(fd, F_DUPFD_CLOEXEC, 3));
}

/// The user namespace that owns a network namespace.
Result<Fd> owner_of(Fd const& net)
{
    Fd owner(ioctl(net.get(), NS_GET_USERNS));
    if (!owner)
        return errno_error("the owner of a network namespace");
    fcntl(owner.get(), F_SETFD, FD_CLOEXEC);
    return owner;
}

Json about(char const* op, std::string const& qube, NetworkOrder const& order)
{
    return {{"op", op},
            {"qube", qube},
            {"number", order.number},
            {"provides", order.provides},
            {"uplink", order.uplink}};
}

} // namespace

LocalNetwork::LocalNetwork(wl_event_loop* loop, std::string socket, std::string log,
                           std::string program)
    : loop_(loop),
      path_(std::move(socket)),
      log_(std::move(log)),
      program_(std::move(program)),
      again_(loop, *this)
{
}

LocalNetwork::~LocalNetwork() = default;

std::vector<std::string> enter_command()
{
    return {"nsenter", "--user=/proc/self/fd/4", "--net=/proc/self/fd/5", "--preserve-credentials",
            "--"};
}

Result<> LocalNetwork::start()
{
    if (zone_)
        zone_.reap(); // it has left its socket, so it ends
    Fd const listening = TRY(listen_unix(path_));
    Fd const log = TRY(open_log(log_));
    Environment variables = inherited_environment({"PATH", "LANG"});
    variables["PATH"] += ":/usr/sbin:/sbin"; // of ip and nft
    Spawn spawn{.arguments = {program_},
                .environment = variables,
                .descriptors = {{listening.get(), 3}, {log.get(), 1}, {log.get(), 2}},
                .new_session = true};
    // Namespaces of qubes that run belong to the zone that there was: only its owner can join them.
    Fd owner;
    if (!places_.empty()) {
        owner = TRY(owner_of(places_.begin()->second.net));
        spawn.arguments.emplace_back("--join");
        spawn.descriptors.emplace_back(owner.get(), 4);
    }
    zone_ = TRY(Process::start(spawn));
    return {};
}

/// One that outlived the last qubesd, or a new one.
Result<> LocalNetwork::reach()
{
    if (socket_)
        return {};
    auto connection = connect_unix(path_);
    if (!connection) {
        TRY_VOID(start());
        connection = connect_unix(path_);
    }
    if (!connection)
        return std::unexpected(connection.error());
    socket_ = std::make_unique<LineSocket>(
        loop_, std::move(*connection), [this](std::string_view line) { handle_line(line); },
        [this] { handle_end(); });
    return {};
}

void LocalNetwork::ask(std::string const& line, std::function<void(Result<>)> answer,
                       std::vector<int> const& descriptors)
{
    if (auto const reached = reach(); !reached)
        return answer(reached);
    waiting_.push_back(std::move(answer));
    if (descriptors.empty())
        socket_->send(line);
    else if (!socket_->send_with(line, descriptors)) {
        auto const refused = std::move(waiting_.back());
        waiting_.pop_back();
        refused(error("vitrail-network-zone does not take a request"));
    }
}

void LocalNetwork::handle_line(std::string_view line)
{
    for (Fd& one : socket_->take_descriptors())
        descriptors_.push_back(std::move(one));
    if (waiting_.empty())
        return;
    auto const answer = std::move(waiting_.front());
    waiting_.pop_front();
    Json const reply = Json::parse(line, nullptr, false);
    if (reply.is_object() && !reply.contains("error"))
        return answer({});
    answer(error(reply.is_object() && reply["error"].is_string() ? reply["error"].get<std::string>()
                                                                 : "an answer of no sense"));
}

void LocalNetwork::handle_end()
{
    auto const gone = std::move(socket_); // alive until we return
    descriptors_.clear();
    for (auto& [qube, place] : places_)
        place.known = false;
    for (auto const& answer : std::exchange(waiting_, {}))
        answer(error("vitrail-network-zone has ended; see " + log_));
    if (!places_.empty())
        again_.arm(wait_);
}

/// Their links were cut when nobody could change them any more, or go on as they were: both are
/// made anew.
void LocalNetwork::restore()
{
    constexpr std::chrono::milliseconds longest{60000};
    wait_ = std::min(wait_ * 2, longest);
    std::map<std::string, NetworkOrder> orders;
    for (auto const& [qube, place] : places_)
        if (place.pidfd) // else hold() is still to come
            orders[qube] = place.order;
    while (!orders.empty()) {
        auto next = orders.begin(); // a netvm before its clients: it has to have its addresses
        for (auto netvm = next; netvm != orders.end(); netvm = orders.find(next->second.netvm))
            next = netvm;
        auto const order = orders.extract(next);
        change(order.key(), order.mapped());
    }
    if (!socket_)
        again_.arm(wait_);
}

/// Rules first: the link is made under them.
void LocalNetwork::ask_for_link(std::string const& qube, NetworkOrder const& order,
                                std::function<void(Result<>)> answer)
{
    ask(Json{{"op", "firewall"}, {"qube", qube}, {"rules", qube::rules_text(order.rules)}}.dump(),
        [this, qube, order, answer = std::move(answer)](Result<> const& ruled) mutable {
            if (!ruled)
                return answer(ruled);
            ask(Json{{"op", "connect"},
                     {"qube", qube},
                     {"netvm", order.netvm},
                     {"ip", order.ip},
                     {"ip6", order.ip6}}
                    .dump(),
                std::move(answer));
        });
}

void LocalNetwork::add(std::string const& qube, NetworkOrder const& order, Added added)
{
    ask(about("add", qube, order).dump(),
        [this, qube, order, added = std::move(added)](Result<> const& made) {
            if (!made || descriptors_.size() < 2)
                return added(made ? error("a namespace did not arrive")
                                  : std::unexpected(made.error()));
            made_[qube] = {std::move(descriptors_[0]), std::move(descriptors_[1])};
            descriptors_.erase(descriptors_.begin(), descriptors_.begin() + 2);
            ask_for_link(qube, order, [this, qube, order, added](Result<> const& linked) {
                Namespace place = std::move(made_[qube]);
                made_.erase(qube);
                if (linked) {
                    places_[qube] = {copy_of(place.net.get()), Fd(), order, true};
                    return added(std::move(place));
                }
                remove(qube);
                added(std::unexpected(linked.error()));
            });
        });
}

void LocalNetwork::hold(std::string const& qube, int pidfd)
{
    Place& place = places_[qube];
    place.pidfd = copy_of(pidfd);
    if (!place.known) // by a zone that came while the qube was started
        return change(qube, NetworkOrder(place.order));
    ask(Json{{"op", "hold"}, {"qube", qube}}.dump(),
        [qube](Result<> const& done) { complain(qube, done); }, {pidfd});
}

void LocalNetwork::adopt(std::string const& qube, Fd net, int pidfd)
{
    places_[qube] = {std::move(net), copy_of(pidfd), {}, false};
}

void LocalNetwork::ask_to_adopt(std::string const& qube)
{
    Place& place = places_.at(qube);
    place.known = true;
    ask(about("adopt", qube, place.order).dump(),
        [this, qube](Result<> const& done) {
            complain(qube, done);
            if (auto const place = places_.find(qube); !done && place != places_.end())
                place->second.known = false;
            if (done &&
                std::ranges::all_of(places_, [](auto const& one) { return one.second.known; }))
                wait_ = first_wait;
        },
        {place.net.get(), place.pidfd.get()});
}

void LocalNetwork::change(std::string const& qube, NetworkOrder const& order)
{
    if (auto const place = places_.find(qube); place != places_.end()) {
        place->second.order = order;
        if (!place->second.known)
            ask_to_adopt(qube);
    }
    ask_for_link(qube, order, [qube](Result<> const& done) { complain(qube, done); });
}

void LocalNetwork::remove(std::string const& qube)
{
    places_.erase(qube);
    ask(Json{{"op", "remove"}, {"qube", qube}}.dump(),
        [qube](Result<> const& done) { complain(qube, done); });
}

} // namespace vitrail::qubesd
