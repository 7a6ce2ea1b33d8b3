#pragma once

#include "tools/qvm/command.hpp"

#include <string>
#include <vector>

namespace vitrail::qvm {

/// What a shell offers: the whole word, and what it is. Two stand for more than a word: `:files`
/// and `:commands`, which the shell knows best.
struct Candidate {
    std::string word;
    std::string help;
    friend auto operator<=>(Candidate const&, Candidate const&) = default;
};

/// The words of a command line, the command's name first; the one at `current` is completed. Asks
/// qubesd for names of qubes and the like; offers none of those when it does not answer.
[[nodiscard]] std::vector<Candidate> complete(std::vector<std::string> const& words,
                                              std::size_t current);

} // namespace vitrail::qvm
