// vitrail-image-decoder: the pixels of one picture that a qube gave. Started by sessiond with
// everything it ever has (images/worker.hpp); taken to be that qube's once it has read.

#include "images/decode.hpp"
#include "images/worker.hpp"
#include "lib/os/whole.hpp"

#include <cstdio>
#include <vector>

namespace {

using namespace vitrail;
using namespace vitrail::images;

constexpr char program[] = "vitrail-image-decoder";

bool write_picture(Picture const& picture)
{
    return write_struct(decoder_pixels_fd,
                        transport::RawImageHeader{picture.width, picture.height}) &&
           write_all(decoder_pixels_fd, picture.pixels);
}

} // namespace

int main()
{
    if (!enter_worker_sandbox(program, decoder_memory))
        return 1;
    transport::ImageStart start;
    if (!read_struct(decoder_broker_fd, start))
        return 0; // nothing was copied after all
    // Its own copy: who wrote the file may go on writing.
    std::vector<std::byte> untrusted(start.bytes);
    if (!read_exactly(decoder_original_fd, untrusted))
        return 1;
    auto const picture = decode(untrusted);
    if (!picture) {
        std::fprintf(stderr, "%s: refused: %s\n", program, name_of(picture.error()).data());
        return 3;
    }
    return write_picture(*picture) ? 0 : 1;
}
