#include "tests/support/image.hpp"

#include <png.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace vitrail::test {
namespace {

Rect bounds(Image const& image)
{
    return {0, 0, image.width, image.height};
}

constexpr std::string_view golden_folder = VITRAIL_SOURCE_DIR "/tests/golden";

} // namespace

Image Image::crop(Rect const& box) const
{
    Rect const part = intersection(box, bounds(*this));
    Image out{part.width, part.height, {}};
    out.pixels.reserve(static_cast<std::size_t>(part.width) *
                       static_cast<std::size_t>(part.height));
    for (int y = part.y; y < part.y + part.height; ++y)
        for (int x = part.x; x < part.x + part.width; ++x)
            out.pixels.push_back(at(x, y));
    return out;
}

std::optional<Point> find_color(Image const& image, std::uint32_t color, Rect const& within)
{
    Rect const part = intersection(within, bounds(image));
    for (int y = part.y; y < part.y + part.height; ++y)
        for (int x = part.x; x < part.x + part.width; ++x)
            if (image.at(x, y) == color)
                return Point{x, y};
    return std::nullopt;
}

int count_color(Image const& image, std::uint32_t color, Rect const& within)
{
    Image const part = image.crop(within);
    return static_cast<int>(std::ranges::count(part.pixels, color));
}

int count_differences(Image const& a, Image const& b, std::vector<Rect> const& except)
{
    if (a.width != b.width || a.height != b.height)
        return -1;
    int differences = 0;
    for (int y = 0; y < a.height; ++y)
        for (int x = 0; x < a.width; ++x)
            if (a.at(x, y) != b.at(x, y) && std::ranges::none_of(except, [&](Rect const& r) {
                    return r.contains(Point{x, y});
                }))
                ++differences;
    return differences;
}

Result<> write_png(Image const& image, std::filesystem::path const& file)
{
    std::error_code failure;
    std::filesystem::create_directories(file.parent_path(), failure);
    png_image png{};
    png.version = PNG_IMAGE_VERSION;
    png.width = static_cast<png_uint_32>(image.width);
    png.height = static_cast<png_uint_32>(image.height);
    png.format = PNG_FORMAT_BGR;
    std::vector<std::uint8_t> bytes;
    bytes.reserve(image.pixels.size() * 3);
    for (std::uint32_t pixel : image.pixels)
        for (int shift : {0, 8, 16})
            bytes.push_back(static_cast<std::uint8_t>(pixel >> shift));
    if (png_image_write_to_file(&png, file.c_str(), 0, bytes.data(), 0, nullptr) == 0)
        return error(file.string() + ": " + png.message);
    return {};
}

Result<Image> read_png(std::filesystem::path const& file)
{
    png_image png{};
    png.version = PNG_IMAGE_VERSION;
    if (png_image_begin_read_from_file(&png, file.c_str()) == 0)
        return error(file.string() + ": " + png.message);
    png.format = PNG_FORMAT_BGR;
    std::vector<std::uint8_t> bytes(PNG_IMAGE_SIZE(png));
    if (png_image_finish_read(&png, nullptr, bytes.data(), 0, nullptr) == 0)
        return error(file.string() + ": " + png.message);
    Image image{static_cast<int>(png.width), static_cast<int>(png.height), {}};
    for (std::size_t i = 0; i + 2 < bytes.size(); i += 3)
        image.pixels.push_back(std::uint32_t{bytes[i]} | std::uint32_t{bytes[i + 1]} << 8 |
                               std::uint32_t{bytes[i + 2]} << 16);
    return image;
}

std::filesystem::path picture_folder()
{
    if (char const* folder = std::getenv("VITRAIL_PICTURES"))
        return folder;
    return VITRAIL_BUILD_DIR "/pictures";
}

Result<> compare_golden(Image const& image, std::string const& name)
{
    auto const golden_file = std::filesystem::path(golden_folder) / (name + ".png");
    if (char const* mode = std::getenv("VITRAIL_GOLDEN"); mode && std::string_view(mode) == "write")
        return write_png(image, golden_file);
    Image const golden = TRY(read_png(golden_file));
    int const differences = count_differences(image, golden);
    if (differences == 0)
        return {};
    auto const kept = picture_folder() / (name + ".png");
    TRY_VOID(write_png(image, kept));
    if (differences < 0)
        return error(name + ": another size than the golden picture; kept " + kept.string());
    Image difference = image;
    for (std::size_t i = 0; i < difference.pixels.size(); ++i)
        difference.pixels[i] =
            image.pixels[i] == golden.pixels[i] ? (image.pixels[i] >> 2 & 0x3f3f3f) : 0xff0000;
    TRY_VOID(write_png(difference, picture_folder() / (name + ".difference.png")));
    return error(name + ": " + std::to_string(differences) + " pixels differ; kept " +
                 kept.string());
}

} // namespace vitrail::test
