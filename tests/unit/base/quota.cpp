#include "lib/base/quota.hpp"

#include <gtest/gtest.h>

namespace vitrail {
namespace {

using std::chrono::milliseconds;

constexpr Quota::TimePoint start{std::chrono::hours(1)};

int taken(Quota& quota, Quota::TimePoint now, int tries)
{
    int count = 0;
    for (int i = 0; i < tries; ++i)
        count += quota.take(now) ? 1 : 0;
    return count;
}

TEST(Quota, lets_a_burst_through_and_then_one_at_a_time)
{
    Quota quota(3, milliseconds(100));
    EXPECT_EQ(taken(quota, start, 10'000), 3);
    EXPECT_EQ(taken(quota, start + milliseconds(99), 5), 0);
    EXPECT_EQ(taken(quota, start + milliseconds(100), 5), 1);
    EXPECT_EQ(taken(quota, start + milliseconds(350), 5), 2);
}

TEST(Quota, forgets_what_is_long_ago_but_saves_up_no_more_than_a_burst)
{
    Quota quota(3, milliseconds(100));
    EXPECT_EQ(taken(quota, start, 5), 3);
    EXPECT_EQ(taken(quota, start + std::chrono::hours(24), 10), 3);
}

} // namespace
} // namespace vitrail
