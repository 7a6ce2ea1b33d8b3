// The phrase that no qube knows.

#include "tools/prompt/sign.hpp"
#include "tests/support/folder.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <set>

namespace vitrail::prompt {
namespace {

TEST(PromptSign, is_made_once_for_the_user_alone_and_stays)
{
    test::Folder const folder;
    auto const first = load_sign(folder / "vitrail/sign");
    ASSERT_TRUE(first) << first.error().message();
    EXPECT_FALSE(first->empty());
    struct stat status{};
    ASSERT_EQ(stat((folder / "vitrail/sign").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    EXPECT_EQ(load_sign(folder / "vitrail/sign").value_or(""), *first);
}

TEST(PromptSign, may_be_the_users_own_words)
{
    test::Folder const folder;
    std::ofstream(folder / "sign") << "my cat is called Tom\nand more\n";
    EXPECT_EQ(load_sign(folder / "sign").value_or(""), "my cat is called Tom");
    std::ofstream(folder / "sign") << std::string(1000, 'a');
    EXPECT_EQ(load_sign(folder / "sign").value_or(""), std::string(40, 'a'));
}

TEST(PromptSign, an_empty_file_gets_a_new_one)
{
    test::Folder const folder;
    std::ofstream(folder / "sign") << "\n";
    EXPECT_FALSE(load_sign(folder / "sign").value_or("").empty());
}

TEST(PromptSign, a_file_that_cannot_be_is_named)
{
    auto const sign = load_sign("/proc/no/sign");
    ASSERT_FALSE(sign);
    EXPECT_TRUE(sign.error().message().contains("/proc/no/sign")) << sign.error().message();
}

TEST(PromptSign, differs_by_what_is_random)
{
    std::set<std::string> seen;
    std::uint64_t random = 1;
    for (int i = 0; i < 1000; ++i)
        seen.insert(sign_of(random = random * 6364136223846793005U + 1442695040888963407U));
    EXPECT_GT(seen.size(), 990U);
}

} // namespace
} // namespace vitrail::prompt
