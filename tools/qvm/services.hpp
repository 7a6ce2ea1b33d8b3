#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vitrail::qvm {

/// Whether this is one of the two services that the desktop cannot do without and that a qube may
/// not have: StartApp and GetAppmenus.
[[nodiscard]] bool is_own_service(std::string_view service);
/// The command that answers a call of it (NAME or NAME+ARGUMENT): the qube's own program in
/// /etc/qubes-rpc and the like, else one that we bring along. Source: fact sheet services §6, §7.
[[nodiscard]] std::vector<std::string> service_command(std::string_view service);

} // namespace vitrail::qvm
