#pragma once

#include "lib/base/geometry.hpp"
#include "lib/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace vitrail::test {

/// A picture in memory: 0xRRGGBB a pixel, row after row.
struct Image {
    int width = 0;
    int height = 0;
    std::vector<std::uint32_t> pixels;

    [[nodiscard]] std::uint32_t at(int x, int y) const
    {
        return pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                      static_cast<std::size_t>(x)];
    }
    /// A box outside the picture is cut to it.
    [[nodiscard]] Image crop(Rect const& box) const;
};

/// The first pixel of this colour inside `within`, row by row.
[[nodiscard]] std::optional<Point> find_color(Image const& image, std::uint32_t color,
                                              Rect const& within);
[[nodiscard]] int count_color(Image const& image, std::uint32_t color, Rect const& within);
/// Pixels that differ, those inside any of `except` not counted. -1: the sizes differ.
[[nodiscard]] int count_differences(Image const& a, Image const& b,
                                    std::vector<Rect> const& except = {});

[[nodiscard]] Result<> write_png(Image const& image, std::filesystem::path const& file);
[[nodiscard]] Result<Image> read_png(std::filesystem::path const& file);

/// Compares with tests/golden/NAME.png. On a difference the picture and the difference (red where
/// they differ) are kept in the build folder and an Error says where. With VITRAIL_GOLDEN=write in
/// the environment the golden picture is written instead.
[[nodiscard]] Result<> compare_golden(Image const& image, std::string const& name);

/// build/pictures, or VITRAIL_PICTURES: where tests leave what they saw.
[[nodiscard]] std::filesystem::path picture_folder();

} // namespace vitrail::test
