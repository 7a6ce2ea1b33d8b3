#pragma once

#include "lib/base/result.hpp"
#include "services/qubesd/state.hpp"

#include <string>
#include <string_view>

namespace vitrail::qubesd {

/// The original's qubes.xml (fact sheet admin-api §21). Order by qid, only what was set.
[[nodiscard]] std::string export_xml(State const& state);

/// The state that a qubes.xml describes. Older forms of devices (required="True") are read too.
/// What this program cannot keep (an unknown property or class, a bad name) is an error that names
/// it.
[[nodiscard]] Result<State> import_xml(std::string_view untrusted_text);

} // namespace vitrail::qubesd
