#include "lib/base/text.hpp"

#include "lib/base/utf8.hpp"

#include <algorithm>
#include <iterator>
#include <span>

namespace vitrail {

namespace {

struct Range {
    std::uint32_t first, last;
};

// clang-format off
#include "lib/base/text_table.inc"
// clang-format on

bool in(std::span<Range const> ranges, std::uint32_t point)
{
    auto const* after = std::to_address(std::ranges::upper_bound(
        ranges, point, {}, [](Range const& range) { return range.first; }));
    return after != ranges.data() && point <= std::prev(after)->last;
}

constexpr std::uint32_t replacement = 0xfffd;
constexpr std::uint32_t ellipsis = 0x2026;

bool printable_ascii(char c)
{
    return c >= 0x20 && c <= 0x7e;
}

} // namespace

bool may_display(std::uint32_t code_point) noexcept
{
    return code_point <= 0x10ffff && !in(refused, code_point);
}

std::string display_text(UntrustedText const& text)
{
    std::string_view untrusted = text.untrusted_bytes();
    std::string shown;
    std::size_t points = 0;
    std::size_t marks = 0;
    std::size_t room_for_ellipsis = 0; // where the last point but one of the longest text ends
    while (!untrusted.empty()) {
        if (points == max_display_points) {
            shown.resize(room_for_ellipsis);
            append_utf8(shown, ellipsis);
            break;
        }
        auto const [point, bytes] = decode_utf8(untrusted);
        untrusted.remove_prefix(std::max(bytes, std::size_t{1}));
        marks = bytes != 0 && in(combining, point) ? marks + 1 : 0;
        if (marks > max_combining_marks)
            continue;
        ++points;
        if (bytes != 0 && (point == '\t' || point == '\n' || point == '\r'))
            append_utf8(shown, ' ');
        else
            append_utf8(shown, bytes != 0 && may_display(point) ? point : replacement);
        if (points == max_display_points - 1)
            room_for_ellipsis = shown.size();
    }
    return shown;
}

std::string ascii_text(UntrustedText const& text)
{
    std::string shown(text.untrusted_bytes());
    if (shown.size() > 3 && shown.ends_with("\xe2\x80\xa6"))
        shown.replace(shown.size() - 3, 3, "...");
    std::ranges::replace_if(shown, [](char c) { return !printable_ascii(c); }, '_');
    return shown;
}

std::string escape_for_log(std::string_view untrusted, std::size_t limit)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string line;
    for (char const untrusted_char : untrusted.substr(0, limit)) {
        if (printable_ascii(untrusted_char) && untrusted_char != '\\' && untrusted_char != '"') {
            line.push_back(untrusted_char);
            continue;
        }
        auto const byte = static_cast<unsigned char>(untrusted_char);
        line += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
    }
    if (untrusted.size() > limit)
        line += "...";
    return line;
}

std::string ascii_lower(std::string_view text)
{
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return out;
}

} // namespace vitrail
