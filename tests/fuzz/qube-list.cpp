#include "services/sessiond/qube_list.hpp"
#include "tests/fuzz/harness.hpp"

/// The list of qubes.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    using namespace vitrail;
    auto const qubes =
        session::parse_qube_list({reinterpret_cast<char const*>(data), size}, "fuzz");
    if (!qubes) {
        fuzz::require(qubes.error().message().starts_with("fuzz:"), "an error names its place");
        return 0;
    }
    for (auto const& qube : *qubes)
        fuzz::require(session::check_qube_name(qube.name).has_value(), "a qube has a qube's name");
    return 0;
}
