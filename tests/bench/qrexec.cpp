// How long policy takes to decide about a call: 1,000 rules, 100 qubes.

#include "tests/bench/scenarios.hpp"

#include "lib/qrexec/evaluate.hpp"
#include "tests/bench/record.hpp"

#include <array>
#include <cstdlib>

namespace vitrail::bench {
namespace {

using namespace qrexec;

constexpr int rule_count = 1000;
constexpr int qube_count = 100;
constexpr int calls_a_block = 2000;

std::string number(int value)
{
    return std::to_string(value);
}

SystemFacts hundred_qubes()
{
    std::vector<QubeFacts> qubes;
    for (int i = 0; i < qube_count; ++i) {
        QubeFacts facts;
        facts.name = "qube" + number(i);
        facts.uuid = "00000000-0000-0000-0000-" + number(100000 + i) + "000000";
        facts.type = i % 10 == 0 ? "TemplateVM" : "AppVM";
        facts.tags = {"tag" + number(i % 10), "created-by-dom0"};
        facts.template_for_dispvms = i % 20 == 1;
        facts.default_dispvm = "qube1";
        facts.guivm = "dom0";
        qubes.push_back(std::move(facts));
    }
    return SystemFacts(std::move(qubes));
}

/// Rules of every kind for 20 services, none of which decides; then three that do.
std::string rules()
{
    std::string text;
    constexpr std::array kinds{"* qube{} @anyvm deny", "+a{} @anyvm @anyvm ask",
                               "* @tag:tag{} @dispvm:qube1 allow", "* @type:DispVM @anyvm deny",
                               "* @tag:other * allow"};
    for (int i = 0; i < rule_count - 3; ++i) {
        std::string line = kinds[static_cast<std::size_t>(i) % kinds.size()];
        if (auto const at = line.find("{}"); at != std::string::npos)
            line.replace(at, 2, number(1 + i % 9));
        text += "service.Name" + number(i % 20) + " " + line + "\n";
    }
    return text + "service.Name3 * @anyvm @default ask\n"
                  "service.Name3 * @anyvm @anyvm allow\n"
                  "other.Service * * * ask\n";
}

void measure(Run const& run, Policy const& policy, SystemFacts const& facts,
             std::string const& what, CallRequest const& request)
{
    for (int block = 0; block < run.blocks; ++block) {
        run.machine.check_quiet(block);
        std::vector<double> samples;
        for (int i = 0; i < calls_a_block; ++i) {
            Nanoseconds const start = now();
            Decision const decision = evaluate(policy, facts, request);
            samples.push_back(static_cast<double>(now() - start) / 1000);
            if (!decision.rule)
                std::abort(); // this would measure something else
        }
        record({{"metric", "policy"}, {"call", what}}, block, samples);
    }
}

} // namespace

void run_qrexec(Run const& run)
{
    SystemFacts const facts = hundred_qubes();
    auto parsed = parse_policy(rules(), "bench");
    if (!parsed || parsed->size() != rule_count)
        std::abort();
    Policy const policy{std::move(*parsed)};
    ServiceCall const service = *parse_service("service.Name3");
    measure(run, policy, facts, "allow by rule 999", {"qube50", "qube60", service, ""});
    measure(run, policy, facts, "ask by rule 998", {"qube50", "", service, ""});
    measure(run, policy, facts, "ask by rule 1000",
            {"qube50", "", *parse_service("other.Service"), ""});
}

} // namespace vitrail::bench
