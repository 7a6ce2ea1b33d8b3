#include "lib/base/text.hpp"
#include "lib/base/utf8.hpp"
#include "tests/unit/base/text_rule.hpp"

#include <gtest/gtest.h>

namespace vitrail {
namespace {

std::string shown(std::string_view bytes)
{
    return display_text(UntrustedText(std::string(bytes)));
}

TEST(DisplayText, keeps_and_replaces_each_code_point_as_unicode_classifies_it)
{
    for (std::uint32_t point = 0; point <= 0x10ffff; ++point) {
        if (point == ' ' || point == '\t' || point == '\n' || point == '\r')
            continue;
        bool const kept = !text_rule::refused(static_cast<UChar32>(point));
        ASSERT_EQ(may_display(point), kept) << std::hex << point;
    }
}

TEST(DisplayText, makes_spaces_of_line_breaks)
{
    EXPECT_EQ(shown("one\ntwo\tthree"), "one two three");
}

TEST(DisplayText, shows_a_sign_for_every_byte_that_is_no_utf8)
{
    for (std::string_view const bad :
         {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x80"})
        EXPECT_TRUE(shown(bad).starts_with("\xef\xbf\xbd")) << bad.size();
}

TEST(DisplayText, leaves_nothing_that_changes_the_direction)
{
    EXPECT_EQ(shown("\xe2\x80\xae"
                    "abc")
                  .find("\xe2\x80\xae"),
              std::string::npos);
    EXPECT_EQ(shown("\xe2\x81\xa7"
                    "abc")
                  .find("\xe2\x81\xa7"),
              std::string::npos);
}

TEST(DisplayText, has_an_end_however_long_the_input)
{
    EXPECT_LE(shown(std::string(1 << 20, 'w')).size(), 4 * max_display_points);
}

TEST(DisplayText, stacks_no_more_than_a_few_marks)
{
    std::string many = "a";
    for (int i = 0; i < 100; ++i)
        many += "\xcc\x80";
    EXPECT_LE(shown(many).size(), 1 + 2 * max_combining_marks + 3 * max_display_points);
    EXPECT_LT(shown(many).size(), many.size());
}

TEST(AsciiText, is_the_originals_form)
{
    EXPECT_EQ(ascii_text(UntrustedText("plain ~")), "plain ~");
    EXPECT_EQ(ascii_text(UntrustedText("\xc3\xa9\x07")), "___");
    EXPECT_EQ(ascii_text(UntrustedText("long text\xe2\x80\xa6")), "long text...");
}

TEST(EscapeForLog, gives_one_printable_line)
{
    EXPECT_EQ(escape_for_log("a\nb\x1b[31m\"\\").find('\n'), std::string::npos);
    EXPECT_EQ(escape_for_log("a\x01"), "a\\x01");
    EXPECT_LE(escape_for_log(std::string(10000, 'x')).size(), 300U);
}

TEST(Utf8, refuses_overlong_forms_surrogates_and_what_is_beyond_unicode)
{
    EXPECT_TRUE(is_utf8("\xe2\x82\xac"));
    for (std::string_view const bad :
         {"\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xed\xbf\xbf",
          "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\x80", "\xfe", "\xe2\x82"})
        EXPECT_FALSE(is_utf8(bad));
}

} // namespace
} // namespace vitrail
