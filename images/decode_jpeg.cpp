#include "images/decode.hpp"

#include <csetjmp>
#include <cstdio> // jpeglib.h does not include what it needs

#include <jpeglib.h>

namespace vitrail::images {
namespace {

/// A picture of one screen has a dozen; what has hundreds is made to take time.
constexpr int most_scans = 100;

/// What libjpeg's callbacks and jumps leave whole (as PngReading).
struct JpegReading {
    jpeg_error_mgr errors{}; // first: libjpeg hands this one back
    jpeg_progress_mgr progress{};
    std::jmp_buf out{};
    Limits limits;
    Picture picture;
    Refusal refusal = Refusal::broken;

    [[nodiscard]] bool make_room(std::uint32_t width, std::uint32_t height)
    {
        if (!limits.allow(width, height)) {
            refusal = Refusal::too_large;
            return false;
        }
        picture.width = width;
        picture.height = height;
        picture.pixels.resize(std::size_t{width} * height * transport::image_pixel_bytes);
        return true;
    }
    [[nodiscard]] std::byte* row(std::uint32_t y)
    {
        return picture.pixels.data() +
               std::size_t{y} * picture.width * transport::image_pixel_bytes;
    }
};

JpegReading& reading_of(j_common_ptr jpeg)
{
    return *static_cast<JpegReading*>(jpeg->client_data);
}
[[noreturn]] void handle_error(j_common_ptr jpeg)
{
    std::longjmp(reading_of(jpeg).out, 1);
}
/// A warning says that pixels are made up from here on.
void handle_message(j_common_ptr jpeg, int level)
{
    if (level < 0)
        handle_error(jpeg);
}
void handle_progress(j_common_ptr jpeg)
{
    if (jpeg->is_decompressor &&
        reinterpret_cast<j_decompress_ptr>(jpeg)->input_scan_number > most_scans)
        handle_error(jpeg);
}

std::byte scaled(std::byte ink, std::byte black)
{
    auto const product = std::to_integer<unsigned>(ink) * std::to_integer<unsigned>(black);
    return static_cast<std::byte>((product + 127) / 255);
}

/// Cyan, magenta, yellow and black to red, green, blue and alpha, in place. `inverted`: 255 is no
/// ink, as Adobe writes it.
void cmyk_to_rgba(std::span<std::byte> row, bool inverted)
{
    for (std::size_t x = 0; x + 3 < row.size(); x += 4) {
        auto const pixel = row.subspan(x, 4);
        if (!inverted)
            for (std::byte& ink : pixel)
                ink = ~ink;
        for (std::size_t i = 0; i < 3; ++i)
            pixel[i] = scaled(pixel[i], pixel[3]);
        pixel[3] = std::byte{255};
    }
}

bool run(jpeg_decompress_struct& jpeg, JpegReading& reading, unsigned char const* bytes,
         unsigned long size)
{
    if (setjmp(reading.out) != 0)
        return false;
    jpeg_create_decompress(&jpeg);
    jpeg.client_data = &reading;
    jpeg.progress = &reading.progress;
    jpeg_mem_src(&jpeg, bytes, size);
    jpeg_read_header(&jpeg, TRUE);
    if (!reading.make_room(jpeg.image_width, jpeg.image_height))
        return false;
    bool const inks = jpeg.jpeg_color_space == JCS_CMYK || jpeg.jpeg_color_space == JCS_YCCK;
    jpeg.out_color_space = inks ? JCS_CMYK : JCS_EXT_RGBA;
    jpeg_start_decompress(&jpeg);
    if (jpeg.output_width != reading.picture.width ||
        jpeg.output_height != reading.picture.height || jpeg.output_components != 4)
        return false;
    while (jpeg.output_scanline < jpeg.output_height) {
        std::byte* const at = reading.row(jpeg.output_scanline);
        auto* row = reinterpret_cast<JSAMPROW>(at);
        jpeg_read_scanlines(&jpeg, &row, 1);
        if (inks)
            cmyk_to_rgba({at, std::size_t{jpeg.output_width} * 4}, jpeg.saw_Adobe_marker != 0);
    }
    jpeg_finish_decompress(&jpeg);
    return true;
}

} // namespace

std::expected<Picture, Refusal> decode_jpeg(std::span<std::byte const> untrusted,
                                            Limits const& limits)
{
    JpegReading reading;
    reading.limits = limits;
    jpeg_decompress_struct jpeg{};
    jpeg.err = jpeg_std_error(&reading.errors);
    jpeg.client_data = &reading;
    reading.errors.error_exit = handle_error;
    reading.errors.emit_message = handle_message;
    reading.progress.progress_monitor = handle_progress;
    bool const whole = run(jpeg, reading, reinterpret_cast<unsigned char const*>(untrusted.data()),
                           static_cast<unsigned long>(untrusted.size()));
    jpeg_destroy_decompress(&jpeg);
    if (!whole)
        return std::unexpected(reading.refusal);
    return std::move(reading.picture);
}

} // namespace vitrail::images
