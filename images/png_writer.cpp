#include "images/png_writer.hpp"

#include <png.h>

namespace vitrail::images {
namespace {

/// A copy waits for this: a third of the time of zlib's usual for a tenth more bytes.
constexpr int compression = 3;

[[noreturn]] void handle_writer_error(png_structp png, png_const_charp)
{
    png_longjmp(png, 1);
}
void handle_writer_warning(png_structp, png_const_charp) noexcept
{
}

void put_bytes(png_structp png, png_bytep bytes, std::size_t size)
{
    auto& sink = *static_cast<ByteSink*>(png_get_io_ptr(png));
    if (!sink.write(std::as_bytes(std::span(bytes, size))))
        png_error(png, "no room");
}
void flush_bytes(png_structp) noexcept
{
}

} // namespace

struct PngWriter::Png {
    png_structp png = nullptr;
    png_infop info = nullptr;
    ~Png() { png_destroy_write_struct(&png, &info); }
};

PngWriter::PngWriter(ByteSink& sink) : png_(std::make_unique<Png>())
{
    png_->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, handle_writer_error,
                                        handle_writer_warning);
    png_->info = png_->png ? png_create_info_struct(png_->png) : nullptr;
    if (png_->info)
        png_set_write_fn(png_->png, &sink, put_bytes, flush_bytes);
}

PngWriter::~PngWriter() = default;

bool PngWriter::begin(std::uint32_t width, std::uint32_t height)
{
    if (!png_->info || setjmp(png_jmpbuf(png_->png)) != 0)
        return false;
    png_set_user_limits(png_->png, width, height); // who calls has checked them
    png_set_IHDR(png_->png, png_->info, width, height, 8, PNG_COLOR_TYPE_RGB_ALPHA,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(png_->png, compression);
    png_set_filter(png_->png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB | PNG_FILTER_UP);
    png_write_info(png_->png, png_->info);
    return true;
}

bool PngWriter::write_row(std::span<std::byte const> row)
{
    if (setjmp(png_jmpbuf(png_->png)) != 0)
        return false;
    png_write_row(png_->png, reinterpret_cast<png_const_bytep>(row.data()));
    return true;
}

bool PngWriter::end()
{
    if (setjmp(png_jmpbuf(png_->png)) != 0)
        return false;
    png_write_end(png_->png, nullptr);
    return true;
}

} // namespace vitrail::images
