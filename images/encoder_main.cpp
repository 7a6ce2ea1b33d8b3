// vitrail-image-encoder: a PNG of pixels. It never sees what a qube wrote: a size, that it checks,
// and as many pixels as that says. Started by sessiond with everything it ever has
// (images/worker.hpp).

#include "images/png_writer.hpp"
#include "images/worker.hpp"
#include "lib/os/whole.hpp"
#include "lib/transport/image_job.hpp"

#include <vector>

namespace {

using namespace vitrail;
using namespace vitrail::images;
using transport::ImageResult;
using transport::ImageStatus;

class FileSink final : public ByteSink {
public:
    bool write(std::span<std::byte const> bytes) override
    {
        written_ += static_cast<std::uint32_t>(bytes.size());
        return write_all(encoder_file_fd, bytes); // its size is fixed: behind it there is no room
    }
    [[nodiscard]] std::uint32_t written() const { return written_; }

private:
    std::uint32_t written_ = 0;
};

bool at_end()
{
    std::byte more{};
    return !read_exactly(encoder_pixels_fd, std::span(&more, 1));
}

ImageResult encode()
{
    transport::RawImageHeader untrusted;
    if (!read_struct(encoder_pixels_fd, untrusted) ||
        !transport::is_image_size(untrusted.width, untrusted.height))
        return {};
    FileSink sink;
    PngWriter writer(sink);
    ImageResult result{ImageStatus::too_large, untrusted.width, untrusted.height, 0};
    if (!writer.begin(untrusted.width, untrusted.height))
        return result;
    std::vector<std::byte> row(std::size_t{untrusted.width} * transport::image_pixel_bytes);
    for (std::uint32_t y = 0; y < untrusted.height; ++y) {
        if (!read_exactly(encoder_pixels_fd, row))
            return {};
        if (!writer.write_row(row))
            return result;
    }
    if (!at_end())
        return {};
    if (!writer.end())
        return result;
    result.status = ImageStatus::done;
    result.bytes = sink.written();
    return result;
}

} // namespace

int main()
{
    if (!enter_worker_sandbox("vitrail-image-encoder", encoder_memory))
        return 1;
    return write_struct(encoder_broker_fd, encode()) ? 0 : 1;
}
