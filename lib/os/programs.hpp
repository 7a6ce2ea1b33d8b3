#pragma once

#include <string>
#include <string_view>

namespace vitrail {

/// Where one of our own programs is: beside the running one where it is installed, in its folder of
/// the build tree else. Never looked up in PATH.
[[nodiscard]] std::string own_program(std::string_view name);

/// The folder of what qubes of the local host see at /opt/vitrail/qube; empty where it is missing.
[[nodiscard]] std::string in_qube_folder();

/// The folder `data` of the source tree, or where it was installed.
[[nodiscard]] std::string data_folder();

} // namespace vitrail
