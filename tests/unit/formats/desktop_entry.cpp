#include "lib/formats/desktop_entry.hpp"

#include <gtest/gtest.h>

namespace vitrail::formats {
namespace {

using Words = std::vector<std::string>;

std::optional<DesktopCommand> command(std::string const& exec)
{
    std::string const text = "[Desktop Entry]\nExec=" + exec + "\n";
    return command_of(parse_desktop_entry(text));
}

TEST(DesktopEntry, is_the_group_of_its_name_and_no_other)
{
    auto const lines = parse_desktop_entry("Name=before\n# Name=comment\n[Desktop Entry]\r\n"
                                           "Name = Editor \r\nName[de]=Schreiber\nnothing\n"
                                           "bad key=x\n[Desktop Action new]\nName=New\n");
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0].key, "Name");
    EXPECT_EQ(lines[0].value, "Editor");
    EXPECT_EQ(lines[1].locale, "de");
    EXPECT_EQ(lines[1].value, "Schreiber");
}

TEST(DesktopEntry, line_has_a_key_perhaps_a_locale_and_a_sign)
{
    for (char const* const bad :
         {"", "Name", "=x", "Na me=x", "Name[de=x", "Name[]=x", "Name[a[b]=x", "N\xc3\xa9=x"})
        EXPECT_FALSE(parse_desktop_line(bad)) << bad;
    EXPECT_EQ(parse_desktop_line("X-Foo=")->value, "");
    EXPECT_EQ(parse_desktop_line("A=b=c")->value, "b=c");
}

TEST(Locale, is_tried_from_the_narrow_to_the_wide)
{
    EXPECT_EQ(locale_keys("de_AT.UTF-8@euro"), (Words{"de_AT@euro", "de_AT", "de@euro", "de"}));
    EXPECT_EQ(locale_keys("sr@latin"), (Words{"sr@latin", "sr"}));
    EXPECT_EQ(locale_keys("en_GB"), (Words{"en_GB", "en"}));
    for (char const* const none : {"", "C", "C.UTF-8", "POSIX", "../x", "a b"})
        EXPECT_EQ(locale_keys(none), Words{}) << none;
}

TEST(Command, is_unquoted_and_its_fields_are_left_out)
{
    EXPECT_EQ(command("foot")->words, Words{"foot"});
    EXPECT_EQ(command("firefox -new %u")->words, (Words{"firefox", "-new"}));
    EXPECT_EQ(command(R"("/opt/my app/run" "a\\"b" --x="1 2" %%y)")->words,
              (Words{"/opt/my app/run", "a\"b", "--x=1 2", "%y"}));
    EXPECT_EQ(command(R"(sh -c "echo \\$HOME")")->words, (Words{"sh", "-c", "echo $HOME"}));
    EXPECT_EQ(command(R"(run "")")->words, (Words{"run", ""}));
    for (char const* const bad : {"", "%u", "\"open", "\"\""})
        EXPECT_FALSE(command(bad)) << bad;
}

TEST(Command, takes_what_is_opened_where_it_has_a_place_for_it)
{
    auto const opens = [](std::string const& exec) {
        return command_of(parse_desktop_entry("[Desktop Entry]\nExec=" + exec), "/tmp/a b")->words;
    };
    EXPECT_EQ(opens("view %f --done"), (Words{"view", "/tmp/a b", "--done"}));
    EXPECT_EQ(opens("view --open=%u %F"), (Words{"view", "--open=/tmp/a b"}));
    EXPECT_EQ(opens("view %i %c"), (Words{"view", "/tmp/a b"}));
    EXPECT_EQ(opens("view 100%%"), (Words{"view", "100%", "/tmp/a b"}));
}

TEST(Command, says_where_it_runs)
{
    auto const lines =
        parse_desktop_entry("[Desktop Entry]\nExec=top\nTerminal=true\nPath=/a\\sb\nExec[de]=no");
    auto const found = command_of(lines);
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->in_terminal);
    EXPECT_EQ(found->folder, "/a b");
    EXPECT_EQ(found->words, Words{"top"});
}

TEST(Menu, shows_what_neither_hides_nor_belongs_elsewhere)
{
    auto const shows = [](std::string const& lines) {
        return !appmenu_lines("a.desktop", "[Desktop Entry]\nName=A\n" + lines).empty();
    };
    for (char const* const shown :
         {"", "Type=Application", "NoDisplay=false", "Hidden=false", "OnlyShowIn=GNOME;X-QUBES;",
          "OnlyShowIn=Vitrail", "NotShowIn=KDE;", "Categories=Utility;Screensaver;"})
        EXPECT_TRUE(shows(shown)) << shown;
    for (char const* const hidden :
         {"Type=Link", "Type=Directory", "NoDisplay=true", "Hidden=true", "OnlyShowIn=GNOME;",
          "OnlyShowIn=", "NotShowIn=Vitrail;KDE", "NotShowIn=X-QUBES", "Categories=Screensaver;"})
        EXPECT_FALSE(shows(hidden)) << hidden;
}

TEST(Menu, is_told_line_by_line_and_never_with_the_command)
{
    EXPECT_EQ(desktop_file_id("kde/org.kde.kate.desktop"), "kde-org.kde.kate.desktop");
    EXPECT_EQ(appmenu_lines("a.desktop", "[Desktop Entry]\nName=A\nName[de]=B\nExec=rm -rf /\n"),
              "a.desktop:Name=A\na.desktop:Name[de]=B\na.desktop:Exec=qubes-desktop-run "
              "a.desktop\n\n");
    EXPECT_EQ(appmenu_lines("a.desktop", "nothing"), "");
}

} // namespace
} // namespace vitrail::formats
