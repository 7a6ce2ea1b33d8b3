#include "lib/formats/uri_list.hpp"
#include "tests/fuzz/harness.hpp"

/// What a file manager in a qube has selected.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    using namespace vitrail;
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    for (std::string const& path : formats::parse_file_uris(text)) {
        fuzz::require(path.starts_with('/'), "a path is absolute");
        fuzz::require(!path.contains('\0'), "a path has no NUL");
    }
    return 0;
}
