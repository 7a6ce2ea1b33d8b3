// What the policy process may ask and tell, and what is refused.

#include "tools/prompt/request.hpp"

#include <gtest/gtest.h>

namespace vitrail::prompt {
namespace {

std::string ask(std::string const& object)
{
    return std::string("policy.Ask dom0 name dom0") + '\0' + object;
}
std::string tell(std::string const& object)
{
    return std::string("policy.Notify dom0 name dom0") + '\0' + object;
}

constexpr char const* whole =
    R"({"source":"work","service":"qubes.Filecopy","argument":"+","targets":["@dispvm:default-dvm","dom0","personal"],"default_target":"","icons":{}})";

TEST(PromptRequest, a_question_names_who_calls_what_and_where_it_may_go)
{
    auto const request = parse_request(ask(whole));
    ASSERT_TRUE(request);
    Question const expected{.source = "work",
                            .service = "qubes.Filecopy",
                            .argument = "",
                            .targets = {"@dispvm:default-dvm", "dom0", "personal"},
                            .default_target = ""};
    EXPECT_EQ(std::get<Question>(*request), expected);
}

TEST(PromptRequest, a_default_that_is_no_target_is_none)
{
    for (auto const& [given, taken] :
         std::vector<std::pair<std::string, std::string>>{{"a", "a"}, {"b", ""}, {"", ""}}) {
        auto const request = parse_request(ask(
            R"({"source":"work","service":"s","argument":"+x","targets":["a"],"default_target":")" +
            given + "\"}"));
        ASSERT_TRUE(request) << given;
        EXPECT_EQ(std::get<Question>(*request).default_target, taken);
        EXPECT_EQ(std::get<Question>(*request).argument, "x");
    }
}

TEST(PromptRequest, a_notice_says_what_became_of_a_call)
{
    for (auto const& [word, result] :
         std::vector<std::pair<std::string, Notice::Result>>{{"allow", Notice::Result::allow},
                                                             {"deny", Notice::Result::deny},
                                                             {"fail", Notice::Result::fail}}) {
        auto const request = parse_request(tell(
            R"({"source":"work","service":"s","argument":"+","target":"@default","resolution":")" +
            word + "\"}"));
        ASSERT_TRUE(request) << word;
        EXPECT_EQ(std::get<Notice>(*request), (Notice{result, "work", "s", "", "@default"}));
    }
}

TEST(PromptRequest, what_makes_no_sense_is_refused)
{
    std::string long_list = "[";
    for (std::size_t i = 0; i <= max_targets; ++i)
        long_list += (i ? ",\"a\"" : "\"a\"");
    long_list += "]";
    auto const question = [](std::string const& source, std::string const& service,
                             std::string const& argument, std::string const& targets,
                             std::string const& chosen = "\"\"") {
        return ask("{\"source\":" + source + ",\"service\":" + service + ",\"argument\":" +
                   argument + ",\"targets\":" + targets + ",\"default_target\":" + chosen + "}");
    };
    ASSERT_TRUE(parse_request(question("\"work\"", "\"s\"", "\"+\"", "[\"a\"]")));
    for (
        std::string const& bad : {
            std::string(),
            std::string("policy.Ask dom0 name dom0"),
            std::string("policy.Ask dom0 name dom0") + '\0',
            ask("[]"),
            ask("{}"),
            ask(std::string(whole).substr(0, 60)),
            std::string("policy.Other dom0 name dom0") + '\0' + whole,
            question("1", "\"s\"", "\"+\"", "[\"a\"]"),
            question("\"\"", "\"s\"", "\"+\"", "[\"a\"]"),
            question("\"wo rk\"", "\"s\"", "\"+\"", "[\"a\"]"),
            question("\"work\\u202e\"", "\"s\"", "\"+\"", "[\"a\"]"),
            question("\"work\"", "\"s s\"", "\"+\"", "[\"a\"]"),
            question("\"work\"", "\"s\"", "\"+<b>\"", "[\"a\"]"),
            question("\"work\"", "\"s\"", "\"+\"", "\"a\""),
            question("\"work\"", "\"s\"", "\"+\"", "[]"),
            question("\"work\"", "\"s\"", "\"+\"", "[1]"),
            question("\"work\"", "\"s\"", "\"+\"", "[\"@anyvm\"]"),
            question("\"work\"", "\"s\"", "\"+\"", "[\"@dispvm\"]"),
            question("\"work\"", "\"s\"", "\"+\"", "[\"@dispvm:\"]"),
            question("\"work\"", "\"s\"", "\"+\"", "[\"a\"]", "null"),
            question("\"work\"", "\"s\"", "\"+\"", long_list),
            question("\"work\"", "\"s\"", "\"+" + std::string(max_request, 'a') + "\"", "[\"a\"]"),
            tell(
                R"({"source":"work","service":"s","argument":"+","target":"a","resolution":"ask"})"),
            tell(
                R"({"source":"work","service":"s","argument":"+","target":"","resolution":"deny"})"),
            tell(
                R"({"source":"work","service":"s","argument":"+","target":"<b>","resolution":"deny"})"),
        })
        EXPECT_FALSE(parse_request(bad)) << bad.substr(0, 200);
}

TEST(PromptRequest, the_answer_is_a_target_or_a_no)
{
    EXPECT_EQ(build_answer("@dispvm:default-dvm"), "allow:@dispvm:default-dvm");
    EXPECT_EQ(build_answer(std::nullopt), "deny");
}

} // namespace
} // namespace vitrail::prompt
