#include "lib/formats/uri_list.hpp"

#include <gtest/gtest.h>

namespace vitrail::test {

using formats::parse_file_uris;
using Paths = std::vector<std::string>;

TEST(UriList, the_files_of_a_list_are_found_in_their_order)
{
    EXPECT_EQ(parse_file_uris("file:///home/user/a\r\nfile:///b\r\n"),
              (Paths{"/home/user/a", "/b"}));
    EXPECT_EQ(parse_file_uris("file:///b\nfile:///a"), (Paths{"/b", "/a"}));
}

TEST(UriList, what_a_file_manager_copied_or_cut_is_found)
{
    EXPECT_EQ(parse_file_uris("copy\nfile:///a\nfile:///b"), (Paths{"/a", "/b"}));
    EXPECT_EQ(parse_file_uris("cut\nfile:///a"), Paths{"/a"});
}

TEST(UriList, what_is_written_in_percents_is_read)
{
    EXPECT_EQ(parse_file_uris("file:///my%20file%C3%A4%2fb%0Ac"), (Paths{"/my file\u00e4/b\nc"}));
}

TEST(UriList, this_machine_has_a_name)
{
    EXPECT_EQ(parse_file_uris("file://localhost/a"), Paths{"/a"});
}

TEST(UriList, a_file_named_twice_is_one)
{
    EXPECT_EQ(parse_file_uris("file:///a\nfile:///%61"), Paths{"/a"});
}

TEST(UriList, what_is_no_file_here_is_left_out)
{
    for (std::string_view const bad :
         {"", "\n\r\n", "# file:///a", "copy", "/a", "a", "http://a/b", "file:", "file://",
          "file:a", "file://host/a", "file:///a%", "file:///a%4", "file:///a%zz", "file:///a%00b",
          "file:///a%-1", "FILE:///a", " file:///a", "file://localhost"})
        EXPECT_EQ(parse_file_uris(bad), Paths{}) << bad;
    EXPECT_EQ(parse_file_uris(std::string_view("file:///a\0b", 11)), Paths{});
    EXPECT_EQ(parse_file_uris("http://a/b\nfile:///a\n# c\n"), Paths{"/a"});
}

TEST(UriList, cut_anywhere_it_gives_absolute_paths_or_none)
{
    std::string_view const whole = "copy\r\nfile:///home/a%20b\nfile://localhost/%C3%A4\r\n";
    for (std::size_t size = 0; size <= whole.size(); ++size)
        for (std::string const& path : parse_file_uris(whole.substr(0, size)))
            EXPECT_TRUE(path.starts_with('/'));
}

} // namespace vitrail::test
