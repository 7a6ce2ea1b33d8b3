#pragma once

#include <string>

namespace vitrail::qvm {

struct Entry;

/// The manual page of a command, in roff.
[[nodiscard]] std::string man_page(Entry const& entry);
/// That of `qvm` itself: what there is.
[[nodiscard]] std::string man_overview();

} // namespace vitrail::qvm
