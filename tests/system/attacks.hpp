#pragma once

#include "tests/support/fake_agent.hpp"

#include <string>
#include <vector>

namespace vitrail::test {

/// What the attacker sees of the stage: the screen's size, where the victim's window is, and the
/// victim's domain and window number, should he guess them.
struct Stage {
    Size screen;
    Rect victim; ///< content, layout units
};

/// How an attack has to end: with the attacker's session as it was, or ended for a violation.
enum class Ending { session_goes_on, session_is_ended };

struct Attack {
    std::string name; ///< a sentence
    Ending ending = Ending::session_goes_on;
    std::function<void(FakeAgent&, Stage const&)> act;
};

/// The attacker paints with this and nobody else does.
inline constexpr std::uint32_t attack_color = 0xff00ff;

[[nodiscard]] std::vector<Attack> attacks();

/// What gtest calls it: by its name, not by its bytes.
void PrintTo(Attack const& attack, std::ostream* out);

} // namespace vitrail::test
