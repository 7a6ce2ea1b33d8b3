#pragma once

#include <cstdint>
#include <string_view>

namespace vitrail::compositor {

/// What a client may see: sets, not an order (design.md §2). Bits, for the table.
enum class Tier : std::uint8_t { qube = 1, shell = 2, session = 4, control = 8 };

/// Whether a client of this tier sees the global. Each interface stands once in the table; one that
/// is not there is hidden from everybody and named in the log.
[[nodiscard]] bool may_see(Tier tier, std::string_view interface);
[[nodiscard]] bool is_listed(std::string_view interface);

} // namespace vitrail::compositor
