#include "services/sessiond/clipboard_policy.hpp"

#include "lib/qube/policy_store.hpp"
#include "lib/transport/clipboard_control.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>
#include <variant>

namespace vitrail::session {

namespace {

bool allows(qrexec::Policy const& policy, qrexec::SystemFacts const& facts,
            qrexec::CallRequest const& request)
{
    auto const decision = qrexec::evaluate(policy, facts, request);
    if (auto const* const allow = std::get_if<qrexec::Allow>(&decision.outcome))
        return allow->text() == request.target && !allow->relayed_service;
    if (auto const* const ask = std::get_if<qrexec::Ask>(&decision.outcome))
        return std::ranges::contains(ask->candidates, request.target);
    return false;
}

} // namespace

bool allows_paste(qrexec::Policy const& policy, qrexec::SystemFacts const& facts,
                  std::string const& source, std::string const& target, std::string const& type)
{
    auto const may_call = [&](std::string const& service, std::string const& argument) {
        return allows(policy, facts,
                      {.source = source,
                       .target = target,
                       .service = {.name = service, .argument = argument},
                       .on_behalf = {}});
    };
    if (type == transport::type_word(transport::ClipboardType::files))
        return may_call("qubes.Filecopy", "");
    return may_call("qubes.ClipboardPaste", "") && may_call("qubes.ClipboardPaste", type);
}

void ClipboardPolicy::may_paste(std::string const& source, std::string const& target,
                                std::string const& type, std::function<void(bool)> answer)
{
    admin_.call({.destination = std::string(qube::dom0), .method = "internal.GetSystemInfo"},
                [=, answer = std::move(answer)](qube::Outcome<std::string> const& info) {
                    auto const facts = info ? qube::parse_system_info(*info)
                                            : error("asking qubesd: " + info.error().message);
                    if (!facts) {
                        std::fprintf(stderr, "vitrail-sessiond: policy of the clipboard: %s\n",
                                     facts.error().message().c_str());
                        return answer(false);
                    }
                    // Read anew each time: a rule that the user writes holds for his next chord.
                    auto const policy =
                        qrexec::load_policy(qube::policy_files(), qube::policy_folders());
                    answer(allows_paste(policy, *facts, source, target, type));
                });
}

} // namespace vitrail::session
