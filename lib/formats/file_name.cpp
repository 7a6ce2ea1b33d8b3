#include "lib/formats/file_name.hpp"

#include "lib/base/utf8.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace vitrail::formats {
namespace {

struct Range {
    std::uint32_t first, last;
};

/// Code points above U+007F that may stand in a name, ascending.
constexpr Range allowed[] = {
#include "lib/formats/file_name_table.inc"
};

/// The front part of a path up to a slash, which is taken off too.
std::string_view cut_component(std::string_view& path)
{
    auto const end = path.find('/');
    std::string_view const one = path.substr(0, end);
    path = end == std::string_view::npos ? std::string_view() : path.substr(end + 1);
    return one;
}

} // namespace

bool may_stand_in_name(std::uint32_t point) noexcept
{
    if (point < 0x80)
        return point >= 0x20 && point <= 0x7e;
    auto const* const found = std::ranges::lower_bound(allowed, point, {}, &Range::last);
    return found != std::end(allowed) && point >= found->first;
}

bool has_safe_characters(std::string_view text) noexcept
{
    while (!text.empty()) {
        Decoded const next = decode_utf8(text);
        if (next.bytes == 0 || !may_stand_in_name(next.point))
            return false;
        text.remove_prefix(next.bytes);
    }
    return true;
}

bool is_canonical_path(std::string_view path) noexcept
{
    if (path.empty() || path.size() > max_path_bytes || path.contains('\0') || path.ends_with('/'))
        return false;
    while (!path.empty()) {
        std::string_view const one = cut_component(path);
        if (one.empty() || one == "." || one == "..")
            return false;
    }
    return true;
}

bool stays_inside(std::string_view path, std::string_view target) noexcept
{
    auto const folders = std::ranges::count(path, '/');
    if (folders < 1 || target.empty() || target.starts_with('/') || target.contains('\0'))
        return false;
    std::ptrdiff_t ups = 0;
    bool is_leading = true;
    while (!target.empty()) {
        std::string_view const one = cut_component(target);
        if (one == "..") {
            if (!is_leading || ++ups > folders - 1)
                return false;
        } else if (!one.empty() && one != ".") {
            is_leading = false;
        }
    }
    return true;
}

} // namespace vitrail::formats
