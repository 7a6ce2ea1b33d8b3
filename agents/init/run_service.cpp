#include "agents/init/run_service.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>

#include <cstdio>
#include <utility>

namespace vitrail::init {
namespace {

using Json = nlohmann::json;

std::optional<RunOrder> parse_order(std::string_view line)
{
    Json const json = Json::parse(line, nullptr, false);
    if (!json.is_object() || !json.contains("run") || !json["run"].is_number_unsigned() ||
        !json.contains("argv") || !json["argv"].is_array() || json["argv"].empty())
        return std::nullopt;
    RunOrder order{.number = json["run"].get<std::uint64_t>(), .argv = {}, .streams = {}};
    for (Json const& word : json["argv"]) {
        auto const* const text = word.get_ptr<std::string const*>();
        if (!text || text->contains('\0'))
            return std::nullopt;
        order.argv.push_back(*text);
    }
    order.needs_session = json.contains("gui") && json["gui"] == true;
    order.as_root = json.contains("root") && json["root"] == true;
    return order;
}

/// The program of this process, in the mode in which it becomes root and then `spawn`'s.
void become_root(Spawn& spawn)
{
    spawn.arguments.insert(spawn.arguments.begin(), {"/proc/self/exe", "--as-root", "--"});
    spawn.environment["HOME"] = "/root";
    spawn.environment["USER"] = spawn.environment["LOGNAME"] = "root";
    spawn.environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

} // namespace

RunService::RunService(wl_event_loop* loop, Fd socket)
    : socket_(std::make_unique<LineSocket>(
          loop, std::move(socket), [this](std::string_view line) { handle_line(line); }, [] {}))
{
}

RunService::~RunService() = default;

void RunService::answer(Json const& reply)
{
    socket_->send(reply.dump(-1, ' ', false, Json::error_handler_t::replace));
}

void RunService::handle_line(std::string_view line)
{
    std::vector<Fd> streams = socket_->take_descriptors();
    auto order = parse_order(line);
    if (!order)
        return;
    if (!streams.empty() && streams.size() != 3)
        return answer({{"run", order->number}, {"error", "no or three descriptors are expected"}});
    order->streams = std::move(streams);
    if (order->needs_session && !session_ && !stopping_)
        waiting_.push_back(std::move(*order));
    else
        start(std::move(*order));
}

void RunService::set_session(std::optional<Environment> session)
{
    session_ = std::move(session);
    if (!session_)
        return;
    for (RunOrder& order : std::exchange(waiting_, {}))
        start(std::move(order));
}

void RunService::start(RunOrder order)
{
    if (stopping_)
        return answer({{"run", order.number}, {"error", "the qube is shutting down"}});
    Spawn spawn{.arguments = order.argv,
                .environment = whole_environment(),
                .descriptors = {},
                .new_session = true};
    if (session_)
        for (auto const& [name, value] : *session_)
            spawn.environment[name] = value;
    if (order.as_root)
        become_root(spawn);
    for (std::size_t i = 0; i < order.streams.size(); ++i) {
        // Programs expect to wait for their input and output.
        int const flags = fcntl(order.streams[i].get(), F_GETFL);
        fcntl(order.streams[i].get(), F_SETFL, flags & ~O_NONBLOCK);
        spawn.descriptors.emplace_back(order.streams[i].get(), static_cast<int>(i));
    }
    auto const started = Process::start(spawn);
    if (!started)
        return answer({{"run", order.number}, {"error", started.error().message()}});
    running_[started->pid()] = order.number;
    answer({{"run", order.number}, {"started", true}});
}

bool RunService::handle_end(pid_t child, int wait_status)
{
    auto const found = running_.find(child);
    if (found == running_.end())
        return false;
    int const status =
        WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
    answer({{"run", found->second}, {"status", status}});
    running_.erase(found);
    return true;
}

} // namespace vitrail::init
