#include "services/qubesd/keeper_starter.hpp"

#include "services/qubesd/local_network.hpp"

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <utility>

namespace vitrail::qubesd {

using Json = nlohmann::json;

KeeperStarter::KeeperStarter(wl_event_loop* loop, std::string program, Fd launcher)
    : program_(std::move(program)), next_(static_cast<std::uint64_t>(getpid()) << 32U)
{
    if (launcher)
        launcher_ = std::make_unique<LineSocket>(
            loop, std::move(launcher), [this](std::string_view line) { handle_answer(line); },
            [this] { handle_launcher_end(); });
}

void KeeperStarter::start(Request const& request, std::function<void(Result<pid_t>)> started)
{
    if (launcher_) {
        Json mounts = Json::array();
        for (OwnMount const& mount : request.mounts)
            mounts.push_back(
                {{"from", mount.from}, {"to", mount.to}, {"writable", mount.writable}});
        Json const line{{"id", ++next_},
                        {"name", request.qube},
                        {"domain", request.domain},
                        {"arguments", request.arguments},
                        {"mounts", mounts}};
        if (!launcher_->send_with(line.dump(), {request.listening, request.log, request.network}))
            return started(error("the root launcher does not take a request"));
        waiting_[next_] = std::move(started);
        return;
    }
    Spawn spawn{.arguments = enter_command(),
                .environment = inherited_environment({"PATH", "LANG"}),
                .descriptors = {{request.listening, 3},
                                {request.log, 1},
                                {request.log, 2},
                                {request.network_owner, 4},
                                {request.network, 5}},
                .new_session = true};
    spawn.arguments.push_back(program_);
    spawn.arguments.insert(spawn.arguments.end(), request.arguments.begin(),
                           request.arguments.end());
    auto const process = Process::start(spawn);
    if (process)
        started(process->pid());
    else
        started(std::unexpected(process.error()));
}

void KeeperStarter::handle_answer(std::string_view line)
{
    Json const answer = Json::parse(line, nullptr, false);
    if (!answer.is_object() || !answer.contains("id") || !answer["id"].is_number_unsigned())
        return;
    auto const found = waiting_.extract(answer["id"].get<std::uint64_t>());
    if (found.empty())
        return;
    auto const& started = found.mapped();
    if (answer.contains("pid") && answer["pid"].is_number_integer())
        started(answer["pid"].get<pid_t>());
    else if (answer.contains("error") && answer["error"].is_string())
        started(error(answer["error"].get<std::string>()));
    else
        started(error("the root launcher's answer makes no sense"));
}

void KeeperStarter::handle_launcher_end()
{
    for (auto const& [number, started] : std::exchange(waiting_, {}))
        started(error("the root launcher has ended"));
}

} // namespace vitrail::qubesd
