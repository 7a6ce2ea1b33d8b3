#pragma once

#include "lib/base/result.hpp"
#include "lib/qrexec/policy.hpp"
#include "lib/qrexec/system_facts.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vitrail::qube {

/// The folders of this system's policy, the one whose files count first in front: the user's own
/// (vitrail/policy.d of the configuration folder), /run/qubes/policy.d, /etc/qubes/policy.d, what
/// we ship. $VITRAIL_POLICY_PATH, colons between, replaces them all.
[[nodiscard]] std::vector<std::string> policy_folders();
/// The file system.
[[nodiscard]] qrexec::PolicyFiles policy_files();

/// The answer of internal.GetSystemInfo (fact sheet qrexec §18). Pure. Refuses what is not of that
/// form; members that it does not know are ignored.
[[nodiscard]] Result<qrexec::SystemFacts> parse_system_info(std::string_view json);

/// Asks qubesd; waits for the answer.
[[nodiscard]] Result<qrexec::SystemFacts> ask_system_info();

} // namespace vitrail::qube
