#include "tests/fuzz/wire_events.hpp"

/// Everything an agent can send: version, then messages.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    vitrail::fuzz::check_pieces(vitrail::wire::From::agent, data, size);
    return 0;
}
