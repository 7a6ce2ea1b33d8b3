#include "agents/gui/launcher.hpp"

#include <gtest/gtest.h>

namespace vitrail::agent {
namespace {

TEST(LauncherLine, an_array_of_strings_is_a_command)
{
    auto const argv = parse_command(R"(["foot", "-e", "vi a \"b\""])");
    ASSERT_TRUE(argv);
    EXPECT_EQ(*argv, (std::vector<std::string>{"foot", "-e", "vi a \"b\""}));
}

TEST(LauncherLine, anything_else_is_refused)
{
    for (char const* const line : {"", "foot", "[]", "[1]", R"(["foot", null])", R"({"a": "b"})",
                                   R"(["foot")", R"(["a\u0000b"])"})
        EXPECT_FALSE(parse_command(line)) << line;
}

} // namespace
} // namespace vitrail::agent
