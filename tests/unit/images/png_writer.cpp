#include "images/png_writer.hpp"

#include "images/decode.hpp"
#include "tests/support/picture_files.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace vitrail::test {
namespace {

using namespace images;

class MemorySink final : public ByteSink {
public:
    explicit MemorySink(std::size_t room = SIZE_MAX) : room_(room) {}
    bool write(std::span<std::byte const> bytes) override
    {
        if (bytes.size() > room_ - written.size())
            return false;
        written.insert(written.end(), bytes.begin(), bytes.end());
        return true;
    }
    Bytes written;

private:
    std::size_t room_;
};

bool write_picture(Picture const& picture, ByteSink& sink)
{
    PngWriter writer(sink);
    if (!writer.begin(picture.width, picture.height))
        return false;
    std::size_t const stride = std::size_t{picture.width} * 4;
    for (std::size_t y = 0; y < picture.height; ++y)
        if (!writer.write_row(std::span(picture.pixels).subspan(y * stride, stride)))
            return false;
    return writer.end();
}

bool holds(Bytes const& bytes, std::string_view what)
{
    return !std::ranges::search(bytes, std::as_bytes(std::span(what))).empty();
}

TEST(PngWriter, what_it_writes_has_the_same_pixels)
{
    MemorySink sink;
    ASSERT_TRUE(write_picture({width, height, shown_pixels(true)}, sink));
    auto const again = decode(sink.written);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->width, width);
    EXPECT_EQ(again->height, height);
    EXPECT_EQ(again->pixels, shown_pixels(true));
}

TEST(PngWriter, nothing_of_a_picture_but_its_pixels_is_in_what_is_written)
{
    for (char const* const file : {"png-metadata", "jpeg-metadata", "png-trailing"}) {
        auto const before = picture_file(file);
        EXPECT_TRUE(holds(before, "somebody") || holds(before, "trailing")) << file;
        auto const picture = decode(before);
        ASSERT_TRUE(picture);
        MemorySink sink;
        ASSERT_TRUE(write_picture(*picture, sink));
        EXPECT_FALSE(holds(sink.written, "somebody") || holds(sink.written, "trailing")) << file;
        for (char const* const chunk :
             {"tEXt", "zTXt", "iTXt", "eXIf", "iCCP", "pHYs", "tIME", "gAMA", "cHRM", "bKGD"})
            EXPECT_FALSE(holds(sink.written, chunk)) << file << ": " << chunk;
    }
}

TEST(PngWriter, says_when_there_is_no_room_wherever_that_is)
{
    MemorySink all;
    Picture const picture{width, height, shown_pixels()};
    ASSERT_TRUE(write_picture(picture, all));
    for (std::size_t room = 0; room < all.written.size(); ++room) {
        MemorySink small(room);
        EXPECT_FALSE(write_picture(picture, small)) << room;
    }
}

} // namespace
} // namespace vitrail::test
