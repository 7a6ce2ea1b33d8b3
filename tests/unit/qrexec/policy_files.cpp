// The policy language as it is written: every token, parameter, directive and mistake.
// Source: fact sheet qrexec §16.

#include "lib/qrexec/policy.hpp"

#include <gtest/gtest.h>

#include <map>

namespace vitrail::qrexec {
namespace {

std::string error_of(std::string_view text)
{
    auto const rules = parse_policy(text, "f");
    return rules ? "" : rules.error();
}

PolicyRule rule(std::string_view text)
{
    auto rules = parse_policy(text, "f");
    EXPECT_TRUE(rules && rules->size() == 1) << text << ": " << error_of(text);
    return rules && !rules->empty() ? (*rules)[0] : PolicyRule{};
}

TEST(Token, may_stand_where_its_kind_belongs)
{
    struct Row {
        char const* text;
        bool source, target, redirect, request;
    };
    for (Row const& row : {
             Row{"work", true, true, true, true},
             Row{"dom0", true, true, true, true},
             Row{"@adminvm", true, true, true, true},
             Row{"uuid:00000000-0000-0000-0000-00000000000a", true, true, true, true},
             Row{"*", true, true, false, false},
             Row{"@anyvm", true, true, false, false},
             Row{"@type:AppVM", true, true, false, false},
             Row{"@tag:created-by_x", true, true, false, false},
             Row{"@default", false, true, false, true},
             Row{"@dispvm", false, true, true, true},
             Row{"@dispvm:disp", true, true, true, true},
             Row{"@dispvm:uuid:00000000-0000-0000-0000-00000000000a", true, true, true, true},
             Row{"@dispvm:@tag:t", true, true, false, false},
             Row{"", false, false, false, true},
             Row{"@other", false, false, false, false},
             Row{"@", false, false, false, false},
             Row{"$anyvm", false, false, false, false},
             Row{"@tag:", false, false, false, false},
             Row{"@tag:a.b", false, false, false, false},
             Row{"@type:", false, false, false, false},
             Row{"@type:App VM", false, false, false, false},
             Row{"@dispvm:", false, false, false, false},
             Row{"@dispvm:@dispvm", false, false, false, false},
             Row{"@dispvm:@tag:", false, false, false, false},
             Row{"uuid:", false, false, false, false},
             Row{"uuid:00000000-0000-0000-0000-00000000000A", false, false, false, false},
             Row{"2work", false, false, false, false},
             Row{"wo*rk", false, false, false, false},
             Row{"@anyvm2", false, false, false, false},
         }) {
        EXPECT_EQ(parse_token(row.text, TokenUse::source).has_value(), row.source) << row.text;
        EXPECT_EQ(parse_token(row.text, TokenUse::target).has_value(), row.target) << row.text;
        EXPECT_EQ(parse_token(row.text, TokenUse::redirect).has_value(), row.redirect) << row.text;
        EXPECT_EQ(parse_token(row.text, TokenUse::request).has_value(), row.request) << row.text;
    }
}

TEST(Token, of_dom0_is_the_same_however_it_is_written)
{
    for (std::string const text : {"dom0", "@adminvm", "uuid:00000000-0000-0000-0000-000000000000"})
        EXPECT_EQ(parse_token(text, TokenUse::target)->text(), "@adminvm");
    EXPECT_EQ(parse_token("", TokenUse::request)->text(), "@default");
    for (std::string const text :
         {"work", "*", "@anyvm", "@type:AppVM", "@tag:t", "@default", "@dispvm", "@dispvm:disp",
          "@dispvm:@tag:t", "@dispvm:uuid:00000000-0000-0000-0000-00000000000a",
          "uuid:00000000-0000-0000-0000-00000000000a"})
        EXPECT_EQ(parse_token(text, TokenUse::target)->text(), text);
}

TEST(Rule, has_the_defaults_of_its_action)
{
    EXPECT_FALSE(rule("s * a b allow").notify);
    EXPECT_TRUE(rule("s * a b allow").autostart);
    EXPECT_FALSE(rule("s * a b ask").notify);
    EXPECT_TRUE(rule("s * a b deny").notify);
    EXPECT_FALSE(rule("s * a b deny notify=no").notify);
}

TEST(Rule, has_every_parameter_of_its_action)
{
    PolicyRule const allow =
        rule("s\t+x-y.z  a   b allow target=c user=root notify=yes autostart=no");
    EXPECT_EQ(allow.service, "s");
    EXPECT_EQ(allow.argument, "x-y.z");
    EXPECT_EQ(allow.redirect->text(), "c");
    EXPECT_EQ(allow.user, "root");
    EXPECT_TRUE(allow.notify);
    EXPECT_FALSE(allow.autostart);
    EXPECT_EQ(allow.text, "s +x-y.z a b allow target=c user=root notify=yes autostart=no");
    EXPECT_EQ(allow.place(), "f:1");
    PolicyRule const ask = rule("* * * @default ask default_target=@dispvm target=@dispvm:x user=u "
                                "notify=no autostart=yes");
    EXPECT_TRUE(ask.service.empty());
    EXPECT_EQ(ask.argument, std::nullopt);
    EXPECT_EQ(ask.default_target->text(), "@dispvm");
    EXPECT_EQ(ask.redirect->text(), "@dispvm:x");
    EXPECT_EQ(rule("s + a b deny").argument, "");
}

TEST(PolicyFile, passes_over_comments_and_blank_lines)
{
    auto const rules = parse_policy("# one\n\n \t \n  # two\ns * a b deny\n", "f");
    ASSERT_TRUE(rules);
    ASSERT_EQ(rules->size(), 1U);
    EXPECT_EQ((*rules)[0].line, 5);
    EXPECT_TRUE(parse_policy("", "f")->empty());
}

struct Mistake {
    char const* line;
    char const* why;
};

class EachMistake : public testing::TestWithParam<Mistake> {};
TEST_P(EachMistake, is_named_with_file_and_line)
{
    EXPECT_EQ(error_of("# first\n" + std::string(GetParam().line)),
              "f:2: " + std::string(GetParam().why));
}
INSTANTIATE_TEST_SUITE_P(
    PolicyLine, EachMistake,
    testing::Values(
        Mistake{"s * a b", "a rule is: service argument source target action"},
        Mistake{"s", "a rule is: service argument source target action"},
        Mistake{"s * a b permit", "'permit' is no action: allow, ask or deny"},
        Mistake{"s * a b Allow", "'Allow' is no action: allow, ask or deny"},
        Mistake{"s+x * a b deny", "'s+x' is no service: its argument is the next word"},
        Mistake{"s/x * a b deny", "'s/x' is no service"},
        Mistake{"s x a b deny", "'x' is no argument: *, + or +TEXT"},
        Mistake{"s +x* a b deny", "'+x*' is no argument: *, + or +TEXT"},
        Mistake{"* + a b deny", "with the service * the argument is * too"},
        Mistake{"s * @default b deny", "'@default': this cannot be a source"},
        Mistake{"s * @dispvm b deny", "'@dispvm': this cannot be a source"},
        Mistake{"s * a @nobody deny", "'@nobody': there is no such keyword"},
        Mistake{"s * a 2b deny", "'2b': not the name of a qube"},
        Mistake{"s * a $anyvm deny", "'$anyvm': not the name of a qube"},
        Mistake{"s * a b allow # why", "'#' is no KEY=VALUE; a comment has a line of its own"},
        Mistake{"s * a b allow target",
                "'target' is no KEY=VALUE; a comment has a line of its own"},
        Mistake{"s * a b allow target=", "target=: not the name of a qube"},
        Mistake{"s * a b allow target=@anyvm", "target=@anyvm: this cannot be a target="},
        Mistake{"s * a b allow target=@default", "target=@default: this cannot be a target="},
        Mistake{"s * a b allow default_target=c", "allow takes no parameter 'default_target'"},
        Mistake{"s * a b deny target=c", "deny takes no parameter 'target'"},
        Mistake{"s * a b deny user=c", "deny takes no parameter 'user'"},
        Mistake{"s * a b deny autostart=no", "deny takes no parameter 'autostart'"},
        Mistake{"s * a b allow color=red", "allow takes no parameter 'color'"},
        Mistake{"s * a b allow user=a user=a", "the parameter 'user' again"},
        Mistake{"s * a b allow user=", "'' is no user"},
        Mistake{"s * a b allow user=a;b", "'a;b' is no user"},
        Mistake{"s * a b allow notify=true", "yes or no is needed, not 'true'"},
        Mistake{"s * a b allow autostart=1", "yes or no is needed, not '1'"},
        Mistake{"s * a @default allow", "allow with the target @default needs target="},
        Mistake{"!include", "!include takes 1 parameter"},
        Mistake{"!include a b", "!include takes 1 parameter"},
        Mistake{"!include-service s", "!include-service takes 3 parameters"},
        Mistake{"!other x", "'!other' is no directive"},
        Mistake{"!compat-4.0", "!compat-4.0: policy of the format of 4.0 is not read; write its "
                               "rules as lines of the format 5.0"},
        Mistake{"s * a b deny\r", "'deny\r' is no action: allow, ask or deny"}),
    [](auto const& one) { return std::to_string(one.index); });

/// A file system of a test.
struct Tree {
    std::map<std::string, std::map<std::string, std::string>> folders;

    [[nodiscard]] PolicyFiles files() const
    {
        return {.list = [this](std::string const& folder) -> Result<std::vector<std::string>> {
                    std::vector<std::string> names;
                    if (auto const found = folders.find(folder); found != folders.end())
                        for (auto const& [name, text] : found->second)
                            names.insert(names.begin(), name); // not in order
                    return names;
                },
                .read = [this](std::string const& path) -> Result<std::string> {
                    auto const slash = path.rfind('/');
                    if (auto const folder = folders.find(path.substr(0, slash));
                        folder != folders.end())
                        if (auto const file = folder->second.find(path.substr(slash + 1));
                            file != folder->second.end())
                            return file->second;
                    return std::unexpected(Error{ENOENT, "reading " + path});
                }};
    }
};

/// The lines of a policy, each with its place; problems as they are.
std::vector<std::string> lines_of(Policy const& policy)
{
    std::vector<std::string> lines;
    for (PolicyRule const& one : policy.rules)
        lines.push_back(one.problem.empty() ? one.place() + " " + one.text : one.problem);
    return lines;
}
using Lines = std::vector<std::string>;

TEST(Policy, is_read_in_the_order_of_file_names_the_first_folders_first)
{
    Tree const tree{{{"/run", {{"50-b.policy", "r * a b deny"}}},
                     {"/etc",
                      {{"90-d.policy", "d * a b deny"},
                       {"50-b.policy", "e * a b deny"},
                       {"30-user.policy", "u * a b deny"},
                       {".hidden.policy", "h * a b deny"},
                       {"README", "not policy"},
                       {"60-x.policy.rpmsave", "not policy"}}}}};
    EXPECT_EQ(lines_of(load_policy(tree.files(), {"/run", "/etc", "/nowhere"})),
              (Lines{"/etc/30-user.policy:1 u * a b deny", "/run/50-b.policy:1 r * a b deny",
                     "/etc/90-d.policy:1 d * a b deny"}));
}

TEST(Policy, includes_files_folders_and_services)
{
    Tree const tree{
        {{"/p",
          {{"a.policy",
            "!include i/one\n!include-dir i\n!include-service s +x i/old\nz * a b deny"}}},
         {"/p/i",
          {{"one", "one * a b deny\n!include i/two"},
           {"two", "two * a b deny"},
           {"b.policy", "b * a b deny"},
           {"a.policy", "a * a b deny"},
           {"old", "$anyvm $anyvm ask,target=work\n$include:i/older\n"},
           {"older", "# comment\nwork\t@dispvm allow"}}}}};
    EXPECT_EQ(lines_of(load_policy(tree.files(), {"/p"})),
              (Lines{"/p/i/one:1 one * a b deny", "/p/i/two:1 two * a b deny",
                     "/p/i/a.policy:1 a * a b deny", "/p/i/b.policy:1 b * a b deny",
                     "/p/i/old:1 s +x @anyvm @anyvm ask target=work",
                     "/p/i/older:2 s +x work @dispvm allow", "/p/a.policy:4 z * a b deny"}));
}

TEST(Policy, that_is_wrong_denies_in_the_place_of_its_file_and_names_the_line)
{
    Tree const tree{{{"/p",
                      {{"10-a.policy", "a * a b deny"},
                       {"20-b.policy", "b * a b deny\nmistake\n"},
                       {"30-c.policy", "c * a b deny"},
                       {"40-d.policy", "!include i"},
                       {"50-e.policy", "!include missing"},
                       {"60-f.policy", "!include 60-f.policy"},
                       {"70-g.policy", "!include-service s + 10-a.policy"},
                       {"i", "\n\nmistake"}}}}};
    Policy const policy = load_policy(tree.files(), {"/p"});
    EXPECT_EQ(lines_of(policy),
              (Lines{"/p/10-a.policy:1 a * a b deny",
                     "/p/20-b.policy:2: a rule is: service argument source target action",
                     "/p/30-c.policy:1 c * a b deny",
                     "/p/i:3: a rule is: service argument source target action",
                     "/p/50-e.policy:1: reading /p/missing: No such file or directory",
                     "/p/60-f.policy:1: included too deeply: does it include itself?",
                     "/p/10-a.policy:1: 'a' is no action: allow, ask or deny"}));
    EXPECT_EQ(policy.problems().size(), 5U);
}

TEST(Policy, with_a_badly_named_file_denies_everything_first)
{
    Tree const tree{{{"/p", {{"10-a.policy", "a * a b deny"}, {"20-B.policy", ""}}},
                     {"/q", {{"05-q.policy", "q * a b deny"}}}}};
    Lines const lines = lines_of(load_policy(tree.files(), {"/p", "/q"}));
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0], "/p: the file name '20-B.policy' has other characters than a-z 0-9 _ . -");
    EXPECT_EQ(lines[1], "/q/05-q.policy:1 q * a b deny");
}

} // namespace
} // namespace vitrail::qrexec
