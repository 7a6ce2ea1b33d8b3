#pragma once

#include <string>
#include <vector>

namespace vitrail::qvm {

using Row = std::vector<std::string>;

/// Columns two blanks apart, the last one without blanks after it; an empty cell is a `-`.
[[nodiscard]] std::string aligned(std::vector<Row> const& rows);
/// Width on a terminal, near enough: one column a code point.
[[nodiscard]] std::size_t columns_of(std::string const& text);

} // namespace vitrail::qvm
