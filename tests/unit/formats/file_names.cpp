#include "lib/formats/file_name.hpp"
#include "tests/unit/formats/file_name_rule.hpp"

#include <gtest/gtest.h>

#include <string>

using namespace vitrail::formats;

TEST(FileName, table_says_of_every_code_point_what_unicodes_data_says)
{
    for (UChar32 point = 0x80; point < 0x110000; ++point)
        ASSERT_EQ(may_stand_in_name(static_cast<std::uint32_t>(point)),
                  vitrail::file_name_rule::may_stand(point))
            << std::hex << point;
}

TEST(FileName, holds_printable_ascii_and_letters_that_do_not_change_direction)
{
    for (char const* const good :
         {"a", " ", "~", "report (1).pdf", "\xc3\xa9t\xc3\xa9", "\xd0\x96", "\xe6\x96\x87"})
        EXPECT_TRUE(has_safe_characters(good)) << good;
    for (char const* const bad : {
             "\n", "\x1b[31m", "\x7f", "\xff", "\xc3", "\xed\xa0\x80", // controls, no UTF-8
             "\xe2\x80\xae",                                           // right-to-left override
             "\xe2\x80\x8b",                                           // zero width
             "\xd7\x90",     // a letter of a script written right to left
             "\xc2\xa0",     // a separator
             "\xcc\x81",     // a mark
             "\xee\x80\x80", // private use
         })
        EXPECT_FALSE(has_safe_characters(bad)) << bad;
}

TEST(Path, is_relative_and_has_no_empty_or_dotted_component)
{
    for (char const* const good : {"a", "a/b", "...", "a/..b", ".a", "a./b"})
        EXPECT_TRUE(is_canonical_path(good)) << good;
    for (char const* const bad :
         {"", "/", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "a/./b", "a/../b", "./a"})
        EXPECT_FALSE(is_canonical_path(bad)) << bad;
    EXPECT_FALSE(is_canonical_path(std::string_view("a\0b", 3)));
    EXPECT_TRUE(is_canonical_path(std::string(max_path_bytes, 'a')));
    EXPECT_FALSE(is_canonical_path(std::string(max_path_bytes + 1, 'a')));
}

TEST(Link, stays_within_the_topmost_folder_it_was_copied_with)
{
    struct Row {
        char const* path;
        char const* target;
        bool good;
    };
    for (Row const& row : {
             Row{"d/l", "x", true},
             Row{"d/l", "x/y", true},
             Row{"d/l", "./x//y/", true},
             Row{"d/e/l", "../x", true},
             Row{"d/e/f/l", "../../x", true},
             Row{"d/e/l", "..", true},
             Row{"d/e/l", ".././x", true},
             Row{"l", "x", false},
             Row{"d/l", "..", false},
             Row{"d/l", "../x", false},
             Row{"d/e/l", "../../x", false},
             Row{"d/e/l", "x/../y", false},
             Row{"d/e/l", "../x/..", false},
             Row{"d/l", "/etc/passwd", false},
             Row{"d/l", "", false},
             Row{"d/e/l", "./../../x", false},
         })
        EXPECT_EQ(stays_inside(row.path, row.target), row.good) << row.path << " -> " << row.target;
    EXPECT_FALSE(stays_inside("d/l", std::string_view("a\0b", 3)));
}
