// What a daemon and the policy process say to each other. Source: fact sheet qrexec §18.

#include "lib/qrexec/policy_wire.hpp"

#include <gtest/gtest.h>

namespace vitrail::qrexec {
namespace {

PolicyQuestion question()
{
    return {.call = {"work", "vault", *parse_service("a.B+c"), ""}};
}

TEST(Question, is_read_as_it_was_written)
{
    PolicyQuestion full = question();
    full.call.on_behalf = "far";
    full.assumes_yes = true;
    full.just_evaluates = true;
    for (PolicyQuestion const& one : {question(), full}) {
        auto const again = parse_question(build_question(one));
        ASSERT_TRUE(again);
        EXPECT_EQ(build_question(*again), build_question(one));
    }
    EXPECT_EQ(build_question(question()),
              "source=work\nintended_target=vault\nservice_and_arg=a.B+c\n\n");
}

TEST(Question, with_an_unknown_missing_or_repeated_key_has_no_answer)
{
    std::string const good = build_question(question());
    EXPECT_TRUE(parse_question(good));
    for (std::string const& bad :
         {std::string(), std::string("\n"), good.substr(0, good.size() - 1), "source=work\n" + good,
          "other=x\n" + good, "no sign\n" + good, "assume_yes_for_ask=true\n" + good,
          "just_evaluate=1\n" + good, std::string("source=work\nintended_target=vault\n\n"),
          std::string("source=work\nintended_target=vault\nservice_and_arg=+c\n\n"),
          "requested_source=a" + std::string(1, '\0') + "\n" + good})
        EXPECT_FALSE(parse_question(bad)) << bad;
}

Decision allowed()
{
    Decision decision;
    decision.outcome = Allow{.target = "disp",
                             .target_uuid = "U",
                             .disposable = true,
                             .user = "DEFAULT",
                             .notify = false,
                             .autostart = true,
                             .relayed_service = "x.Y+z"};
    decision.source = "far";
    return decision;
}

TEST(Answer, is_read_as_it_was_written)
{
    auto const answer = parse_answer_text(build_answer(allowed(), question()));
    ASSERT_TRUE(answer);
    EXPECT_EQ(*answer, (PolicyAnswer{.allowed = true,
                                     .user = "DEFAULT",
                                     .target = "@dispvm:disp",
                                     .target_uuid = "@dispvm:uuid:U",
                                     .autostart = true,
                                     .requested_target = "vault",
                                     .service = "x.Y+z",
                                     .policy_source = "far"}));
    Decision denied;
    EXPECT_EQ(build_answer(denied, question()), "result=deny\n");
    EXPECT_EQ(parse_answer_text("result=deny\n"), PolicyAnswer{});
}

TEST(Answer, that_only_evaluates_says_no_more_than_allow_or_deny)
{
    PolicyQuestion asks = question();
    asks.just_evaluates = true;
    Decision prompt;
    prompt.outcome = Ask{};
    EXPECT_EQ(build_answer(allowed(), asks), "result=allow\n");
    EXPECT_EQ(build_answer(prompt, asks), "result=deny\n");
    asks.assumes_yes = true;
    EXPECT_EQ(build_answer(prompt, asks), "result=allow\n");
    EXPECT_EQ(build_answer(Decision{}, asks), "result=deny\n");
}

TEST(Answer, that_is_not_whole_is_none)
{
    std::string const good = build_answer(allowed(), question());
    EXPECT_TRUE(parse_answer_text(good));
    EXPECT_TRUE(parse_answer_text("later=key\n" + good));
    for (std::string const& bad :
         {std::string(), std::string("result=allow\n"), std::string("result=maybe\n"),
          std::string("user=x\n"), "result=deny\n" + good, std::string("result=deny\nuser=x\n"),
          std::string("result=deny\nresult=deny\n"), good + "x\n",
          std::string("user=u\nresult=allow\ntarget=t\nrequested_target=r\nautostart=yes\n"),
          std::string("user=u\nresult=allow\ntarget=t\nautostart=True\n"),
          good + "y=" + std::string(1, '\0') + "\n", good + "y=" + std::string(5000, 'y')})
        EXPECT_FALSE(parse_answer_text(bad)) << bad;
}

} // namespace
} // namespace vitrail::qrexec
