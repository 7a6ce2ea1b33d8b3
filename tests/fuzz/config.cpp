#include "compositor/config.hpp"
#include "tests/fuzz/harness.hpp"

/// The user's settings: his own file, but a mistake in it must not end the desktop.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    using namespace vitrail;
    auto const config =
        compositor::parse_config({reinterpret_cast<char const*>(data), size}, "fuzz");
    if (!config)
        fuzz::require(config.error().message().starts_with("fuzz:"), "an error names its place");
    return 0;
}
