#include "lib/qrexec/names.hpp"

#include <gtest/gtest.h>

#include <string>

using namespace vitrail::qrexec;

TEST(Service, is_a_name_with_an_argument_that_may_be_empty)
{
    auto const call = parse_service("qubes.VMExec+ls+--l");
    ASSERT_TRUE(call);
    EXPECT_EQ(call->name, "qubes.VMExec");
    EXPECT_EQ(call->argument, "ls+--l");
    EXPECT_EQ(call->descriptor(), "qubes.VMExec+ls+--l");
    EXPECT_EQ(parse_service("a")->descriptor(), "a+") << "no argument is the empty one";
    EXPECT_FALSE(parse_service("a")->has_plus);
    EXPECT_TRUE(parse_service("a+")->has_plus);
}

TEST(Service, has_no_empty_name_and_no_other_characters)
{
    for (char const* const bad :
         {"", "+x", "+", "a b", "a/b", "a@", "a+b c", "a+/", "\xc3\xa9", "a\n"})
        EXPECT_EQ(parse_service(bad), std::nullopt) << bad;
    EXPECT_TRUE(parse_service(std::string(255, 'a')));
    EXPECT_FALSE(parse_service(std::string(256, 'a')));
}

TEST(Text, of_a_qube_loses_every_character_that_no_name_has)
{
    EXPECT_EQ(clean_service("a b$c;d+e/f"), "a_b_c_d+e_f");
    EXPECT_EQ(clean_service("\xc3\xa9"), "__");
    EXPECT_EQ(clean_target("@dispvm:a+b c"), "@dispvm:a_b_c");
    EXPECT_EQ(clean_target("$x"), "_x");
}

TEST(QubeName, and_uuid_have_their_characters)
{
    EXPECT_TRUE(is_qube_name("work-2.x_y"));
    for (char const* const bad : {"", "2a", "@a", "a b", "a+", "-a"})
        EXPECT_FALSE(is_qube_name(bad)) << bad;
    EXPECT_TRUE(is_qube_name(std::string(31, 'a')));
    EXPECT_FALSE(is_qube_name(std::string(32, 'a')));
    EXPECT_TRUE(is_uuid(dom0_uuid));
    EXPECT_FALSE(is_uuid("00000000-0000-0000-0000-00000000000A"));
    EXPECT_FALSE(is_uuid("00000000_0000-0000-0000-000000000000"));
}

TEST(RequestIdent, is_text_then_only_nuls)
{
    auto const field = [](std::string_view text) {
        std::string out(text);
        out.resize(32);
        return out;
    };
    EXPECT_TRUE(is_request_ident(field("SOCKET12")));
    EXPECT_TRUE(is_request_ident(field("a-b_c. 9")));
    EXPECT_FALSE(is_request_ident(field("")));
    EXPECT_FALSE(is_request_ident(field("a/b")));
    EXPECT_FALSE(is_request_ident(field(std::string_view("a\0b", 3))));
    EXPECT_FALSE(is_request_ident(std::string(32, 'a')));
}
