#include "lib/formats/qfile.hpp"
#include "tests/fuzz/harness.hpp"

#include <algorithm>

namespace {

using namespace vitrail;
using namespace vitrail::formats;

struct Reading {
    std::vector<Entry> entries;
    std::uint64_t content = 0;
    int error = 0;
    std::uint32_t crc = 0;

    friend bool operator==(Reading const&, Reading const&) = default;
};

Reading read(std::span<std::byte const> input, std::size_t step)
{
    QfileParser parser({.bytes = 1 << 20, .entries = 1000, .all_names = false});
    Reading reading;
    while (!input.empty() && reading.error == 0 && !parser.ended()) {
        auto piece = input.first(std::min(step, input.size()));
        input = input.subspan(piece.size());
        while (true) {
            auto const event = parser.next(piece);
            if (!event)
                reading.error = event.error().code;
            if (!event || !*event)
                break;
            if (auto const* const entry = std::get_if<Entry>(&**event)) {
                fuzz::require(is_canonical_path(entry->name), "a name stays inside");
                fuzz::require(has_safe_characters(entry->name), "a name can be shown");
                fuzz::require(entry->kind != EntryKind::link ||
                                  stays_inside(entry->name, entry->target),
                              "a link stays inside");
                fuzz::require((entry->mode & ~07777U) == 0, "a mode is permissions");
                reading.entries.push_back(*entry);
            } else if (auto const* const content = std::get_if<Content>(&**event)) {
                reading.content += content->bytes.size();
            }
        }
    }
    fuzz::require(reading.content <= 1 << 20 && reading.entries.size() <= 1000, "limits hold");
    if (reading.error == 0)
        reading.crc = parser.crc();
    return reading;
}

} // namespace

/// A stream of files and the answer to one.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    auto const bytes = fuzz::bytes_of(data, size);
    Reading const whole = read(bytes, std::max<std::size_t>(size, 1));
    fuzz::require(read(bytes, 1) == whole, "how a stream is cut does not matter");
    if (auto const result = parse_result(bytes)) {
        std::vector<std::byte> out;
        build_result(out, *result);
        fuzz::require(parse_result(out) == result, "an answer is built as it was parsed");
    }
    return 0;
}
