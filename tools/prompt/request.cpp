#include "tools/prompt/request.hpp"

#include "lib/qrexec/names.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace vitrail::prompt {
namespace {

using Json = nlohmann::json;

constexpr std::string_view dispvm = "@dispvm:";

std::optional<std::string> text_of(Json const& object, char const* key)
{
    auto const found = object.find(key);
    if (found == object.end() || !found->is_string())
        return std::nullopt;
    return found->get<std::string>();
}

bool is_target(std::string_view name)
{
    return qrexec::is_qube_name(disposable_of(name).value_or(name));
}

/// What a denied call asked for may be one of policy's words too.
bool is_told_target(std::string_view name)
{
    return !name.empty() && name.size() <= qrexec::max_service_name &&
           qrexec::clean_target(name) == name;
}

/// Of who calls what, in both kinds. Nothing: a name that cannot be.
template <typename Request> std::optional<Request> parse_call(Json const& object)
{
    auto source = text_of(object, "source");
    auto service = text_of(object, "service");
    auto argument = text_of(object, "argument");
    if (!source || !service || !argument)
        return std::nullopt;
    if (argument->starts_with('+'))
        argument->erase(0, 1);
    if (!qrexec::is_qube_name(*source) || !qrexec::is_service_name(*service) ||
        !qrexec::is_argument(*argument))
        return std::nullopt;
    Request request;
    request.source = std::move(*source);
    request.service = std::move(*service);
    request.argument = std::move(*argument);
    return request;
}

std::optional<Question> parse_question(Json const& object)
{
    auto question = parse_call<Question>(object);
    auto const targets = object.find("targets");
    auto chosen = text_of(object, "default_target");
    if (!question || !chosen || targets == object.end() || !targets->is_array() ||
        targets->empty() || targets->size() > max_targets)
        return std::nullopt;
    for (Json const& target : *targets) {
        if (!target.is_string() || !is_target(target.get_ref<std::string const&>()))
            return std::nullopt;
        question->targets.push_back(target.get<std::string>());
    }
    if (std::ranges::contains(question->targets, *chosen))
        question->default_target = std::move(*chosen);
    return question;
}

std::optional<Notice> parse_notice(Json const& object)
{
    auto notice = parse_call<Notice>(object);
    auto const result = text_of(object, "resolution");
    auto target = text_of(object, "target");
    if (!notice || !result || !target || !is_told_target(*target))
        return std::nullopt;
    if (*result == "allow")
        notice->result = Notice::Result::allow;
    else if (*result == "fail")
        notice->result = Notice::Result::fail;
    else if (*result != "deny")
        return std::nullopt;
    notice->target = std::move(*target);
    return notice;
}

} // namespace

std::optional<std::variant<Question, Notice>> parse_request(std::string_view text)
{
    std::size_t const end = text.find('\0');
    if (end == std::string_view::npos || text.size() > max_request)
        return std::nullopt;
    std::string_view const descriptor = text.substr(0, end);
    std::string_view const service = descriptor.substr(0, descriptor.find(' '));
    Json const object = Json::parse(text.substr(end + 1), nullptr, false);
    if (!object.is_object())
        return std::nullopt;
    if (service == "policy.Ask") {
        if (auto question = parse_question(object))
            return *std::move(question);
    } else if (service == "policy.Notify") {
        if (auto notice = parse_notice(object))
            return *std::move(notice);
    }
    return std::nullopt;
}

std::string build_answer(std::optional<std::string> const& target)
{
    return target ? "allow:" + *target : "deny";
}

std::optional<std::string_view> disposable_of(std::string_view target)
{
    if (!target.starts_with(dispvm))
        return std::nullopt;
    return target.substr(dispvm.size());
}

} // namespace vitrail::prompt
