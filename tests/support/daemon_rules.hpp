#pragma once

#include "tests/support/fake_agent.hpp"

#include <span>
#include <string>
#include <vector>

namespace vitrail::test {

/// What protocol 1.8 asks of a daemon, held against a whole conversation: one sentence for each
/// place where it was not kept, none when all was. The rules stand here anew and not in lib/wire.
///
/// `complete`: everything was answered that will be, so a missing answer is one too.
/// Source: fact sheet gui-protocol §3.3, §4.3, §5.3, §5.5, §5.6, §13.
[[nodiscard]] std::vector<std::string> broken_rules(std::span<Exchange const> conversation,
                                                    bool complete = true);

} // namespace vitrail::test
