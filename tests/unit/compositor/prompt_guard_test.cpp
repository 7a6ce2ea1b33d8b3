#include "compositor/prompt_guard.hpp"

#include <gtest/gtest.h>

namespace vitrail::compositor {
namespace {

TEST(PromptGuard, takes_nothing_for_half_a_second)
{
    PromptGuard guard;
    guard.show(1000, {});
    EXPECT_FALSE(guard.ready(1000));
    EXPECT_FALSE(guard.ready(1499));
    EXPECT_TRUE(guard.ready(1500));
}

TEST(PromptGuard, what_moves_beside_it_begins_the_half_second_anew)
{
    PromptGuard guard;
    guard.show(1000, {});
    guard.disturb(1400);
    EXPECT_FALSE(guard.ready(1899));
    EXPECT_TRUE(guard.ready(1900));
}

TEST(PromptGuard, a_key_that_was_held_is_taken_after_it_was_released_once)
{
    PromptGuard guard;
    guard.show(0, {28, 57});
    EXPECT_FALSE(guard.take_key(28, 900));
    guard.key_released(28);
    EXPECT_TRUE(guard.take_key(28, 901));
    EXPECT_FALSE(guard.take_key(57, 902));
}

TEST(PromptGuard, a_key_pressed_too_early_counts_as_held)
{
    PromptGuard guard;
    guard.show(0, {});
    EXPECT_FALSE(guard.take_key(28, 100));
    EXPECT_FALSE(guard.take_key(28, 900));
    guard.key_released(28);
    EXPECT_TRUE(guard.take_key(28, 901));
}

} // namespace
} // namespace vitrail::compositor
