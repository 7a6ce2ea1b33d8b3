#pragma once

#include <string>
#include <vector>

namespace vitrail::panel {

/// Starts a program that goes on by itself; what is in no folder is looked up in PATH. One that
/// cannot be started is said in the log.
void start_program(std::vector<std::string> const& words);

} // namespace vitrail::panel
