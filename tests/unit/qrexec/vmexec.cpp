#include "lib/qrexec/vmexec.hpp"

#include <gtest/gtest.h>

using namespace vitrail::qrexec;
using Words = std::vector<std::string>;

TEST(Words, of_a_program_are_written_as_the_argument_of_vmexec)
{
    EXPECT_EQ(encode_words(Words{"ls", "-l", "/tmp"}), "ls+--l+-2Ftmp");
    EXPECT_EQ(encode_words(Words{"a", "", "b"}), "a++b");
    EXPECT_EQ(encode_words(Words{"\xc3\xa9 +\n"}), "-C3-A9-20-2B-0A");
    EXPECT_EQ(encode_words(Words{"A.z_09"}), "A.z_09");
}

TEST(Words, are_read_as_they_were_written_for_every_byte)
{
    Words all{""};
    for (int byte = 1; byte < 256; ++byte) {
        all.push_back(std::string(1, static_cast<char>(byte)));
        all.push_back("x" + all.back() + "-");
    }
    EXPECT_EQ(decode_words(encode_words(all)), all);
}

TEST(Words, in_any_other_writing_are_refused)
{
    for (char const* const bad : {"-", "a-", "-2", "-2f", "-G0", "-0", "a b", "a/b", "\xc3\xa9",
                                  "a+-", "-00", "a,b", "-+a"})
        EXPECT_EQ(decode_words(bad), std::nullopt) << bad;
    EXPECT_EQ(decode_words(""), Words{""});
    EXPECT_EQ(decode_words("-41"), Words{"A"}) << "an escape of more than is needed";
}
