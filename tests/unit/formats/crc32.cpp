#include "lib/formats/crc32.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

using vitrail::formats::Crc32;

namespace {

std::uint32_t crc_of(std::string_view text)
{
    Crc32 crc;
    crc.add(std::as_bytes(std::span(text)));
    return crc.value();
}

} // namespace

TEST(Checksum, is_that_of_gzip)
{
    // The check value of the algorithm's catalogue, and the empty input.
    EXPECT_EQ(crc_of("123456789"), 0xcbf43926);
    EXPECT_EQ(crc_of(""), 0U);
    EXPECT_EQ(crc_of(std::string(32, '\0')), 0x190a55adU);
}

TEST(Checksum, does_not_depend_on_how_the_bytes_are_cut)
{
    std::string text;
    for (int i = 0; i < 1000; ++i)
        text += static_cast<char>(i * 7 % 251);
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        Crc32 crc;
        auto const bytes = std::as_bytes(std::span(text));
        crc.add(bytes.first(cut));
        crc.add(bytes.subspan(cut));
        ASSERT_EQ(crc.value(), crc_of(text)) << cut;
    }
}

TEST(Checksum, is_the_same_bit_by_bit)
{
    std::string text;
    for (int i = 0; i < 700; ++i)
        text += static_cast<char>(i * i * 31 + (i >> 3));
    for (std::size_t size = 0; size <= text.size(); ++size) {
        std::uint32_t state = ~0U;
        for (char const c : std::string_view(text).substr(0, size)) {
            state ^= static_cast<unsigned char>(c);
            for (int bit = 0; bit < 8; ++bit)
                state = (state & 1) != 0 ? state >> 1 ^ 0xedb88320 : state >> 1;
        }
        ASSERT_EQ(crc_of(text.substr(0, size)), ~state) << size;
    }
}
