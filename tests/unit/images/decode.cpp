#include "images/decode.hpp"

#include "tests/support/picture_files.hpp"

#include "lib/formats/crc32.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ostream>

namespace vitrail::images {

static void PrintTo(Refusal refusal, std::ostream* out)
{
    *out << name_of(refusal);
}

} // namespace vitrail::images

namespace vitrail::test {
namespace {

using namespace images;

/// The largest difference of any colour of any pixel.
int difference(Bytes const& a, Bytes const& b)
{
    int largest = a.size() == b.size() ? 0 : 256;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        largest =
            std::max(largest, std::abs(std::to_integer<int>(a[i]) - std::to_integer<int>(b[i])));
    return largest;
}

Bytes gray_pixels()
{
    Bytes pixels;
    for (std::uint32_t i = 0; i < width * height; ++i)
        for (std::uint32_t const part : {i % width * 30, i % width * 30, i % width * 30, 255U})
            pixels.push_back(static_cast<std::byte>(part));
    return pixels;
}

void put_be32(Bytes& bytes, std::size_t at, std::uint32_t value)
{
    for (std::size_t i = 0; i < 4; ++i)
        bytes[at + i] = static_cast<std::byte>(value >> (24 - 8 * i));
}

/// A PNG's head says another size, with a checksum that is right.
Bytes with_size(Bytes png, std::uint32_t new_width, std::uint32_t new_height)
{
    constexpr std::size_t head = 12, size = 17; // its type and fields
    put_be32(png, head + 4, new_width);
    put_be32(png, head + 8, new_height);
    formats::Crc32 crc;
    crc.add(std::span(png).subspan(head, size));
    put_be32(png, head + size, crc.value());
    return png;
}

struct Shown {
    char const* file;
    Bytes pixels;
    int tolerance; ///< what a format that loses may differ
};
void PrintTo(Shown const& shown, std::ostream* out)
{
    *out << shown.file;
}
class PicturesOfAllKinds : public testing::TestWithParam<Shown> {};

TEST_P(PicturesOfAllKinds, are_decoded_to_the_pixels_they_show)
{
    auto const picture = decode(picture_file(GetParam().file));
    ASSERT_TRUE(picture) << name_of(picture.error());
    EXPECT_EQ(picture->width, width);
    EXPECT_EQ(picture->height, height);
    EXPECT_LE(difference(picture->pixels, GetParam().pixels), GetParam().tolerance);
}

INSTANTIATE_TEST_SUITE_P(
    Files, PicturesOfAllKinds,
    testing::Values(
        Shown{"png-rgb", shown_pixels(), 0}, Shown{"png-alpha", shown_pixels(true), 0},
        Shown{"png-palette", shown_pixels(), 0}, Shown{"png-16-bit", shown_pixels(), 0},
        Shown{"png-interlaced", shown_pixels(), 0}, Shown{"png-metadata", shown_pixels(), 0},
        Shown{"png-text-bomb", Bytes(width* height * 4), 0},
        Shown{"png-trailing", shown_pixels(), 0}, Shown{"png-gray", gray_pixels(), 0},
        Shown{"jpeg-rgb", shown_pixels(), 40}, Shown{"jpeg-progressive", shown_pixels(), 40},
        Shown{"jpeg-metadata", shown_pixels(), 40}, Shown{"jpeg-cmyk", shown_pixels(), 60},
        Shown{"jpeg-gray", gray_pixels(), 12}, Shown{"webp-lossless", shown_pixels(), 0},
        Shown{"webp-alpha", shown_pixels(true), 0}, Shown{"webp-lossy", shown_pixels(), 60}),
    [](auto const& info) {
        std::string name = info.param.file;
        std::ranges::replace(name, '-', '_');
        return name;
    });

struct Bad {
    char const* what;
    Bytes bytes;
    Refusal why;
};
void PrintTo(Bad const& bad, std::ostream* out)
{
    *out << bad.what;
}
class BadPictures : public testing::TestWithParam<Bad> {};

TEST_P(BadPictures, are_refused)
{
    auto const picture = decode(GetParam().bytes);
    ASSERT_FALSE(picture);
    EXPECT_EQ(picture.error(), GetParam().why);
}

Bytes text(std::string_view characters)
{
    auto const bytes = std::as_bytes(std::span(characters));
    return {bytes.begin(), bytes.end()};
}

INSTANTIATE_TEST_SUITE_P(
    Inputs, BadPictures,
    testing::Values(
        Bad{"nothing", {}, Refusal::unknown}, Bad{"text", text("hello"), Refusal::unknown},
        Bad{"svg", text("<svg xmlns='http://www.w3.org/2000/svg'/>"), Refusal::unknown},
        Bad{"gif", text("GIF89a\1\0\1\0"), Refusal::unknown},
        Bad{"png_magic_alone", text("\x89PNG\r\n\x1a\n"), Refusal::broken},
        Bad{"jpeg_magic_alone", text("\xff\xd8\xff"), Refusal::broken},
        Bad{"webp_magic_alone", text("RIFF....WEBP"), Refusal::broken},
        Bad{"png_bomb", picture_file("png-bomb"), Refusal::too_large},
        Bad{"png_of_another_size_than_its_pixels", picture_file("png-lying-size"), Refusal::broken},
        Bad{"png_chunk_longer_than_the_file", picture_file("png-long-chunk"), Refusal::broken},
        Bad{"png_with_a_wrong_checksum", picture_file("png-bad-crc"), Refusal::broken},
        Bad{"png_without_width", with_size(picture_file("png-rgb"), 0, 6), Refusal::broken},
        Bad{"png_a_pixel_too_wide", with_size(picture_file("png-rgb"), 16385, 1), Refusal::broken},
        Bad{"png_of_too_many_pixels", with_size(picture_file("png-rgb"), 8193, 8193),
            Refusal::too_large},
        Bad{"png_taller_than_its_pixels", with_size(picture_file("png-rgb"), 8, 7),
            Refusal::broken},
        Bad{"webp_animated", picture_file("webp-animated"), Refusal::animated}),
    [](auto const& info) { return std::string(info.param.what); });

class CutPictures : public testing::TestWithParam<char const*> {};

TEST_P(CutPictures, are_refused_wherever_they_are_cut)
{
    auto const whole = picture_file(GetParam());
    ASSERT_TRUE(decode(whole));
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(decode(std::span(whole).first(size))) << size << " of " << whole.size();
}

INSTANTIATE_TEST_SUITE_P(Files, CutPictures,
                         testing::Values("png-rgb", "png-palette", "png-interlaced", "png-16-bit",
                                         "jpeg-rgb", "jpeg-progressive", "jpeg-cmyk", "jpeg-gray",
                                         "webp-lossless", "webp-lossy", "webp-alpha"));

TEST(DamagedPictures, never_have_more_or_fewer_pixels_than_they_say)
{
    for (char const* const file : {"png-rgb", "png-palette", "png-interlaced", "jpeg-rgb",
                                   "jpeg-progressive", "jpeg-cmyk", "webp-lossy", "webp-alpha"}) {
        auto const whole = picture_file(file);
        for (std::size_t at = 0; at < whole.size(); ++at)
            for (auto const flipped : {std::byte{1}, std::byte{0x80}, std::byte{0xff}}) {
                auto damaged = whole;
                damaged[at] ^= flipped;
                auto const picture = decode(damaged, {.side = 512, .pixels = 1U << 16});
                if (!picture)
                    continue;
                EXPECT_EQ(picture->pixels.size(),
                          std::size_t{picture->width} * picture->height * 4);
            }
    }
}

TEST(Pictures, at_the_limit_are_decoded_and_one_pixel_over_it_are_not)
{
    auto const file = picture_file("png-rgb");
    EXPECT_TRUE(decode(file, {.side = 8, .pixels = 48}));
    EXPECT_FALSE(decode(file, {.side = 7, .pixels = 48}));
    EXPECT_FALSE(decode(file, {.side = 8, .pixels = 47}));
    EXPECT_FALSE(decode(picture_file("jpeg-rgb"), {.side = 8, .pixels = 47}));
    EXPECT_FALSE(decode(picture_file("webp-lossy"), {.side = 8, .pixels = 47}));
}

} // namespace
} // namespace vitrail::test
