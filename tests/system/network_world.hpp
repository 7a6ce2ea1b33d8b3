#pragma once

#include <string>

namespace vitrail::test {

/// In a child: becomes an ordinary user on a machine of its own, with a cable to a server that logs
/// what it sees to `folder`/server.log. Afterwards this process has no rights but that user's.
/// Ends the process when it cannot.
void enter_machine(std::string const& folder);

/// Ports of the server that speak HTTP: every path is a page of one colour, titled "page PATH"; the
/// log has "http /PATH".
inline constexpr int web_port = 8000;
inline constexpr int other_web_port = 8001;
inline constexpr char const* web_colour = "#12a45c";

} // namespace vitrail::test
