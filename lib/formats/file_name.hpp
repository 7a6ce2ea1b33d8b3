#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vitrail::formats {

/// Which names a qube may give to another qube's files. Pure.
/// Source: fact sheet services §1, "Name checks".
inline constexpr std::size_t max_path_bytes = 16382; ///< without the NUL

/// Whether a name may hold this code point: printable ASCII; of the rest letters, numbers,
/// punctuation, mathematical and currency symbols of scripts that do not change direction (a table
/// made from Unicode's data by tests/unit/formats/make_file_name_table.cpp).
[[nodiscard]] bool may_stand_in_name(std::uint32_t code_point) noexcept;
/// Valid UTF-8 of nothing but such characters.
[[nodiscard]] bool has_safe_characters(std::string_view untrusted_text) noexcept;

/// Relative, at least one component, none empty, `.` or `..`, no slash at either end, no NUL.
[[nodiscard]] bool is_canonical_path(std::string_view untrusted_path) noexcept;

/// Whether a link at `path` may point to `target`: the link itself at least one folder deep, the
/// target relative and not empty, its leading `..` staying inside the topmost folder of the path,
/// and none later.
[[nodiscard]] bool stays_inside(std::string_view path, std::string_view untrusted_target) noexcept;

} // namespace vitrail::formats
