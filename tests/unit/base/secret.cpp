#include "lib/base/secret.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

namespace vitrail::test {
namespace {

std::span<std::byte const> bytes_of(std::string_view text)
{
    return std::as_bytes(std::span(text));
}

TEST(Secret, takes_exactly_as_much_as_it_has_room_for)
{
    Secret secret(5);
    EXPECT_TRUE(secret.append(bytes_of("abc")));
    EXPECT_FALSE(secret.append(bytes_of("def")));
    EXPECT_EQ(secret.size(), 3U);
    EXPECT_TRUE(secret.append(bytes_of("de")));
    EXPECT_TRUE(secret.append({}));
    EXPECT_FALSE(secret.append(bytes_of("f")));
    EXPECT_TRUE(std::ranges::equal(secret.bytes(), bytes_of("abcde")));
}

TEST(Secret, moves_without_a_copy_and_overwrites_what_it_lets_go)
{
    Secret first(8);
    ASSERT_TRUE(first.append(bytes_of("password")));
    std::byte const* const where = first.bytes().data();
    Secret second = std::move(first);
    EXPECT_EQ(second.bytes().data(), where);
    EXPECT_EQ(second.size(), 8U);
    second.clear(); // its memory is still its own: it can be looked at
    EXPECT_EQ(second.size(), 0U);
    for (std::size_t i = 0; i < 8; ++i)
        EXPECT_EQ(where[i], std::byte{0});
    EXPECT_TRUE(second.append(bytes_of("again")));
}

TEST(Secret, one_without_room_holds_nothing)
{
    Secret none;
    EXPECT_TRUE(none.append({}));
    EXPECT_FALSE(none.append(bytes_of("x")));
}

} // namespace
} // namespace vitrail::test
