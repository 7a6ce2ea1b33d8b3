#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::formats {

/// The most of a selection that is read.
inline constexpr std::size_t max_uri_list = std::size_t{1} << 20;

/// The local files that a selection names, in its order, each once: lines of text/uri-list (RFC
/// 2483), or of x-special/gnome-copied-files, which begins with a line `copy` or `cut`. Absolute
/// paths without NUL. Comments, links to elsewhere and what cannot be a path are left out. Pure.
[[nodiscard]] std::vector<std::string> parse_file_uris(std::string_view untrusted_text);

} // namespace vitrail::formats
