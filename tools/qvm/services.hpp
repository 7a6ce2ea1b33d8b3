#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vitrail::qvm {

/// The command that answers a call of a service (NAME or NAME+ARGUMENT) in a qube: its own program
/// in /etc/qubes-rpc and the like, as its qrexec agent finds it; else one that the local host
/// brings into every qube (/opt/vitrail/qubes-rpc); a shell for VMShell in any case. Source: fact
/// sheet qrexec §14.
[[nodiscard]] std::vector<std::string> service_command(std::string_view service);

} // namespace vitrail::qvm
