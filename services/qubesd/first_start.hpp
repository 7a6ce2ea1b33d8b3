#pragma once

#include "services/qubesd/system.hpp"

#include <string>

namespace vitrail::qubesd {

/// What a store without dom0 gets: dom0, the standard labels, the pool `varlibqubes` (directories
/// below `volumes`), the template `host`, which shares this machine's own system read-only, and the
/// usual set of qubes made from it: sys-net, sys-firewall, sys-usb, default-dvm, personal, work,
/// untrusted, banking and vault.
[[nodiscard]] Result<> make_first_state(System& system, std::string const& volumes);

} // namespace vitrail::qubesd
