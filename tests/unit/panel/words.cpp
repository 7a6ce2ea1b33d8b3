#include "panel/words.hpp"

#include <gtest/gtest.h>

namespace vitrail::panel {
namespace {

TEST(PanelWords, memory_is_short_enough_for_a_column)
{
    EXPECT_EQ(memory_text(0), "0 MB");
    EXPECT_EQ(memory_text(400 * 1024 + 600), "401 MB");
    EXPECT_EQ(memory_text(999 * 1024), "999 MB");
    EXPECT_EQ(memory_text(1536 * 1024), "1.5 GB");
    EXPECT_EQ(memory_text(64ULL * 1024 * 1024), "64 GB");
}

TEST(PanelWords, bytes_and_counts_agree_with_their_words)
{
    EXPECT_EQ(bytes_text(1), "1 byte");
    EXPECT_EQ(bytes_text(12), "12 bytes");
    EXPECT_EQ(bytes_text(3400), "3.4 kB");
    EXPECT_EQ(bytes_text(64000), "64 kB");
    EXPECT_EQ(bytes_text(4294967295U), "4295 MB");
    EXPECT_EQ(held_text("text", 3400, 0, 0), "3.4 kB of text");
    EXPECT_EQ(held_text("files", 0, 0, 0), "files");
    EXPECT_EQ(held_text("image", 3400, 640, 480), "an image of 640 × 480");
    EXPECT_EQ(count_text(1, "window", "windows"), "1 window");
    EXPECT_EQ(count_text(0, "window", "windows"), "0 windows");
}

TEST(PanelWords, a_layout_has_a_short_name)
{
    EXPECT_EQ(layout_code("English (US)"), "US");
    EXPECT_EQ(layout_code("English (intl., with AltGr dead keys)"), "EN");
    EXPECT_EQ(layout_code("German"), "GE");
    EXPECT_EQ(layout_code("x"), "X");
    EXPECT_EQ(layout_code(")("), ")(");
    EXPECT_EQ(layout_code(""), "");
}

TEST(PanelWords, a_long_list_of_names_is_cut)
{
    EXPECT_EQ(list_text({}), "");
    EXPECT_EQ(list_text({"a"}), "a");
    EXPECT_EQ(list_text({"a", "b"}), "a and b");
    EXPECT_EQ(list_text({"a", "b", "c", "d"}), "a, b, c and d");
    EXPECT_EQ(list_text({"a", "b", "c", "d", "e", "f"}), "a, b, c, d and 2 more");
}

} // namespace
} // namespace vitrail::panel
