#include "launcher/uses.hpp"

#include <gtest/gtest.h>

namespace vitrail::launcher {
namespace {

constexpr std::int64_t day = 24 * 3600;

TEST(Uses, make_a_thing_likelier_the_more_and_the_later_they_were)
{
    Uses uses;
    EXPECT_EQ(uses.boost("work foot", 0), 1);
    uses.note("work foot", 0);
    float const once = uses.boost("work foot", 0);
    EXPECT_GT(once, 1);
    EXPECT_LT(uses.boost("work foot", 30 * day), once);
    uses.note("work foot", day);
    EXPECT_GT(uses.boost("work foot", day), once);
    for (int i = 0; i < 1000; ++i)
        uses.note("work foot", day);
    EXPECT_LE(uses.boost("work foot", day), 1.6F);
}

TEST(Uses, come_back_as_they_were_kept)
{
    Uses uses;
    uses.note("work foot", 5);
    uses.note("work foot", 5 + day);
    uses.note("vault =terminal", 7);
    EXPECT_EQ(Uses::parse(uses.text()), uses);
    uses.forget_all();
    EXPECT_EQ(Uses::parse(uses.text()), uses);
}

TEST(Uses, survive_a_file_that_somebody_broke)
{
    for (char const* const broken :
         {"", "x", "\t\t", "a\t1", "a\tx\t1\n", "a\t1\tx", "a\t-1\t1\n", "a\tnan\t1\n",
          "a\tinf\t1\n", "a\t1e300\t1\n", "\t1\t1\n", "\xff\xfe\t"})
        EXPECT_EQ(Uses::parse(broken).size(), 0U) << broken;
    EXPECT_EQ(Uses::parse("rubbish\na b\t1.5\t10\nx\t").size(), 1U);
}

TEST(Uses, keep_the_most_used_of_very_many)
{
    Uses uses;
    for (int i = 0; i < 5; ++i)
        uses.note("favourite", 0);
    for (std::size_t i = 0; i < 3 * Uses::most; ++i)
        uses.note("once " + std::to_string(i), static_cast<std::int64_t>(i));
    EXPECT_EQ(uses.size(), Uses::most);
    EXPECT_GT(uses.boost("favourite", 0), 1);
    EXPECT_GT(uses.boost("once " + std::to_string(3 * Uses::most - 1), 3 * Uses::most), 1);
    uses.note("a\nb", 0);
    uses.note("", 0);
    EXPECT_EQ(uses.size(), Uses::most);
}

} // namespace
} // namespace vitrail::launcher
