#include "services/sessiond/keeper_link.hpp"

#include <nlohmann/json.hpp>
#include <sys/wait.h>

#include <utility>

namespace vitrail::session {

using Json = nlohmann::json;

KeeperStarter::KeeperStarter(wl_event_loop* loop, std::string program, Fd launcher)
    : program_(std::move(program))
{
    if (launcher)
        launcher_ = std::make_unique<LineSocket>(
            loop, std::move(launcher), [this](std::string_view line) { handle_answer(line); },
            [] {});
}

void KeeperStarter::start(Request const& request, std::function<void(Result<pid_t>)> started)
{
    if (launcher_) {
        Json const line{
            {"name", request.qube}, {"domain", request.domain}, {"sandbox", request.sandbox}};
        if (!launcher_->send_with(line.dump(), {request.listening, request.log}))
            return started(error("the root launcher does not take a request"));
        waiting_.push_back(std::move(started));
        return;
    }
    Spawn spawn{.arguments = {program_, "--name", request.qube, "--log", request.output, "--"},
                .environment = inherited_environment({"PATH", "LANG"}),
                .descriptors = {{request.listening, 3}, {request.log, 1}, {request.log, 2}},
                .new_session = true};
    spawn.arguments.insert(spawn.arguments.end(), request.sandbox.begin(), request.sandbox.end());
    auto const process = Process::start(spawn);
    if (process)
        started(process->pid());
    else
        started(std::unexpected(process.error()));
}

void KeeperStarter::handle_answer(std::string_view line)
{
    if (waiting_.empty())
        return;
    auto const started = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    Json const answer = Json::parse(line, nullptr, false);
    if (answer.is_object() && answer.contains("pid") && answer["pid"].is_number_integer())
        started(answer["pid"].get<pid_t>());
    else if (answer.is_object() && answer.contains("error") && answer["error"].is_string())
        started(error(answer["error"].get<std::string>()));
    else
        started(error("the root launcher's answer makes no sense"));
}

Result<std::unique_ptr<KeeperLink>> KeeperLink::connect(wl_event_loop* loop,
                                                        std::string const& socket, pid_t pid,
                                                        std::function<void()> handle_end)
{
    Fd pidfd = TRY(open_process(pid));
    Fd connection = TRY(connect_unix(socket));
    return std::unique_ptr<KeeperLink>(
        new KeeperLink(loop, std::move(connection), pid, std::move(pidfd), std::move(handle_end)));
}

KeeperLink::KeeperLink(wl_event_loop* loop, Fd socket, pid_t pid, Fd pidfd,
                       std::function<void()> handle_end)
    : pid_(pid),
      pidfd_(std::move(pidfd)),
      handle_end_(std::move(handle_end)),
      socket_(std::make_unique<LineSocket>(
          loop, std::move(socket), [this](std::string_view line) { handle_line(line); }, [] {})),
      process_source_(loop, *this, pidfd_.get(), WL_EVENT_READABLE)
{
}

void KeeperLink::launch(std::vector<std::string> const& argv, Answer answer)
{
    waiting_.push_back(std::move(answer));
    socket_->send(Json{{"op", "launch"}, {"argv", argv}}.dump());
}

void KeeperLink::shut_down()
{
    socket_->send(R"({"op":"shutdown"})");
}

void KeeperLink::kill()
{
    socket_->send(R"({"op":"kill"})");
}

void KeeperLink::handle_line(std::string_view line)
{
    Json const answer = Json::parse(line, nullptr, false);
    bool const launched = answer.is_object() && answer.contains("launched");
    bool const failed = answer.is_object() && answer.contains("error");
    if ((!launched && !failed) || waiting_.empty())
        return;
    Answer const waiting = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    if (launched)
        waiting({});
    else
        waiting(error(answer["error"].is_string() ? answer["error"].get<std::string>()
                                                  : "the program could not be started"));
}

void KeeperLink::handle_process(std::uint32_t)
{
    process_source_.set_mask(0);
    waitpid(pid_, nullptr,
            WNOHANG); // ours to reap unless a launcher or an earlier sessiond made it
    for (Answer const& answer : std::exchange(waiting_, {}))
        answer(error("the qube has ended"));
    auto const handle = handle_end_; // it may destroy us
    handle();
}

} // namespace vitrail::session
