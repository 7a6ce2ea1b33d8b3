#include "images/decode.hpp"
#include "tests/fuzz/harness.hpp"

/// A picture as a qube gives it to the decoder, which is alone with it in its sandbox.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    using namespace vitrail;
    images::Limits const limits{.side = 512, .pixels = 1U << 16};
    auto const picture = images::decode(fuzz::bytes_of(data, size), limits);
    if (picture) {
        fuzz::require(limits.allow(picture->width, picture->height), "it is within the limits");
        fuzz::require(picture->pixels.size() == std::size_t{picture->width} * picture->height * 4,
                      "every pixel is there, and no more");
    }
    return 0;
}
