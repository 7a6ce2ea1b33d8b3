#include "services/qrexecd/grants.hpp"

#include <gtest/gtest.h>

namespace vitrail::test {

using namespace qrexecd;
using Time = Grants::Time;

Grant const files{"work", "personal", "qubes.Filecopy"};

TEST(Grants, count_once)
{
    Grants grants;
    EXPECT_FALSE(grants.take(files, Time(0)));
    grants.add(files, Time(0));
    EXPECT_TRUE(grants.take(files, Time(1)));
    EXPECT_FALSE(grants.take(files, Time(2)));
}

TEST(Grants, that_were_given_twice_count_twice)
{
    Grants grants;
    grants.add(files, Time(0));
    grants.add(files, Time(0));
    EXPECT_TRUE(grants.take(files, Time(1)));
    EXPECT_TRUE(grants.take(files, Time(1)));
    EXPECT_FALSE(grants.take(files, Time(1)));
}

TEST(Grants, are_for_this_source_target_and_service_alone)
{
    Grants grants;
    grants.add(files, Time(0));
    EXPECT_FALSE(grants.take({"personal", "work", "qubes.Filecopy"}, Time(1)));
    EXPECT_FALSE(grants.take({"vault", "personal", "qubes.Filecopy"}, Time(1)));
    EXPECT_FALSE(grants.take({"work", "vault", "qubes.Filecopy"}, Time(1)));
    EXPECT_FALSE(grants.take({"work", "personal", "qubes.VMShell"}, Time(1)));
    EXPECT_TRUE(grants.take(files, Time(1)));
}

TEST(Grants, end_with_their_time)
{
    Grants grants;
    grants.add(files, Time(5));
    EXPECT_FALSE(grants.take(files, Time(5) + Grants::life));
    grants.add(files, Time(5));
    EXPECT_TRUE(grants.take(files, Time(4) + Grants::life));
}

TEST(Grants, never_are_more_than_a_few)
{
    Grants grants;
    grants.add(files, Time(0));
    for (std::size_t i = 0; i < Grants::most; ++i)
        grants.add({"a", "b", "c"}, Time(0));
    EXPECT_FALSE(grants.take(files, Time(1)));
    for (std::size_t i = 0; i < Grants::most; ++i)
        EXPECT_TRUE(grants.take({"a", "b", "c"}, Time(1)));
}

TEST(Grants, are_a_line_of_three_names)
{
    EXPECT_EQ(parse_grant("work personal qubes.Filecopy"), files);
    for (std::string_view const bad :
         {"", " ", "  ", "work", "work personal", "work personal ", " personal qubes.Filecopy",
          "work  qubes.Filecopy", "work personal qubes.Filecopy more",
          "work personal qubes.Filecopy ", "work personal qubes.Filecopy+all", "work @anyvm s",
          "@anyvm work s", "work work/../x s", "work personal qubes.Filecopy\n",
          "work\tpersonal\tqubes.Filecopy"})
        EXPECT_FALSE(parse_grant(bad)) << bad;
}

} // namespace vitrail::test
