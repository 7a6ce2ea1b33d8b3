#include "tests/fuzz/wire_events.hpp"

/// Everything a daemon can send: version, xconf, then messages.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    vitrail::fuzz::check_pieces(vitrail::wire::From::daemon, data, size);
    return 0;
}
