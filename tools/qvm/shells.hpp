#pragma once

#include <string>
#include <vector>

namespace vitrail::qvm {

/// What is made from the table of commands: `qvm --commands` (the names), `qvm --bash`, `--zsh`,
/// `--fish` (a completion script), `--man NAME` (a page), and `qvm --complete KIND`, which such a
/// script calls for what only qubesd knows. Returns the exit status.
[[nodiscard]] int serve_shells(std::vector<std::string> const& words);

} // namespace vitrail::qvm
