#include "lib/qrexec/policy_wire.hpp"

#include <map>

namespace vitrail::qrexec {
namespace {

using Pairs = std::map<std::string, std::string, std::less<>>;

/// Lines `key=value`; nothing when one has no sign, a key comes again, or a NUL stands anywhere.
std::optional<Pairs> parse_pairs(std::string_view text)
{
    Pairs pairs;
    while (!text.empty()) {
        auto const end = text.find('\n');
        std::string_view const line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        auto const sign = line.find('=');
        if (sign == std::string_view::npos || line.contains('\0') ||
            !pairs.emplace(line.substr(0, sign), line.substr(sign + 1)).second)
            return std::nullopt;
    }
    return pairs;
}

std::string value_of(Pairs const& pairs, std::string_view key)
{
    auto const found = pairs.find(key);
    return found == pairs.end() ? std::string() : found->second;
}

bool set_flag(bool& flag, std::string_view value)
{
    flag = value == "yes";
    return value == "yes" || value == "no";
}

} // namespace

std::string build_question(PolicyQuestion const& question)
{
    CallRequest const& call = question.call;
    std::string text = "source=" + call.source + "\nintended_target=" + call.target +
                       "\nservice_and_arg=" + call.service.descriptor() + "\n";
    if (!call.on_behalf.empty())
        text += "requested_source=" + call.on_behalf + "\n";
    if (question.assumes_yes)
        text += "assume_yes_for_ask=yes\n";
    if (question.just_evaluates)
        text += "just_evaluate=yes\n";
    return text + "\n";
}

std::optional<PolicyQuestion> parse_question(std::string_view text)
{
    if (!text.ends_with("\n\n"))
        return std::nullopt;
    auto const pairs = parse_pairs(text.substr(0, text.size() - 1));
    if (!pairs)
        return std::nullopt;
    PolicyQuestion question;
    int required = 0;
    for (auto const& [key, value] : *pairs) {
        if (key == "source") {
            question.call.source = value;
            ++required;
        } else if (key == "intended_target") {
            question.call.target = value;
            ++required;
        } else if (key == "service_and_arg") {
            auto call = parse_service(value);
            if (!call)
                return std::nullopt;
            question.call.service = std::move(*call);
            ++required;
        } else if (key == "requested_source") {
            question.call.on_behalf = value;
        } else if (key == "assume_yes_for_ask") {
            if (!set_flag(question.assumes_yes, value))
                return std::nullopt;
        } else if (key != "just_evaluate" || !set_flag(question.just_evaluates, value)) {
            return std::nullopt;
        }
    }
    return required == 3 ? std::optional(std::move(question)) : std::nullopt;
}

std::string build_answer(Decision const& decision, PolicyQuestion const& question)
{
    auto const* const allow = std::get_if<Allow>(&decision.outcome);
    bool const agreed = question.assumes_yes && std::holds_alternative<Ask>(decision.outcome);
    if (question.just_evaluates)
        return allow || agreed ? "result=allow\n" : "result=deny\n";
    if (!allow)
        return "result=deny\n";
    std::string text = "user=" + allow->user + "\nresult=allow\ntarget=" + allow->text() +
                       "\nautostart=" + (allow->autostart ? "True" : "False") +
                       "\nrequested_target=" + question.call.target + "\n";
    if (!allow->target_uuid.empty())
        text += "target_uuid=" + std::string(allow->disposable ? "@dispvm:" : "") +
                "uuid:" + allow->target_uuid + "\n";
    if (allow->relayed_service)
        text += "service=" + *allow->relayed_service + "\n";
    if (decision.source != question.call.source)
        text += "policy_source=" + decision.source + "\n";
    return text;
}

std::optional<PolicyAnswer> parse_answer_text(std::string_view text)
{
    if (text.size() > max_policy_answer)
        return std::nullopt;
    auto const pairs = parse_pairs(text);
    if (!pairs || !pairs->contains("result"))
        return std::nullopt;
    bool const allowed = pairs->at("result") == "allow";
    if (!allowed && pairs->at("result") != "deny")
        return std::nullopt;
    for (char const* const key : {"user", "target", "requested_target", "autostart"})
        if (pairs->contains(key) != allowed)
            return std::nullopt;
    if (!allowed)
        return PolicyAnswer{};
    std::string const autostart = pairs->at("autostart");
    if (autostart != "True" && autostart != "False")
        return std::nullopt;
    return PolicyAnswer{.allowed = true,
                        .user = pairs->at("user"),
                        .target = pairs->at("target"),
                        .target_uuid = value_of(*pairs, "target_uuid"),
                        .autostart = autostart == "True",
                        .requested_target = pairs->at("requested_target"),
                        .service = value_of(*pairs, "service"),
                        .policy_source = value_of(*pairs, "policy_source")};
}

} // namespace vitrail::qrexec
