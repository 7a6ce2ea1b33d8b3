#pragma once

#include "services/qubesd/system.hpp"

#include <string>

namespace vitrail::qubesd {

/// What a store without dom0 gets: dom0, the standard labels, the pool `varlibqubes` (directories
/// below `volumes`), and the template `host`, which shares this machine's own system read-only.
[[nodiscard]] Result<> make_first_state(System& system, std::string const& volumes);

} // namespace vitrail::qubesd
