// What policy decides: every rule of fact sheet qrexec §17, a case a line.

#include "lib/qrexec/evaluate.hpp"

#include <gtest/gtest.h>

namespace vitrail::qrexec {
namespace {

std::string uuid(char last)
{
    std::string text(dom0_uuid);
    text.back() = last;
    return text;
}

SystemFacts small_system()
{
    auto const qube = [](std::string name, std::string type, char digit) {
        QubeFacts facts;
        facts.name = std::move(name);
        facts.type = std::move(type);
        facts.uuid = uuid(digit);
        facts.guivm = "dom0";
        facts.default_dispvm = "disp";
        return facts;
    };
    QubeFacts work = qube("work", "AppVM", '1');
    work.tags = {"office", "guivm-dom0"};
    work.runs = true;
    QubeFacts vault = qube("vault", "AppVM", '2');
    vault.default_dispvm = std::nullopt;
    vault.guivm = std::nullopt;
    QubeFacts disp = qube("disp", "AppVM", '3');
    disp.template_for_dispvms = true;
    disp.tags = {"office"};
    QubeFacts disp2 = qube("disp2", "AppVM", '4');
    disp2.template_for_dispvms = true;
    QubeFacts template_ = qube("debian", "TemplateVM", '5');
    QubeFacts hidden = qube("hidden", "AppVM", '6');
    hidden.internal = true;
    QubeFacts remote = qube("far", "RemoteVM", '7');
    remote.relayvm = "vault";
    remote.transport_rpc = "qubes.Relay";
    QubeFacts lost = qube("lost", "RemoteVM", '8');
    return SystemFacts({work, vault, disp, disp2, template_, hidden, remote, lost});
}

SystemFacts const& facts()
{
    static SystemFacts const system = small_system();
    return system;
}

Policy policy_of(std::string_view text)
{
    auto rules = parse_policy(text, "f");
    EXPECT_TRUE(rules) << rules.error();
    return {rules ? std::move(*rules) : std::vector<PolicyRule>{}};
}

std::string text_of(Decision const& decision)
{
    std::string const place = decision.rule ? std::to_string(decision.rule->line) + ": " : "-: ";
    if (auto const* const allow = std::get_if<Allow>(&decision.outcome))
        return place + "allow " + allow->text() +
               (allow->user == "DEFAULT" ? "" : " as " + allow->user) +
               (allow->relayed_service ? " " + *allow->relayed_service : "");
    if (auto const* const ask = std::get_if<Ask>(&decision.outcome)) {
        std::string out = place + "ask";
        for (std::string const& one : ask->candidates)
            out += " " + one + (one == ask->default_target ? "!" : "");
        return out;
    }
    return place + "deny";
}

CallRequest request(std::string_view source, std::string_view target, std::string_view service)
{
    return {std::string(source), std::string(target), *parse_service(service), ""};
}

struct Case {
    char const* policy;
    char const* source;
    char const* target;
    char const* service;
    char const* expected;
};

class EachDecision : public testing::TestWithParam<Case> {};
TEST_P(EachDecision, is_that_of_the_fact_sheet)
{
    Case const& one = GetParam();
    Policy const policy = policy_of(one.policy);
    Decision const got = evaluate(policy, facts(), request(one.source, one.target, one.service));
    EXPECT_EQ(text_of(got), one.expected) << one.policy << "\n"
                                          << one.source << " " << one.target << " " << one.service;
}

INSTANTIATE_TEST_SUITE_P(
    Matching, EachDecision,
    testing::Values(
        Case{"", "work", "vault", "s", "-: deny"},
        Case{"s * work vault allow", "work", "vault", "s", "1: allow vault"},
        Case{"s * work vault allow", "work", "vault", "t", "-: deny"},
        Case{"* * work vault allow", "work", "vault", "t+x", "1: allow vault"},
        Case{"s + work vault allow", "work", "vault", "s", "1: allow vault"},
        Case{"s + work vault allow", "work", "vault", "s+", "1: allow vault"},
        Case{"s + work vault allow", "work", "vault", "s+x", "-: deny"},
        Case{"s +x work vault allow", "work", "vault", "s+x", "1: allow vault"},
        Case{"s +x work vault allow", "work", "vault", "s+xy", "-: deny"},
        Case{"s * work vault deny\ns * work vault allow", "work", "vault", "s", "1: deny"},
        Case{"s * vault work allow\ns * work vault allow", "work", "vault", "s", "2: allow vault"},
        // Sources.
        Case{"s * * vault allow", "work", "vault", "s", "1: allow vault"},
        Case{"s * @anyvm vault allow", "work", "vault", "s", "1: allow vault"},
        Case{"s * @anyvm vault allow", "dom0", "vault", "s", "-: deny"},
        Case{"s * * vault allow", "dom0", "vault", "s", "1: allow vault"},
        Case{"s * @adminvm vault allow", "dom0", "vault", "s", "1: allow vault"},
        Case{"s * @tag:office vault allow", "work", "vault", "s", "1: allow vault"},
        Case{"s * @tag:other vault allow", "work", "vault", "s", "-: deny"},
        Case{"s * @type:AppVM vault allow", "work", "vault", "s", "1: allow vault"},
        Case{"s * @type:DispVM vault allow", "work", "vault", "s", "-: deny"},
        Case{"s * uuid:00000000-0000-0000-0000-000000000001 vault allow", "work", "vault", "s",
             "1: allow vault"},
        Case{"s * @dispvm:disp vault allow", "disp", "vault", "s", "-: deny"},
        Case{"s * * vault allow", "nobody", "vault", "s", "-: deny"},
        // Targets.
        Case{"s * * @anyvm allow", "work", "vault", "s", "1: allow vault"},
        Case{"s * * @anyvm allow", "work", "dom0", "s", "-: deny"},
        Case{"s * * * allow", "work", "dom0", "s", "1: allow dom0"},
        Case{"s * * dom0 allow", "work", "@adminvm", "s", "1: allow dom0"},
        Case{"s * * @adminvm allow", "work", "uuid:00000000-0000-0000-0000-000000000000", "s",
             "1: allow dom0"},
        Case{"s * * vault allow", "work", "uuid:00000000-0000-0000-0000-000000000002", "s",
             "1: allow vault"},
        Case{"s * * uuid:00000000-0000-0000-0000-000000000002 allow", "work", "vault", "s",
             "1: allow vault"},
        Case{"s * * @tag:office allow", "vault", "work", "s", "1: allow work"},
        Case{"s * * @tag:office allow", "vault", "@default", "s", "-: deny"},
        Case{"s * * @tag:office allow", "vault", "@dispvm:disp", "s", "-: deny"},
        Case{"s * * @type:TemplateVM allow", "work", "debian", "s", "1: allow debian"},
        Case{"s * * @type:TemplateVM allow", "work", "vault", "s", "-: deny"}),
    [](auto const& one) { return std::to_string(one.index); });

INSTANTIATE_TEST_SUITE_P(
    Unnamed, EachDecision,
    testing::Values(
        Case{"s * * @default allow target=vault", "work", "", "s", "1: allow vault"},
        Case{"s * * @default allow target=vault", "work", "@default", "s", "1: allow vault"},
        Case{"s * * @default allow target=vault", "work", "nobody", "s", "1: allow vault"},
        Case{"s * * nobody allow", "work", "nobody", "s", "-: deny"},
        Case{"s * * @anyvm allow", "work", "", "s", "1: deny"},
        Case{"s * * * allow", "work", "", "s", "1: deny"},
        Case{"s * * vault allow target=nobody", "work", "vault", "s", "1: deny"},
        Case{"s * * vault allow target=work", "work", "vault", "s", "1: deny"},
        Case{"s * * * allow", "work", "work", "s", "1: deny"},
        Case{"s * * * allow", "work", "@tag:x", "s", "-: deny"},
        Case{"s * * * allow", "work", "*", "s", "-: deny"},
        Case{"s * * vault allow target=dom0 user=root", "work", "vault", "s",
             "1: allow dom0 as root"}),
    [](auto const& one) { return std::to_string(one.index); });

INSTANTIATE_TEST_SUITE_P(
    Disposables, EachDecision,
    testing::Values(
        Case{"s * * @dispvm allow", "work", "@dispvm", "s", "1: allow @dispvm:disp"},
        Case{"s * * @dispvm allow", "work", "@dispvm:disp", "s", "-: deny"},
        Case{"s * * @dispvm:disp allow", "work", "@dispvm:disp", "s", "1: allow @dispvm:disp"},
        Case{"s * * @dispvm:disp allow", "work", "@dispvm", "s", "1: allow @dispvm:disp"},
        Case{"s * * @dispvm:disp2 allow", "work", "@dispvm", "s", "-: deny"},
        Case{"s * * @dispvm:@tag:office allow", "work", "@dispvm", "s", "1: allow @dispvm:disp"},
        Case{"s * * @dispvm:@tag:office allow", "work", "@dispvm:disp2", "s", "-: deny"},
        Case{"s * * @dispvm:uuid:00000000-0000-0000-0000-000000000003 allow", "work",
             "@dispvm:disp", "s", "1: allow @dispvm:disp"},
        Case{"s * * @dispvm:disp allow", "work",
             "@dispvm:uuid:00000000-0000-0000-0000-000000000003", "s", "1: allow @dispvm:disp"},
        Case{"s * * @anyvm allow", "work", "@dispvm", "s", "1: allow @dispvm:disp"},
        Case{"s * * @anyvm allow", "work", "@dispvm:disp2", "s", "1: allow @dispvm:disp2"},
        Case{"s * * * allow", "work", "@dispvm:debian", "s", "-: deny"},
        Case{"s * * * allow", "work", "@dispvm:nobody", "s", "-: deny"},
        Case{"s * * @dispvm allow", "vault", "@dispvm", "s", "1: deny"},
        Case{"s * * @dispvm:disp allow", "vault", "@dispvm", "s", "-: deny"},
        Case{"s * * vault allow target=@dispvm", "work", "vault", "s", "1: allow @dispvm:disp"},
        Case{"s * * vault allow target=@dispvm:disp2", "work", "vault", "s",
             "1: allow @dispvm:disp2"},
        Case{"s * * vault allow target=@dispvm:debian", "work", "vault", "s", "1: deny"},
        // autostart=no
        Case{"s * * @anyvm allow autostart=no", "vault", "work", "s", "1: allow work"},
        Case{"s * * @anyvm allow autostart=no", "work", "vault", "s", "1: deny"},
        Case{"s * * * allow autostart=no", "work", "dom0", "s", "1: allow dom0"},
        Case{"s * * @dispvm allow autostart=no", "work", "@dispvm", "s", "1: deny"},
        // Relays
        Case{"s * * far allow user=root", "work", "far", "s+a",
             "1: allow vault qubes.Relay+far+s+a"},
        Case{"s * * lost allow", "work", "lost", "s", "1: deny"},
        Case{"s * * far allow", "vault", "far", "s", "1: deny"}),
    [](auto const& one) { return std::to_string(one.index); });

INSTANTIATE_TEST_SUITE_P(
    Asking, EachDecision,
    testing::Values(
        Case{"s * * @anyvm ask", "work", "vault", "s",
             "1: ask @dispvm:disp @dispvm:disp2 debian disp disp2 far lost vault"},
        Case{"s * * * ask", "work", "vault", "s",
             "1: ask @dispvm:disp @dispvm:disp2 debian disp disp2 dom0 far lost vault"},
        Case{"s * * vault ask", "work", "vault", "s", "1: ask vault"},
        Case{"s * * vault ask\ns * * work ask\ns * * debian allow", "work", "vault", "s",
             "1: ask debian vault"},
        Case{"s * * @default ask\ns * * vault allow", "work", "", "s", "1: ask vault"},
        Case{"s * * @default ask", "work", "", "s", "1: deny"},
        Case{"s * * @default ask target=vault\ns * * debian ask", "work", "", "s", "1: ask vault"},
        Case{"s * * @default ask target=work", "work", "", "s", "1: deny"},
        Case{"s * * @default ask target=nobody", "work", "", "s", "1: deny"},
        Case{"s * * @default ask target=hidden", "work", "", "s", "1: deny"},
        Case{"s * * @default ask target=@dispvm", "work", "", "s", "1: ask @dispvm:disp"},
        Case{"s * * vault deny\ns * * @default ask\ns * * vault allow\ns * * debian allow", "work",
             "", "s", "2: ask debian"},
        Case{"s * * @default ask\ns * * debian allow target=vault", "work", "", "s",
             "1: ask vault"},
        Case{"s * * @default ask\ns * vault debian allow", "work", "", "s", "1: deny"},
        Case{"s * * @default ask\nt * * debian allow", "work", "", "s", "1: deny"},
        Case{"s * * @default ask\ns * * @tag:office allow", "vault", "", "s", "1: deny"},
        Case{"s * * @default ask\ns * * @type:TemplateVM allow", "work", "", "s", "1: ask debian"},
        Case{"s * * @default ask\ns * * @dispvm allow", "work", "", "s", "1: ask @dispvm:disp"},
        Case{"s * * @default ask\ns * * @dispvm:@tag:office allow", "work", "", "s",
             "1: ask @dispvm:disp"},
        Case{"s * * @default ask\ns * * dom0 allow", "work", "", "s", "1: ask dom0"},
        Case{"s * * @dispvm:disp deny\ns * * @default ask\ns * * @dispvm allow", "work", "", "s",
             "2: deny"},
        Case{"s * * @default ask default_target=vault\ns * * @anyvm allow\ns * * dom0 deny", "work",
             "", "s", "1: ask @dispvm:disp @dispvm:disp2 debian disp disp2 far lost vault!"},
        Case{"s * * @default ask default_target=@dispvm\ns * * @dispvm allow", "work", "", "s",
             "1: ask @dispvm:disp!"},
        Case{"s * * @default ask default_target=work\ns * * vault allow", "work", "", "s",
             "1: ask vault"},
        Case{"s * * @anyvm ask autostart=no", "disp2", "vault", "s", "1: ask work"},
        Case{"s * * * ask", "vault", "work", "s", "1: deny"}),
    [](auto const& one) { return std::to_string(one.index); });

TEST(Choice, of_a_candidate_is_allowed_as_the_rule_says)
{
    Policy const policy = policy_of("s * * @anyvm ask user=root notify=yes");
    CallRequest const call = request("work", "", "s");
    Decision const asked = evaluate(policy, facts(), call);
    Decision const chosen = choose(asked, facts(), call, "vault");
    ASSERT_TRUE(chosen.allows());
    EXPECT_EQ(text_of(chosen), "1: allow vault as root");
    EXPECT_TRUE(std::get<Allow>(chosen.outcome).notify);
    EXPECT_EQ(std::get<Allow>(chosen.outcome).target_uuid, uuid('2'));
    EXPECT_EQ(text_of(choose(asked, facts(), call, "@dispvm:disp2")),
              "1: allow @dispvm:disp2 as root");
    for (char const* const bad : {"", "work", "dom0", "hidden", "nobody", "@dispvm",
                                  "@dispvm:debian", "vault ", "*", "@anyvm"})
        EXPECT_FALSE(choose(asked, facts(), call, bad).allows()) << bad;
    EXPECT_FALSE(choose(chosen, facts(), call, "vault").allows()) << "nobody was asked";
}

TEST(BadFile, denies_what_comes_to_it_and_leaves_what_was_decided_before)
{
    Policy policy = policy_of("s * work vault allow\nt * * @default ask\nt * * vault allow");
    PolicyRule broken;
    broken.problem = "f:9: mistake";
    broken.file = "f";
    policy.rules.insert(policy.rules.begin() + 2, broken);
    EXPECT_TRUE(evaluate(policy, facts(), request("work", "vault", "s")).allows());
    Decision const other = evaluate(policy, facts(), request("work", "vault", "t"));
    ASSERT_TRUE(std::holds_alternative<Deny>(other.outcome));
    EXPECT_TRUE(std::get<Deny>(other.outcome).reason.contains("f:9: mistake"));
    EXPECT_FALSE(evaluate(policy, facts(), request("work", "", "t")).allows());
    EXPECT_TRUE(
        std::holds_alternative<Deny>(evaluate(policy, facts(), request("work", "", "t")).outcome))
        << "nothing after the bad file can be chosen";
}

TEST(Denial, is_quiet_only_where_the_rule_says_so)
{
    auto const notifies = [](std::string_view text) {
        Policy const policy = policy_of(text);
        return std::get<Deny>(evaluate(policy, facts(), request("work", "vault", "s")).outcome)
            .notify;
    };
    EXPECT_TRUE(notifies("s * * vault deny"));
    EXPECT_FALSE(notifies("s * * vault deny notify=no"));
    EXPECT_TRUE(notifies(""));
}

TEST(UnknownTarget, is_noted)
{
    Policy const policy = policy_of("s * * @default allow target=vault");
    Decision const got = evaluate(policy, facts(), request("work", "nobody", "s"));
    EXPECT_EQ(got.requested, "@default");
    EXPECT_EQ(got.notes,
              std::vector<std::string>{"the qube nobody does not exist: taken as @default"});
}

TEST(Relay, speaks_for_its_own_remote_qubes_only)
{
    Policy const policy = policy_of("s * far work allow");
    CallRequest call = request("vault", "work", "s");
    EXPECT_FALSE(evaluate(policy, facts(), call).allows());
    call.on_behalf = "far";
    Decision const got = evaluate(policy, facts(), call);
    EXPECT_TRUE(got.allows());
    EXPECT_EQ(got.source, "far");
    for (char const* const bad : {"lost", "work", "nobody", "dom0"}) {
        call.on_behalf = bad;
        EXPECT_FALSE(evaluate(policy, facts(), call).allows()) << bad;
    }
    call = request("work", "debian", "s");
    call.on_behalf = "far";
    EXPECT_FALSE(evaluate(policy_of("s * * * allow"), facts(), call).allows());
}

TEST(System, always_knows_dom0)
{
    SystemFacts const none;
    ASSERT_EQ(none.qubes().size(), 1U);
    EXPECT_EQ(none.at(none.admin()).name, "dom0");
    EXPECT_EQ(none.find_uuid(dom0_uuid), none.admin());
}

} // namespace
} // namespace vitrail::qrexec
