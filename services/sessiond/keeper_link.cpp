#include "services/sessiond/keeper_link.hpp"

#include <nlohmann/json.hpp>

#include <fstream>
#include <utility>

namespace vitrail::session {

using Json = nlohmann::json;

Result<std::unique_ptr<KeeperLink>> KeeperLink::connect(wl_event_loop* loop,
                                                        std::string const& folder)
{
    std::ifstream record(folder + "/keeper.json");
    Json const json = Json::parse(record, nullptr, false);
    pid_t const pid = json.is_object() && json.contains("pid") && json["pid"].is_number_integer()
                          ? json["pid"].get<pid_t>()
                          : 0;
    Fd socket = TRY(connect_unix(folder + "/keeper.sock"));
    return std::unique_ptr<KeeperLink>(new KeeperLink(loop, std::move(socket), pid));
}

KeeperLink::KeeperLink(wl_event_loop* loop, Fd socket, pid_t pid)
    : pid_(pid),
      socket_(std::make_unique<LineSocket>(
          loop, std::move(socket), [this](std::string_view line) { handle_line(line); },
          [this] { handle_end(); }))
{
}

void KeeperLink::launch(std::vector<std::string> const& argv, Answer answer)
{
    if (ended_)
        return answer(error("the qube has ended"));
    waiting_.push_back(std::move(answer));
    socket_->send(Json{{"op", "launch"}, {"argv", argv}}.dump());
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

void KeeperLink::handle_end()
{
    ended_ = true;
    for (Answer const& answer : std::exchange(waiting_, {}))
        answer(error("the qube has ended"));
}

} // namespace vitrail::session
