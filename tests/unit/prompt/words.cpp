// What is said of a call, in the user's words.

#include "tools/prompt/words.hpp"

#include <gtest/gtest.h>

namespace vitrail::prompt {
namespace {

TEST(PromptWords, known_services_are_said_in_words_and_others_by_their_name)
{
    EXPECT_EQ(wish("qubes.Filecopy"), "wants to send files to another qube");
    EXPECT_EQ(wish("my.Service"), "wants to use a service of another qube");
    EXPECT_EQ(operation("my.Service", ""), "my.Service");
    EXPECT_EQ(operation("my.Service", "a+b"), "my.Service+a+b");
}

TEST(PromptWords, a_new_disposable_is_said_to_be_one)
{
    EXPECT_EQ(target_name("personal"), "personal");
    EXPECT_EQ(target_name("@dispvm:default-dvm"), "New disposable (default-dvm)");
    EXPECT_EQ(target_name("@adminvm"), "dom0");
    EXPECT_EQ(consent(""), "Allow");
    EXPECT_EQ(consent("personal"), "Allow in personal");
    EXPECT_EQ(consent("@dispvm:default-dvm"), "Allow in a new disposable");
}

TEST(PromptWords, a_notice_says_what_who_and_where)
{
    Notice notice{Notice::Result::deny, "work", "qubes.Filecopy", "", "vault"};
    EXPECT_EQ(notice_title(notice), "Denied: qubes.Filecopy");
    EXPECT_EQ(notice_text(notice), "work to vault");
    notice.target = "@default";
    EXPECT_EQ(notice_text(notice), "work to no qube that it named");
    notice.target = "@dispvm";
    EXPECT_EQ(notice_text(notice), "work to a new disposable");
    notice.result = Notice::Result::allow;
    EXPECT_EQ(notice_title(notice), "Allowed: qubes.Filecopy");
}

} // namespace
} // namespace vitrail::prompt
