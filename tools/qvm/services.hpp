#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vitrail::qvm {

/// The command that answers a call of a service (NAME or NAME+ARGUMENT) in a qube: its own program
/// in /etc/qubes-rpc and the like, as its qrexec agent finds it; for the three that the desktop
/// cannot do without (VMShell, StartApp, GetAppmenus) else one that we bring along.
/// Source: fact sheets qrexec §14, services §6, §7.
[[nodiscard]] std::vector<std::string> service_command(std::string_view service);

} // namespace vitrail::qvm
