// vitrail-network-zone: the network of the local host's qubes. Serves qubesd on a socket it
// inherits; outlives it, and ends when there is neither a qube nor a connection left.

#include "lib/os/line_socket.hpp"
#include "services/network/machine_addresses.hpp"
#include "services/network/namespaces.hpp"
#include "services/network/zone.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <deque>
#include <map>
#include <memory>
#include <string_view>

namespace {

using namespace vitrail;
using namespace vitrail::network;
using Json = nlohmann::json;

constexpr int listening_fd = 3;
constexpr int owner_fd = 4; ///< with --join

class Server {
public:
    Server(EventLoop& loop, Zone& zone, Fd owner)
        : loop_(loop),
          zone_(zone),
          owner_(std::move(owner)),
          listener_(loop.get(), Fd(listening_fd), "",
                    [this](Fd socket) { handle_caller(std::move(socket)); }),
          terminate_(loop.get(), *this, SIGTERM)
    {
        zone_.set_emptied([this] { end_if_idle(); });
    }
    void handle_terminate(int) { loop_.stop(); }

private:
    struct Caller {
        std::unique_ptr<LineSocket> socket;
        std::deque<Fd> descriptors; ///< that came with its requests, none but adopt's and hold's
    };

    void handle_caller(Fd socket)
    {
        int const key = socket.get();
        callers_[key].socket = std::make_unique<LineSocket>(
            loop_.get(), std::move(socket),
            [this, key](std::string_view line) { handle_line(callers_.at(key), line); },
            [this, key] {
                callers_.erase(key);
                zone_.forget_unheld();
                end_if_idle();
            });
    }
    void end_if_idle()
    {
        if (callers_.empty() && zone_.empty())
            loop_.stop();
    }

    void handle_line(Caller& caller, std::string_view line)
    {
        for (Fd& one : caller.socket->take_descriptors())
            caller.descriptors.push_back(std::move(one));
        auto request = parse_request(line);
        auto const answer = request ? carry_out(caller, std::move(*request))
                                    : Result<Json>(std::unexpected(request.error()));
        if (!answer)
            caller.socket->send(Json{{"error", answer.error().message()}}.dump());
        else if (!answer->is_null())
            caller.socket->send(answer->dump());
    }

    /// The answer; null: it is sent already.
    Result<Json> carry_out(Caller& caller, Request request)
    {
        if (auto const* const add = std::get_if<request::Add>(&request)) {
            int const netns = TRY(zone_.add(*add));
            if (!caller.socket->send_with(R"({"added":true})", {netns, owner_.get()})) {
                zone_.remove(add->qube);
                return error("the namespace could not be handed over");
            }
            return Json();
        }
        if (auto const* const adopt = std::get_if<request::Adopt>(&request)) {
            Fd netns = TRY(take_descriptor(caller));
            Fd process = TRY(take_descriptor(caller));
            TRY_VOID(zone_.adopt(adopt->about, std::move(netns), std::move(process)));
        } else if (auto const* const hold = std::get_if<request::Hold>(&request)) {
            Fd process = TRY(take_descriptor(caller));
            TRY_VOID(zone_.hold(hold->qube, std::move(process)));
        } else if (auto const* const connect = std::get_if<request::Connect>(&request))
            TRY_VOID(zone_.connect(*connect));
        else if (auto* const firewall = std::get_if<request::Firewall>(&request))
            TRY_VOID(zone_.set_rules(std::move(*firewall)));
        else if (auto const* const remove = std::get_if<request::Remove>(&request))
            zone_.remove(remove->qube);
        else
            return state();
        return Json{{"done", true}};
    }

    static Result<Fd> take_descriptor(Caller& caller)
    {
        if (caller.descriptors.empty())
            return error("a request lacks a descriptor");
        Fd first = std::move(caller.descriptors.front());
        caller.descriptors.pop_front();
        return first;
    }

    [[nodiscard]] Json state() const
    {
        Json qubes = Json::array();
        for (auto const& [name, member] : zone_.members())
            qubes.push_back({{"qube", name},
                             {"number", member->number},
                             {"netvm", member->netvm},
                             {"ip", member->addresses.ip},
                             {"ip6", member->addresses.ip6},
                             {"provides", member->provides},
                             {"uplink", member->uplink != nullptr}});
        return Json{{"qubes", std::move(qubes)}};
    }

    EventLoop& loop_;
    Zone& zone_;
    Fd owner_; ///< the zone's user namespace
    std::map<int, Caller> callers_;
    LineListener listener_;
    SignalSource<&Server::handle_terminate> terminate_;
};

Result<> serve(bool joins)
{
    TRY_VOID(joins ? join_zone(Fd(owner_fd)) : enter_zone()); // while there is one thread
    EventLoop loop;
    Zone zone(loop.get());
    auto const addresses =
        TRY(MachineAddresses::watch(loop.get(), [&zone] { zone.follow_machine(); }));
    Server const server(loop, zone, TRY(own_user_namespace()));
    loop.run();
    return {};
}

} // namespace

int main(int argc, char** argv)
{
    bool const joins = argc == 2 && std::string_view(argv[1]) == "--join";
    struct stat status{};
    if (fstat(listening_fd, &status) != 0 || !S_ISSOCK(status.st_mode) || argc > 2 ||
        (argc == 2 && !joins)) {
        std::fputs("usage: vitrail-network-zone [--join], with a listening socket as descriptor 3; "
                   "--join: with the user namespace of an earlier one as descriptor 4\n",
                   stderr);
        return 2;
    }
    if (geteuid() == 0) { // in a namespace where that is the machine's root, its zone would be too
        std::fputs("vitrail-network-zone: never runs as root\n", stderr);
        return 1;
    }
    fcntl(listening_fd, F_SETFD, FD_CLOEXEC);
    fcntl(listening_fd, F_SETFL, O_NONBLOCK);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGHUP, SIG_IGN);
    if (auto const served = serve(joins); !served) {
        std::fprintf(stderr, "vitrail-network-zone: %s\n", served.error().message().c_str());
        return 1;
    }
    return 0;
}
