#include "compositor/clipboard_words.hpp"

#include <gtest/gtest.h>

#include <set>

namespace vitrail::compositor {
namespace {

using transport::ClipboardNoticeKind;
using Beside = ClipboardWords::Beside;

transport::ClipboardNotice notice(ClipboardNoticeKind kind)
{
    return {.kind = kind,
            .type = transport::ClipboardType::text,
            .bytes = 12345,
            .limit = 64000,
            .source = 1,
            .target = 2,
            .source_name = transport::name_field("work"),
            .target_name = transport::name_field("personal")};
}

TEST(ClipboardWords, what_was_copied_is_said_beside_its_qube_with_size_and_type)
{
    auto const words = words_for(notice(ClipboardNoticeKind::copied));
    EXPECT_EQ(words.beside, Beside::source);
    EXPECT_TRUE(words.text.contains("12,345 bytes of text")) << words.text;
}

TEST(ClipboardWords, the_target_is_named_by_its_badge_and_the_source_in_words)
{
    auto const words = words_for(notice(ClipboardNoticeKind::naming));
    EXPECT_EQ(words.beside, Beside::target);
    EXPECT_EQ(words.text, "gets 12,345 bytes of text from work. Escape cancels.");
}

TEST(ClipboardWords, a_picture_is_said_by_its_size_on_the_screen)
{
    auto picture = notice(ClipboardNoticeKind::naming);
    picture.type = transport::ClipboardType::image;
    picture.width = 640;
    picture.height = 480;
    EXPECT_EQ(words_for(picture).text, "gets an image of 640 × 480 from work. Escape cancels.");
    picture.kind = ClipboardNoticeKind::copied;
    EXPECT_EQ(words_for(picture).text, "was copied from: an image of 640 × 480. The paste chord "
                                       "gives it to another qube.");
    EXPECT_EQ(words_for(notice(ClipboardNoticeKind::bad_image)).beside, Beside::source);
    EXPECT_EQ(words_for(notice(ClipboardNoticeKind::no_images)).beside, Beside::target);
}

TEST(ClipboardWords, files_are_said_as_that_and_by_no_name)
{
    auto files = notice(ClipboardNoticeKind::naming);
    files.type = transport::ClipboardType::files;
    EXPECT_EQ(words_for(files).text, "gets files from work. Escape cancels.");
    files.kind = ClipboardNoticeKind::given;
    EXPECT_EQ(words_for(files).text, "gets the files of work, in its folder QubesIncoming.");
    files.kind = ClipboardNoticeKind::files_failed;
    EXPECT_EQ(words_for(files).beside, Beside::source);
    EXPECT_EQ(words_for(files).text, "could not send all of its files to personal.");
}

TEST(ClipboardWords, empty_too_large_denied_and_expired_each_say_their_own)
{
    using enum ClipboardNoticeKind;
    std::set<std::string> texts;
    for (auto const kind : {nothing_to_copy, copy_too_large, nothing_to_paste, expired, denied,
                            paste_too_large, copy_unfocused, paste_unfocused, same_qube, no_answer})
        texts.insert(words_for(notice(kind)).text);
    EXPECT_EQ(texts.size(), 10U);
    EXPECT_FALSE(texts.contains(""));
    EXPECT_TRUE(words_for(notice(copy_too_large)).text.contains("64,000 bytes"));
    EXPECT_TRUE(words_for(notice(denied)).text.contains("denied by policy"));
}

TEST(ClipboardWords, asking_and_the_silent_end_of_the_time_show_nothing)
{
    EXPECT_EQ(words_for(notice(ClipboardNoticeKind::asking)).beside, Beside::nothing);
    EXPECT_EQ(words_for(notice(ClipboardNoticeKind::wiped)).beside, Beside::nothing);
}

TEST(ClipboardWords, every_kind_has_a_name_of_its_own)
{
    std::set<std::string_view> names;
    for (std::uint32_t kind = 1; kind <= 22; ++kind)
        names.insert(event_name(ClipboardNoticeKind{kind}));
    EXPECT_EQ(names.size(), 22U);
    EXPECT_FALSE(names.contains("?"));
}

TEST(ClipboardWords, one_byte_is_one_byte)
{
    auto one = notice(ClipboardNoticeKind::given);
    one.bytes = 1;
    EXPECT_TRUE(words_for(one).text.contains("1 byte of")) << words_for(one).text;
}

} // namespace
} // namespace vitrail::compositor
