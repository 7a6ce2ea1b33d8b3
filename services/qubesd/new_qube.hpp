#pragma once

#include "services/qubesd/lifecycle.hpp"
#include "services/qubesd/system.hpp"

#include <string>

namespace vitrail::qubesd {

/// A qube that is not there yet, without its class; checked, kept nowhere. `source`: who wants it.
[[nodiscard]] qube::Outcome<Qube> new_qube(System const& system, Lifecycle const& lifecycle,
                                           std::string const& name, std::string const& label,
                                           std::string const& source);
/// A disposable of `from`, with what that has (fact sheet storage-and-lifecycle §20).
[[nodiscard]] qube::Outcome<Qube> new_disposable(System const& system, Lifecycle const& lifecycle,
                                                 std::string const& from,
                                                 std::string const& source);

} // namespace vitrail::qubesd
