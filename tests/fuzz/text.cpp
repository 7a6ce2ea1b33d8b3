#include "lib/base/text.hpp"
#include "lib/base/utf8.hpp"
#include "tests/fuzz/harness.hpp"

/// What a qube calls text, on its way to the screen and to the log.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    using namespace vitrail;
    std::string const input(data, data + size);
    std::string const shown = display_text(UntrustedText(input));
    std::size_t points = 0;
    for (unsigned char const c : shown) {
        fuzz::require(c >= 0x20 && c != 0x7f, "no control is shown");
        points += (c & 0xc0U) != 0x80U ? 1U : 0U;
    }
    fuzz::require(points <= max_display_points, "what is shown has an end");
    fuzz::require(display_text(UntrustedText(shown)) == shown, "what may be shown stays as it is");
    for (char const c : ascii_text(UntrustedText(input)))
        fuzz::require(c >= 0x20 && c < 0x7f, "the original's form is printable ASCII");
    for (char const c : escape_for_log(input))
        fuzz::require(c >= 0x20 && c < 0x7f, "a log line is printable ASCII");
    return 0;
}
