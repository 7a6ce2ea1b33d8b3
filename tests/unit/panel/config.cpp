#include "panel/config.hpp"

#include <gtest/gtest.h>

namespace vitrail::panel {
namespace {

std::string why_not(std::string_view text)
{
    auto const config = parse_config(text, "vitrail.toml");
    return config ? "it is taken" : config.error().message();
}

TEST(PanelConfig, a_file_without_the_table_gives_the_defaults)
{
    auto const config = parse_config("theme = \"dark\"\n[keyboard]\nlayout = \"de\"\n", "x");
    ASSERT_TRUE(config);
    EXPECT_EQ(*config, Config{});
}

TEST(PanelConfig, every_key_is_read)
{
    auto const config =
        parse_config("[panel]\nenabled = false\nedge = \"top\"\nautohide = true\n"
                     "output = \"DP-1\"\nstart = [\"clock\"]\nmiddle = []\n"
                     "end = [\"qubes\", \"notifications\"]\nnotifications = \"bottom-left\"\n"
                     "clock = \"%H:%M\"\n"
                     "terminal = \"xterm\"\n",
                     "x");
    ASSERT_TRUE(config) << config.error().message();
    EXPECT_EQ(*config, (Config{.enabled = false,
                               .edge = Edge::top,
                               .autohide = true,
                               .output = "DP-1",
                               .start = {Part::clock},
                               .middle = {},
                               .end = {Part::qubes, Part::notifications},
                               .notifications = Corner::bottom_left,
                               .clock_format = "%H:%M",
                               .terminal = "xterm"}));
}

TEST(PanelConfig, a_mistake_is_named_with_its_line_and_what_is_allowed)
{
    EXPECT_EQ(why_not("[panel]\nedge = \"left\"\n"),
              "vitrail.toml:2: edge wants one of \"top\", \"bottom\"");
    EXPECT_EQ(why_not("[panel]\nnotifications = true\n"),
              "vitrail.toml:2: notifications wants one of \"top-right\", \"top-left\", "
              "\"bottom-right\", \"bottom-left\", \"off\"");
    EXPECT_EQ(why_not("[panel]\nautohide = 1\n"), "vitrail.toml:2: autohide wants true or false");
    EXPECT_EQ(why_not("[panel]\nheight = 40\n"), "vitrail.toml:2: unknown key \"height\"");
    EXPECT_EQ(why_not("panel = 3\n"), "vitrail.toml:1: panel is a table: [panel]");
    EXPECT_TRUE(why_not("[panel]\nstart = [\"clok\"]\n")
                    .starts_with("vitrail.toml:2: start wants a list of: \"launcher\", "));
    EXPECT_TRUE(why_not("[panel]\nstart = \"clock\"\n").contains("start wants a list of"));
    EXPECT_EQ(why_not("[panel]\nstart = [\"clock\"]\n"),
              "vitrail.toml:1: \"clock\" stands twice in start, middle and end");
}

} // namespace
} // namespace vitrail::panel
