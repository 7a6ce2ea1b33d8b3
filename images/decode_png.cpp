#include "images/decode.hpp"

#include <png.h>

#include <cstring>

namespace vitrail::images {
namespace {

/// What libpng's callbacks and jumps leave whole: nothing with a destructor lives in a function
/// that is jumped over.
struct PngReading {
    std::span<std::byte const> untrusted;
    Limits limits;
    Picture picture;
    std::vector<png_bytep> rows;
    Refusal refusal = Refusal::broken;

    [[nodiscard]] bool make_room(std::uint32_t width, std::uint32_t height)
    {
        if (!limits.allow(width, height)) {
            refusal = Refusal::too_large;
            return false;
        }
        std::size_t const stride = std::size_t{width} * transport::image_pixel_bytes;
        picture.width = width;
        picture.height = height;
        picture.pixels.resize(stride * height);
        rows.resize(height);
        for (std::size_t y = 0; y < height; ++y)
            rows[y] = reinterpret_cast<png_bytep>(picture.pixels.data() + y * stride);
        return true;
    }
};

void read_bytes(png_structp png, png_bytep into, std::size_t size) noexcept
{
    auto& reading = *static_cast<PngReading*>(png_get_io_ptr(png));
    if (reading.untrusted.size() < size)
        png_error(png, "cut off");
    std::memcpy(into, reading.untrusted.data(), size);
    reading.untrusted = reading.untrusted.subspan(size);
}
[[noreturn]] void handle_png_error(png_structp png, png_const_charp)
{
    png_longjmp(png, 1);
}
void handle_png_warning(png_structp, png_const_charp) noexcept
{
}

/// Every picture becomes 8 bits of red, green, blue and alpha.
void ask_for_rgba(png_structp png)
{
    png_set_expand(png); // palettes, fewer bits than 8, a transparent colour
    png_set_scale_16(png);
    png_set_gray_to_rgb(png);
    png_set_add_alpha(png, 0xff, PNG_FILLER_AFTER);
    png_set_interlace_handling(png);
}

bool run(png_structp png, png_infop info, PngReading& reading)
{
    if (setjmp(png_jmpbuf(png)) != 0)
        return false;
    png_set_read_fn(png, &reading, read_bytes);
    png_set_user_limits(png, reading.limits.side, reading.limits.side);
    // Of the chunks only those that make pixels are read at all.
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
    png_read_info(png, info);
    if (!reading.make_room(png_get_image_width(png, info), png_get_image_height(png, info)))
        return false;
    ask_for_rgba(png);
    png_read_update_info(png, info);
    if (png_get_rowbytes(png, info) !=
        std::size_t{reading.picture.width} * transport::image_pixel_bytes)
        return false;
    png_read_image(png, reading.rows.data());
    png_read_end(png, nullptr); // a picture that is cut off behind its pixels is cut off
    return true;
}

} // namespace

std::expected<Picture, Refusal> decode_png(std::span<std::byte const> untrusted,
                                           Limits const& limits)
{
    PngReading reading{untrusted, limits, {}, {}};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, handle_png_error,
                                             handle_png_warning);
    png_infop info = png ? png_create_info_struct(png) : nullptr;
    bool const whole = info && run(png, info, reading);
    png_destroy_read_struct(&png, &info, nullptr);
    if (!whole)
        return std::unexpected(reading.refusal);
    return std::move(reading.picture);
}

} // namespace vitrail::images
