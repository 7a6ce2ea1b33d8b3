#include "services/keeper/runs.hpp"

#include "lib/base/text.hpp"

#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

namespace vitrail::keeper {
namespace {

using Json = nlohmann::json;

/// A qube that starts programs without end does not fill our memory.
constexpr std::size_t most_runs = 1024;

bool is_pipe(Fd const& fd)
{
    struct stat status{};
    return fstat(fd.get(), &status) == 0 && S_ISFIFO(status.st_mode);
}

} // namespace

Runs::Runs(wl_event_loop* loop, Fd init)
    : socket_(std::make_unique<LineSocket>(
          loop, std::move(init), [this](std::string_view line) { handle_line(line); }, [] {}))
{
}

Runs::~Runs() = default;

void Runs::start(int caller, Json const& request, std::vector<Fd> streams, Answer answer)
{
    auto const refuse = [&](char const* why) { answer(Json{{"error", why}}); };
    if (!streams.empty() && (streams.size() != 3 || !std::ranges::all_of(streams, is_pipe)))
        return refuse("a program gets no streams, or three pipes");
    if (!request.contains("argv") || !request["argv"].is_array() || request["argv"].empty() ||
        !std::ranges::all_of(request["argv"], [](Json const& one) { return one.is_string(); }))
        return refuse("argv is an array of strings");
    if (runs_.size() >= most_runs)
        return refuse("too many programs run in this qube");
    std::uint64_t const number = next_++;
    Json const order{{"run", number},
                     {"argv", request["argv"]},
                     {"gui", request.contains("gui") && request["gui"] == true},
                     {"root", request.contains("root") && request["root"] == true}};
    std::string const line = order.dump(-1, ' ', false, Json::error_handler_t::replace);
    std::vector<int> numbers;
    for (Fd const& fd : streams)
        numbers.push_back(fd.get());
    runs_[number] = {caller, std::move(answer)};
    if (numbers.empty())
        socket_->send(line);
    else if (!socket_->send_with(line, numbers)) {
        Answer const tell = std::move(runs_[number].answer);
        runs_.erase(number);
        tell(Json{{"error", "the qube takes no orders at present"}});
    }
}

void Runs::forget(int caller)
{
    std::erase_if(runs_, [caller](auto const& one) { return one.second.caller == caller; });
}

void Runs::handle_line(std::string_view untrusted_line)
{
    (void)socket_->take_descriptors(); // a qube has none to give
    Json const said = Json::parse(untrusted_line, nullptr, false);
    if (!said.is_object() || !said.contains("run") || !said["run"].is_number_unsigned())
        return;
    auto const found = runs_.find(said["run"].get<std::uint64_t>());
    if (found == runs_.end())
        return;
    Answer const answer = found->second.answer;
    if (said.contains("started"))
        return answer(Json{{"started", true}});
    runs_.erase(found);
    if (said.contains("status") && said["status"].is_number_integer()) {
        auto const status = std::clamp<std::int64_t>(said["status"].get<std::int64_t>(), 0, 255);
        return answer(Json{{"ended", true}, {"status", status}});
    }
    answer(Json{{"error", said.contains("error") && said["error"].is_string()
                              ? escape_for_log(said["error"].get<std::string>())
                              : "the program could not be started"}});
}

} // namespace vitrail::keeper
