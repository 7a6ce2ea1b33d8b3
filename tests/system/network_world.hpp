#pragma once

#include <string>

namespace vitrail::test {

/// In a child: becomes an ordinary user on a machine of its own, with a cable to a server that logs
/// what it sees to `folder`/server.log. Afterwards this process has no rights but that user's.
/// Ends the process when it cannot.
void enter_machine(std::string const& folder);

/// Id that a test's ordinary user has where root runs it.
inline constexpr unsigned ordinary_id = 1900000000;

} // namespace vitrail::test
