#include "services/sessiond/ctl_server.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace vitrail::session {
namespace {

using Json = nlohmann::json;

std::string text(Json const& request, char const* key)
{
    auto const found = request.find(key);
    return found != request.end() && found->is_string() ? found->get<std::string>() : "";
}

std::vector<std::string> words(Json const& request, char const* key)
{
    std::vector<std::string> all;
    if (auto const found = request.find(key); found != request.end() && found->is_array())
        for (Json const& word : *found)
            if (word.is_string())
                all.push_back(word.get<std::string>());
    return all;
}

Json to_json(QubeReport const& qube)
{
    return {{"name", qube.name},         {"label", qube.label},     {"state", qube.state},
            {"domain", qube.domain},     {"guid_pid", qube.guid},   {"keeper_pid", qube.keeper},
            {"external", qube.external}, {"problem", qube.problem}, {"stage", qube.stage}};
}

Result<std::string> done(Result<> const& result)
{
    if (!result)
        return std::unexpected(result.error());
    return std::string("{}");
}

} // namespace

Result<std::unique_ptr<CtlServer>> CtlServer::listen(wl_event_loop* loop, std::string const& path,
                                                     CtlCommands& commands)
{
    std::unique_ptr<CtlServer> server(new CtlServer(loop, commands));
    server->listener_ = TRY(LineListener::listen(loop, path, [raw = server.get()](Fd socket) {
        raw->handle_connection(std::move(socket));
    }));
    return server;
}

void CtlServer::handle_connection(Fd socket)
{
    std::uint64_t const key = next_++;
    callers_[key] = std::make_unique<LineSocket>(
        loop_, std::move(socket), [this, key](std::string_view line) { handle_request(key, line); },
        [this, key] { callers_.erase(key); });
}

void CtlServer::answer(std::uint64_t caller, Result<std::string> const& result, bool json)
{
    auto const found = callers_.find(caller);
    if (found == callers_.end())
        return; // it went before its answer came
    Json reply;
    reply["ok"] = result.has_value();
    if (!result)
        reply["error"] = result.error().message();
    else if (json)
        reply["result"] = Json::parse(*result, nullptr, false);
    else
        reply["result"] = *result;
    if (reply["result"].is_discarded())
        reply = {{"ok", false}, {"error", "the answer makes no sense"}};
    found->second->send(reply.dump(-1, ' ', false, Json::error_handler_t::replace));
}

void CtlServer::handle_request(std::uint64_t caller, std::string_view line)
{
    Json const request = Json::parse(line, nullptr, false);
    if (!request.is_object())
        return answer(caller, error("a request is a JSON object on one line"), true);
    std::string const op = text(request, "op");
    std::string const qube = text(request, "qube");
    auto const later = [this, caller](bool json) {
        return [this, caller, json](Result<std::string> result) { answer(caller, result, json); };
    };
    if (op == "windows" || op == "clients" || op == "outputs" || op == "tree" || op == "clipboard")
        return commands_.inspect(op, later(true));
    if (op == "trace")
        return commands_.trace(qube, later(false));
    if (op == "exec")
        return commands_.launch(qube, words(request, "argv"), later(true));
    if (op == "qubes") {
        Json all = Json::array();
        for (QubeReport const& report : commands_.qubes())
            all.push_back(to_json(report));
        return answer(caller, all.dump(), true);
    }
    if (op == "status") {
        SessionReport const report = commands_.status();
        Json const now{{"display", report.display},     {"locked", report.locked},
                       {"workspace", report.workspace}, {"compositor_pid", report.compositor},
                       {"qubesd_pid", report.qubesd},   {"clipboard_pid", report.clipboard},
                       {"panel_pid", report.panel},     {"launcher_pid", report.launcher},
                       {"prompt_pid", report.prompt}};
        return answer(caller, now.dump(), true);
    }
    if (op == "start")
        return commands_.start_qube(qube, later(true));
    if (op == "shutdown" || op == "kill")
        return commands_.stop_qube(qube, op == "kill", later(true));
    if (op == "label")
        return commands_.set_label(qube, text(request, "label"), later(true));
    if (op == "attach") {
        Attachment attachment{.name = qube,
                              .label = text(request, "label"),
                              .vchan = text(request, "vchan_dir"),
                              .grants = text(request, "grant_dir")};
        if (auto const domain = request.find("domain");
            domain != request.end() && domain->is_number_unsigned())
            attachment.domain = domain->get<std::uint32_t>();
        return answer(caller, done(commands_.attach(attachment)), true);
    }
    if (op == "detach")
        return answer(caller, done(commands_.detach(qube)), true);
    if (op == "clear-clipboard") {
        commands_.clear_clipboard();
        return answer(caller, std::string("{}"), true);
    }
    if (op == "lock") {
        commands_.lock();
        return answer(caller, std::string("{}"), true);
    }
    if (op == "quit") {
        answer(caller, std::string("{}"), true);
        return commands_.quit();
    }
    answer(caller, error("unknown command '" + op + "'"), true);
}

} // namespace vitrail::session
