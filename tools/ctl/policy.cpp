// vitrail ctl policy …: what policy decides about a call, and whether its files are right.

#include "tools/ctl/commands.hpp"

#include "lib/qrexec/evaluate.hpp"
#include "lib/qube/policy_store.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <iostream>
#include <memory>

namespace vitrail::ctl {
namespace {

using Json = nlohmann::json;
using namespace qrexec;

struct Question {
    std::string source, service, target;
    std::vector<std::string> folders;
    bool json = false;
};

int complain(std::string const& what)
{
    std::cerr << "vitrail: " << what << '\n';
    return 1;
}

Policy load(std::vector<std::string> const& folders)
{
    return load_policy(qube::policy_files(), folders.empty() ? qube::policy_folders() : folders);
}

std::string_view word(Decision const& decision)
{
    return std::holds_alternative<Allow>(decision.outcome) ? "allow"
           : std::holds_alternative<Ask>(decision.outcome) ? "ask"
                                                           : "deny";
}

/// One sentence: why it is so.
std::string reason(Decision const& decision)
{
    if (auto const* const deny = std::get_if<Deny>(&decision.outcome))
        return deny->reason;
    if (auto const* const ask = std::get_if<Ask>(&decision.outcome))
        return "the user chooses one of " + std::to_string(ask->candidates.size()) +
               " targets in " + ask->guivm;
    auto const& allow = std::get<Allow>(decision.outcome);
    return "it runs in " + allow.text() + " as " +
           (allow.user == "DEFAULT" ? "its default user" : allow.user) +
           (allow.relayed_service ? ", as " + *allow.relayed_service : "");
}

Json as_json(Decision const& decision)
{
    Json out{{"decision", word(decision)},
             {"source", decision.source},
             {"requested_target", decision.requested},
             {"reason", reason(decision)},
             {"notes", decision.notes}};
    if (PolicyRule const* const rule = decision.rule) {
        out["file"] = rule->file;
        out["line"] = rule->line;
        out["rule"] = rule->text;
    }
    if (auto const* const ask = std::get_if<Ask>(&decision.outcome)) {
        out["candidates"] = ask->candidates;
        out["default_target"] = ask->default_target;
    } else if (auto const* const allow = std::get_if<Allow>(&decision.outcome)) {
        out["target"] = allow->text();
        out["user"] = allow->user;
    }
    return out;
}

void show(Decision const& decision)
{
    std::cout << word(decision) << ": " << reason(decision) << '\n';
    if (decision.rule && decision.rule->problem.empty())
        std::cout << decision.rule->place() << ": " << decision.rule->text << '\n';
    for (std::string const& note : decision.notes)
        std::cout << "note: " << note << '\n';
    if (auto const* const ask = std::get_if<Ask>(&decision.outcome))
        for (std::string const& one : ask->candidates)
            std::cout << "  " << one << (one == ask->default_target ? " (preselected)" : "")
                      << '\n';
}

int explain(Question const& question)
{
    auto const service = parse_service(question.service);
    if (!service)
        return complain("'" + question.service + "' is no service: NAME or NAME+ARGUMENT");
    auto const facts = qube::ask_system_info();
    if (!facts)
        return complain(facts.error().message());
    Policy const policy = load(question.folders);
    Decision const decision =
        evaluate(policy, *facts, {question.source, question.target, *service, ""});
    if (question.json)
        std::cout << as_json(decision).dump(2) << '\n';
    else
        show(decision);
    return 0;
}

int check(std::vector<std::string> const& folders)
{
    auto const problems = load(folders).problems();
    for (std::string const& one : problems)
        std::cout << one << '\n';
    return problems.empty() ? 0 : 1;
}

} // namespace

void add_policy(CLI::App& ctl, int& status)
{
    auto* const policy = ctl.add_subcommand("policy", "what policy decides about calls of qubes");
    policy->require_subcommand(1);
    auto const question = std::make_shared<Question>();
    auto const add_folders = [&](CLI::App& command) {
        command.add_option("--policy-dir", question->folders,
                           "a folder of policy files instead of the system's; again for more");
    };
    auto* const explain_command =
        policy->add_subcommand("explain", "which rule decides about a call, and what");
    explain_command->add_option("SOURCE", question->source, "the qube that calls")->required();
    explain_command->add_option("SERVICE", question->service, "NAME or NAME+ARGUMENT")->required();
    explain_command->add_option("TARGET", question->target,
                                "a qube, @dispvm, @dispvm:NAME; without it @default");
    explain_command->add_flag("--json", question->json, "for scripts");
    add_folders(*explain_command);
    explain_command->callback([&status, question] { status = explain(*question); });
    auto* const check_command =
        policy->add_subcommand("check", "what is wrong with the policy files; 1 if anything is");
    add_folders(*check_command);
    check_command->callback([&status, question] { status = check(question->folders); });
}

} // namespace vitrail::ctl
