#include "lib/qube/names.hpp"
#include "lib/qube/label.hpp"
#include "lib/qube/qube_class.hpp"

#include <gtest/gtest.h>

using namespace vitrail::qube;

TEST(QubeName, begins_with_a_letter_and_has_at_most_31_characters)
{
    for (char const* const good : {"a", "work", "Work-2.x_y", "abcdefghijklmnopqrstuvwxyz12345"})
        EXPECT_TRUE(is_qube_name(good)) << good;
    for (char const* const bad : {"", "1a", "-a", "_a", "a b", "a/b", "a+b", "\xc3\xa4", "a\n",
                                  "abcdefghijklmnopqrstuvwxyz123456"})
        EXPECT_FALSE(is_qube_name(bad)) << bad;
}

TEST(QubeName, is_none_of_the_reserved_ones_in_any_case)
{
    for (char const* const bad :
         {"none", "None", "default", "DEFAULT", "Domain-0", "domain-0", "work-dm"})
        EXPECT_FALSE(is_qube_name(bad)) << bad;
    EXPECT_TRUE(is_qube_name("nones"));
    EXPECT_TRUE(is_qube_name("work-dm2"));
}

TEST(Names, of_tags_features_labels_and_pools_hold_only_their_characters)
{
    EXPECT_TRUE(is_tag("created-by-dom0"));
    EXPECT_FALSE(is_tag("a.b"));
    EXPECT_FALSE(is_tag(""));
    EXPECT_TRUE(is_feature_name("service.x_y-z"));
    EXPECT_FALSE(is_feature_name("a b"));
    EXPECT_TRUE(is_feature_value(""));
    EXPECT_TRUE(is_feature_value(" ~"));
    EXPECT_FALSE(is_feature_value("\x7f"));
    EXPECT_FALSE(is_feature_value("\t"));
    EXPECT_FALSE(is_feature_value("\xc3\xa4"));
    EXPECT_TRUE(is_label_name("1a"));
    EXPECT_FALSE(is_label_name("12"));
    EXPECT_TRUE(is_pool_name("vm-pool.2"));
    EXPECT_FALSE(is_pool_name(".."));
    EXPECT_FALSE(is_revision_id("../x"));
    EXPECT_FALSE(is_revision_id(".."));
    EXPECT_FALSE(is_revision_id("17@x"));
    EXPECT_TRUE(is_revision_id("17-back"));
}

TEST(Numbers, are_decimal_without_sign_or_leading_zero_and_have_at_most_19_digits)
{
    EXPECT_EQ(parse_number("0"), 0U);
    EXPECT_EQ(parse_number("9999999999999999999"), 9999999999999999999U);
    for (char const* const bad : {"", "01", "+1", "-1", " 1", "1 ", "0x1", "10000000000000000000"})
        EXPECT_EQ(parse_number(bad), std::nullopt) << bad;
    EXPECT_EQ(parse_number_or_minus_one("-1"), -1);
    EXPECT_EQ(parse_number_or_minus_one("-2"), std::nullopt);
    EXPECT_EQ(parse_number_or_minus_one("9999999999999999999"), std::nullopt);
}

TEST(Booleans, are_written_in_eight_ways_of_any_case)
{
    for (char const* const yes : {"1", "yes", "TRUE", "On"})
        EXPECT_EQ(parse_bool(yes), true) << yes;
    for (char const* const no : {"0", "No", "false", "OFF"})
        EXPECT_EQ(parse_bool(no), false) << no;
    for (char const* const bad : {"", "2", "y", "True "})
        EXPECT_EQ(parse_bool(bad), std::nullopt) << bad;
}

TEST(Colours, are_0x_and_six_digits)
{
    EXPECT_EQ(parse_colour("0xcc0000"), 0xcc0000U);
    EXPECT_EQ(parse_colour("0xFFffFF"), 0xffffffU);
    for (char const* const bad : {"cc0000", "0xcc000", "0xcc00000", "0x-c0000", "#cc0000", ""})
        EXPECT_EQ(parse_colour(bad), std::nullopt) << bad;
    EXPECT_EQ(colour_text(0x73d216), "0x73d216");
}

TEST(Uuids, are_version_4_of_random_bytes)
{
    std::string const text =
        uuid_from({0, 1, 2, 3, 4, 5, 0xff, 7, 0xff, 9, 10, 11, 12, 13, 14, 15});
    EXPECT_EQ(text, "00010203-0405-4f07-bf09-0a0b0c0d0e0f");
    EXPECT_TRUE(is_uuid(text));
    EXPECT_FALSE(is_uuid("00010203-0405-4F07-bf09-0a0b0c0d0e0f"));
    EXPECT_FALSE(is_uuid("0001020300405-4f07-bf09-0a0b0c0d0e0f"));
}

TEST(Classes, have_their_names_both_ways)
{
    for (QubeClass const one : all_classes)
        EXPECT_EQ(parse_class(class_name(one)), one);
    EXPECT_EQ(parse_class("appvm"), std::nullopt);
}

TEST(Labels, get_an_index_above_all_others_and_above_the_standard_eight)
{
    EXPECT_EQ(next_label_index({}), 9U);
    auto labels = make_standard_labels();
    EXPECT_EQ(labels.size(), 8U);
    labels.push_back({12, "pink", 0xff00ff});
    EXPECT_EQ(next_label_index(labels), 13U);
}
