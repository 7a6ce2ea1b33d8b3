#include "tests/support/image.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace vitrail::test {
namespace {

Image checkers(int width, int height)
{
    Image image{width, height, {}};
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            image.pixels.push_back((x + y) % 2 == 0 ? 0x123456 : 0xfedcba);
    return image;
}

TEST(Pictures, what_is_written_as_png_is_read_back_pixel_by_pixel)
{
    Image const image = checkers(7, 5);
    auto const file = std::filesystem::temp_directory_path() /
                      ("vitrail-picture-" + std::to_string(getpid()) + ".png");
    ASSERT_TRUE(write_png(image, file));
    auto const again = read_png(file);
    std::filesystem::remove(file);
    ASSERT_TRUE(again);
    EXPECT_EQ(count_differences(image, *again), 0);
}

TEST(Pictures, a_single_changed_pixel_counts_unless_it_is_excepted)
{
    Image const image = checkers(7, 5);
    Image changed = image;
    changed.pixels[2 * 7 + 3] ^= 1;
    EXPECT_EQ(count_differences(image, changed), 1);
    EXPECT_EQ(count_differences(image, changed, {{3, 2, 1, 1}}), 0);
    EXPECT_EQ(count_differences(image, changed, {{4, 2, 1, 1}}), 1);
}

TEST(Pictures, pictures_of_two_sizes_are_never_alike)
{
    EXPECT_EQ(count_differences(checkers(2, 3), checkers(3, 2)), -1);
}

TEST(Pictures, a_crop_over_the_edge_is_cut)
{
    Image const part = checkers(4, 4).crop({-2, 3, 100, 100});
    EXPECT_EQ(part.width, 4);
    EXPECT_EQ(part.height, 1);
}

TEST(Pictures, a_colour_is_found_where_it_is_first)
{
    Image image = checkers(4, 4);
    image.pixels[2 * 4 + 1] = 0xff0000;
    EXPECT_EQ(find_color(image, 0xff0000, {0, 0, 4, 4}), (Point{1, 2}));
    EXPECT_EQ(find_color(image, 0xff0000, {2, 0, 2, 4}), std::nullopt);
    EXPECT_EQ(count_color(image, 0xff0000, {0, 0, 4, 4}), 1);
}

} // namespace
} // namespace vitrail::test
