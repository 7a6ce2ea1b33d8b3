// What the list of qubes says of windows becomes features of a qube, and is read from them again.

#include "services/sessiond/gui_options.hpp"

#include "lib/qube/listing.hpp"
#include "services/sessiond/qube_list.hpp"
#include "services/sessiond/qube_reader.hpp"

#include <gtest/gtest.h>

#include <cstring>

namespace vitrail::session {
namespace {

TEST(GuiOptions, of_a_list_come_back_from_the_features_that_they_become)
{
    auto const list = parse_qube_list("[[qube]]\n"
                                      "name = \"work\"\n"
                                      "allow_fullscreen = true\n"
                                      "allow_utf8_titles = false\n"
                                      "override_redirect = \"disabled\"\n"
                                      "windows_count_limit = 12\n"
                                      "window_background_color = 0x102030\n"
                                      "trayicon_mode = \"border2\"\n",
                                      "test");
    ASSERT_TRUE(list) << list.error().message();
    auto const features = gui_features(list->front().gui);
    EXPECT_EQ(features.size(), 6U);
    transport::GuidStart read = default_gui_options();
    read.set_name("work");
    for (auto const& [feature, value] : features) {
        ASSERT_TRUE(feature.starts_with("gui-")) << feature;
        EXPECT_TRUE(set_gui_option(read, feature.substr(4), value)) << feature << "=" << value;
    }
    EXPECT_EQ(std::memcmp(&read, &list->front().gui, sizeof read), 0);
}

TEST(GuiOptions, that_nobody_set_are_no_features)
{
    EXPECT_TRUE(gui_features(default_gui_options()).empty());
}

TEST(GuiOptions, of_a_feature_that_makes_no_sense_change_nothing)
{
    transport::GuidStart const before = default_gui_options();
    transport::GuidStart now = before;
    for (auto const& [name, value] :
         std::initializer_list<std::pair<std::string_view, std::string_view>>{
             {"allow-fullscreen", "perhaps"},
             {"windows-count-limit", "0"},
             {"max-clipboard-size", "256001"},
             {"max-clipboard-size", "-1"},
             {"override-redirect", "Allow"},
             {"trayicon-mode", ""},
             {"no-such-thing", "1"},
             {"allow_fullscreen", "1"}})
        EXPECT_FALSE(set_gui_option(now, name, value)) << name << "=" << value;
    EXPECT_EQ(std::memcmp(&before, &now, sizeof now), 0);
    EXPECT_TRUE(set_gui_option(now, "allow-fullscreen", "1"));
    EXPECT_TRUE(set_gui_option(now, "allow-fullscreen", "")) << "how a feature says no";
    EXPECT_EQ(now.allow_fullscreen, 0);
}

TEST(QubeReader, takes_names_and_values_out_of_the_apis_answers)
{
    EXPECT_EQ(qube::property_value("default=True type=vm sys-net"), "sys-net");
    EXPECT_EQ(qube::property_value("default=False type=str two words"), "two words");
    EXPECT_EQ(qube::property_value("default=False type=vm "), "");
    EXPECT_EQ(qube::property_value("nonsense"), "");
    EXPECT_EQ(listed_qubes("dom0 class=AdminVM state=Running uuid=0\n"
                           "work class=AppVM state=Halted uuid=1\n"),
              std::vector<std::string>{"work"});
}

TEST(Labels, that_a_user_made_have_a_code_of_their_own)
{
    EXPECT_EQ(label_code("gray"), "GY");
    EXPECT_EQ(label_code("pink"), "PI");
    EXPECT_EQ(label_code("x"), "X");
    EXPECT_FALSE(find_label("pink"));
    EXPECT_EQ(find_label("blue")->rgb, 0x3465a4U);
}

} // namespace
} // namespace vitrail::session
