#include "services/qubesd/local_network.hpp"

#include "lib/os/log_sink.hpp"

#include <nlohmann/json.hpp>

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

} // namespace

LocalNetwork::LocalNetwork(wl_event_loop* loop, std::string socket, std::string log,
                           std::string program)
    : loop_(loop), path_(std::move(socket)), log_(std::move(log)), program_(std::move(program))
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
    zone_ =
        TRY(Process::start({.arguments = {program_},
                            .environment = variables,
                            .descriptors = {{listening.get(), 3}, {log.get(), 1}, {log.get(), 2}},
                            .new_session = true}));
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
    for (auto const& answer : std::exchange(waiting_, {}))
        answer(error("vitrail-network-zone has ended; see " + log_));
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
    ask(Json{{"op", "add"},
             {"qube", qube},
             {"number", order.number},
             {"provides", order.provides},
             {"uplink", order.uplink}}
            .dump(),
        [this, qube, order, added = std::move(added)](Result<> const& made) {
            if (!made || descriptors_.size() < 2)
                return added(made ? error("a namespace did not arrive")
                                  : std::unexpected(made.error()));
            made_[qube] = {std::move(descriptors_[0]), std::move(descriptors_[1])};
            descriptors_.erase(descriptors_.begin(), descriptors_.begin() + 2);
            ask_for_link(qube, order, [this, qube, added](Result<> const& linked) {
                Namespace place = std::move(made_[qube]);
                made_.erase(qube);
                if (linked)
                    return added(std::move(place));
                remove(qube);
                added(std::unexpected(linked.error()));
            });
        });
}

void LocalNetwork::hold(std::string const& qube, int pidfd)
{
    ask(Json{{"op", "hold"}, {"qube", qube}}.dump(),
        [qube](Result<> const& done) { complain(qube, done); }, {pidfd});
}

void LocalNetwork::change(std::string const& qube, NetworkOrder const& order)
{
    ask_for_link(qube, order, [qube](Result<> const& done) { complain(qube, done); });
}

void LocalNetwork::remove(std::string const& qube)
{
    ask(Json{{"op", "remove"}, {"qube", qube}}.dump(),
        [qube](Result<> const& done) { complain(qube, done); });
}

} // namespace vitrail::qubesd
