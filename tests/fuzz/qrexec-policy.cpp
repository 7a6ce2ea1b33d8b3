#include "lib/qrexec/policy_wire.hpp"
#include "tests/fuzz/harness.hpp"

#include <algorithm>

namespace {

using namespace vitrail;
using namespace vitrail::qrexec;

SystemFacts small_system()
{
    auto const qube = [](std::string name, char digit) {
        QubeFacts facts;
        facts.name = std::move(name);
        facts.uuid = std::string(dom0_uuid);
        facts.uuid.back() = digit;
        facts.type = "AppVM";
        facts.guivm = "dom0";
        facts.default_dispvm = "disp";
        return facts;
    };
    std::vector<QubeFacts> all{qube("work", '1'), qube("vault", '2'), qube("disp", '3')};
    all[0].tags = {"t"};
    all[0].runs = true;
    all[2].template_for_dispvms = true;
    return SystemFacts(std::move(all));
}

void check(Policy const& policy, SystemFacts const& facts, CallRequest const& request)
{
    Decision const decision = evaluate(policy, facts, request);
    if (auto const* const allow = std::get_if<Allow>(&decision.outcome)) {
        fuzz::require(decision.rule && decision.rule->problem.empty() &&
                          decision.rule->action == PolicyRule::Action::allow,
                      "only a rule allows");
        fuzz::require(facts.find(std::string_view(allow->target)).has_value(), "a target exists");
        fuzz::require(allow->disposable || allow->target != request.source, "nobody calls himself");
    }
    if (auto const* const ask = std::get_if<Ask>(&decision.outcome)) {
        fuzz::require(!ask->candidates.empty(), "a prompt has a choice");
        for (std::string const& one : ask->candidates) {
            Decision const chosen = choose(decision, facts, request, one);
            auto const* const allow = std::get_if<Allow>(&chosen.outcome);
            fuzz::require(allow && allow->text() == one, "each choice is allowed");
        }
        fuzz::require(!choose(decision, facts, request, request.source).allows(),
                      "the caller is no choice");
    }
}

} // namespace

/// A policy file. The text up to a line `===` is what `!include` finds.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    if (auto const question = parse_question(text)) {
        auto const again = parse_question(build_question(*question));
        fuzz::require(again && build_question(*again) == build_question(*question),
                      "a question is written as it was read");
    }
    if (auto const answer = parse_answer_text(text))
        fuzz::require(answer->allowed == !answer->target.empty() || answer->allowed,
                      "a denial names no target");
    constexpr std::string_view mark = "===\n";
    auto const cut = text.find(mark);
    std::string const included(cut == std::string_view::npos ? "" : text.substr(0, cut));
    std::string const main(cut == std::string_view::npos ? text : text.substr(cut + mark.size()));
    PolicyFiles const files{
        .list = [](std::string const& folder) -> Result<std::vector<std::string>> {
            return std::vector<std::string>{folder == "/p" ? "a.policy" : "i.policy"};
        },
        .read = [&](std::string const& path) -> Result<std::string> {
            return path == "/p/a.policy" ? main : included;
        }};
    static SystemFacts const facts = small_system();
    Policy const policy = load_policy(files, {"/p"});
    for (std::string const& problem : policy.problems())
        fuzz::require(problem.starts_with("/"), "a problem names its place");
    for (char const* const target : {"", "vault", "@adminvm", "@dispvm", "@dispvm:disp", "nobody"})
        check(policy, facts,
              {"work", target, ServiceCall{.name = "s", .argument = "a", .has_plus = true}, ""});
    for (PolicyRule const& rule : policy.rules) {
        if (!rule.problem.empty())
            continue;
        auto const again = parse_policy(rule.text, rule.file);
        fuzz::require(again && again->size() == 1 && (*again)[0].text == rule.text,
                      "a rule is written as it was read");
    }
    return 0;
}
