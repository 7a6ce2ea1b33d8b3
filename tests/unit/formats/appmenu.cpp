#include "lib/formats/appmenu.hpp"

#include <gtest/gtest.h>

namespace vitrail::formats {
namespace {

Appmenu parse(std::string const& text, std::string const& locale = "C")
{
    return parse_appmenu(text, locale_keys(locale));
}

/// The only entry of a menu.
AppmenuEntry only(std::string const& text, std::string const& locale = "C")
{
    auto const menu = parse(text, locale);
    EXPECT_EQ(menu.entries.size(), 1U) << text;
    return menu.entries.empty() ? AppmenuEntry() : menu.entries.front();
}

TEST(Appmenu, takes_over_an_application_as_it_is_told)
{
    auto const entry =
        only("firefox.desktop:Version=1.0\nfirefox.desktop:Name=Firefox\nfirefox:GenericName = Web "
             "Browser\nfirefox.desktop:Exec=rm\nfirefox.desktop:Icon=firefox-esr\n"
             "firefox.desktop:Categories=Network;\nfirefox.desktop:Keywords=Internet;WWW;\n\n");
    EXPECT_EQ(entry.file, "firefox.desktop");
    EXPECT_EQ(entry.id(), "firefox");
    EXPECT_EQ(entry.name.text, "Firefox");
    EXPECT_EQ(entry.generic_name.text, "Web Browser");
    EXPECT_EQ(entry.keywords.text, "Internet;WWW;");
    EXPECT_EQ(entry.icon, "firefox-esr");
    EXPECT_FALSE(entry.keys.contains("Exec"));
    EXPECT_FALSE(entry.keys.contains("Keywords"));
    EXPECT_EQ(entry.keys.at("Categories"), "Network;");
}

TEST(Appmenu, speaks_the_users_language_where_the_qube_does)
{
    std::string const text =
        "a:Name[de]=Netz\na:Name=Web\na:Name[de_AT]=Netzerl\na:Name[fr]=Toile\n";
    EXPECT_EQ(only(text).name.text, "Web");
    EXPECT_EQ(only(text, "de_DE.UTF-8").name.text, "Netz");
    EXPECT_EQ(only(text, "de_AT.UTF-8").name.text, "Netzerl");
    EXPECT_EQ(only(text, "it_IT").name.text, "Web");
    EXPECT_EQ(only(text, "de_DE").keys.at("Name"), "Web") << "as the original has it";
    EXPECT_EQ(only("a:Name=\xc3\x89"
                   "diteur\n")
                  .name.text,
              "\xc3\x89"
              "diteur");
    EXPECT_FALSE(only("a:Name=\xc3\x89"
                      "diteur\n")
                     .keys.contains("Name"));
}

TEST(Appmenu, leaves_out_and_counts_what_breaks_a_rule)
{
    struct Row {
        std::string text;
        AppmenuViolation violation;
    };
    for (Row const& row : {
             Row{"a:Name=" + std::string(1100, 'x'), AppmenuViolation::long_line},
             Row{std::string(1 << 20, 'x'), AppmenuViolation::long_line},
             Row{"no line at all", AppmenuViolation::no_key_line},
             Row{"a:Na me=x", AppmenuViolation::no_key_line},
             Row{"../a.desktop:Name=x", AppmenuViolation::bad_file_name},
             Row{".a.desktop:Name=x", AppmenuViolation::bad_file_name},
             Row{"a b.desktop:Name=x", AppmenuViolation::bad_file_name},
             Row{".desktop:Name=x", AppmenuViolation::bad_file_name},
             Row{"qubes-start.desktop:Name=x", AppmenuViolation::bad_file_name},
             Row{"a:Name=\x1b[1mBold", AppmenuViolation::bad_value},
             Row{"a:Name=\xe2\x80\xaetxt.exe", AppmenuViolation::bad_value},
             Row{"a:Name=\xe2\x80\x8b", AppmenuViolation::bad_value},
             Row{"a:Name=\xff", AppmenuViolation::bad_value},
             Row{"a:Name=%VMNAME%", AppmenuViolation::bad_value},
             Row{"a:Icon=x;rm", AppmenuViolation::bad_value},
             Row{"a:Comment=no name", AppmenuViolation::nameless},
         }) {
        auto const menu = parse(row.text + "\n");
        EXPECT_TRUE(menu.entries.empty()) << row.text.substr(0, 40);
        EXPECT_EQ(menu.count(row.violation), 1U)
            << row.text.substr(0, 40) << ": " << name(row.violation);
    }
}

TEST(Appmenu, keeps_the_good_lines_among_bad_ones)
{
    auto const menu = parse("a:Name=A\na:Icon=../../etc/passwd;\nrubbish\nb:Name=B\n");
    ASSERT_EQ(menu.entries.size(), 2U);
    EXPECT_EQ(menu.entries[0].icon, "");
    EXPECT_EQ(menu.count(AppmenuViolation::bad_value), 1U);
}

TEST(Appmenu, the_first_of_two_names_holds_also_when_only_the_second_may_be_kept)
{
    for (std::string const first : {"A [beta]", "A"}) {
        auto const entry = only("a:Name=" + first + "\na:Name=B\n");
        EXPECT_EQ(entry.name.text, first);
        auto const again = parse_menu_template(entry.file, menu_template(entry), {});
        ASSERT_TRUE(again);
        EXPECT_EQ(again->name.text, first);
    }
}

TEST(Appmenu, the_first_of_two_icons_holds)
{
    EXPECT_EQ(only("a:Name=A\na:Icon=one\na:Icon=two\n").icon, "one");
}

TEST(Appmenu, markup_is_text)
{
    EXPECT_EQ(only("a:Name=<b>x</b> &amp;\n").name.text, "<b>x</b> &amp;");
}

TEST(Appmenu, has_a_bound_for_everything)
{
    std::string many;
    for (int i = 0; i < 10000; ++i)
        many += "f" + std::to_string(i) + ":Name=N\n";
    auto const menu = parse(many);
    EXPECT_EQ(menu.entries.size(), most_appmenu_entries);
    EXPECT_EQ(menu.count(AppmenuViolation::too_many_entries), 10000 - most_appmenu_entries);
    std::string lines;
    for (std::size_t i = 0; i < most_appmenu_lines + 5; ++i)
        lines += "a:Name=A\n";
    EXPECT_EQ(parse(lines).count(AppmenuViolation::too_many_lines), 1U);
    EXPECT_EQ(only("a:Name=" + std::string(700, 'x') + "\n").name.text.size(),
              longest_appmenu_text);
}

TEST(Appmenu, hides_what_its_own_keys_hide)
{
    auto const menu =
        parse("a:NoDisplay=true\na:Name=A\nb:Name=B\nb:OnlyShowIn=GNOME;\nc:Name=C\n");
    ASSERT_EQ(menu.entries.size(), 1U);
    EXPECT_EQ(menu.entries[0].file, "c.desktop");
    EXPECT_EQ(menu.count(AppmenuViolation::nameless), 0U);
}

TEST(Appmenu, is_read_from_what_was_stored_of_it_as_it_was)
{
    for (char const* const locale : {"C", "de_DE"}) {
        auto const entry = only("a-b.c:Name=Web\na-b.c:Name[de]=\xc3\x9c"
                                "ber\na-b.c:Comment=x\n"
                                "a-b.c:Icon=i\na-b.c:Categories=Utility\na-b.c:Keywords=k;\n",
                                locale);
        auto const stored =
            parse_menu_template(entry.file, menu_template(entry), locale_keys(locale));
        ASSERT_TRUE(stored);
        EXPECT_EQ(stored->name, entry.name);
        EXPECT_EQ(stored->comment, entry.comment);
        EXPECT_EQ(stored->keywords, entry.keywords);
        EXPECT_EQ(stored->icon, entry.icon);
    }
    EXPECT_FALSE(parse_menu_template("../a.desktop", "[Desktop Entry]\nName=A\n", {}));
    EXPECT_FALSE(parse_menu_template("a.desktop", "[Desktop Entry]\nIcon=a\n", {}));
}

} // namespace
} // namespace vitrail::formats
