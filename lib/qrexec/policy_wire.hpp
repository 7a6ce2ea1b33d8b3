#pragma once

#include "lib/qrexec/evaluate.hpp"

#include <optional>
#include <string>
#include <string_view>

/// What a daemon and the policy process say to each other: `key=value` lines.
/// Source: fact sheet qrexec §18.
namespace vitrail::qrexec {

struct PolicyQuestion {
    CallRequest call;
    bool assumes_yes = false;    ///< as if the person at the prompt agreed
    bool just_evaluates = false; ///< the answer is nothing but allow or deny
};
/// With the empty line at its end.
[[nodiscard]] std::string build_question(PolicyQuestion const& question);
/// Nothing for an unknown, missing or repeated key, or a value that cannot be.
[[nodiscard]] std::optional<PolicyQuestion> parse_question(std::string_view untrusted_text);

/// What the daemon is told. Nothing of why.
struct PolicyAnswer {
    bool allowed = false;
    std::string user;        ///< DEFAULT: the target's default one
    std::string target;      ///< NAME, @dispvm:NAME or dom0
    std::string target_uuid; ///< uuid:UUID, @dispvm:uuid:UUID; empty of dom0
    bool autostart = true;
    std::string requested_target;
    std::string service;       ///< instead of the one asked for; empty: that one
    std::string policy_source; ///< instead of the caller; empty: the caller
    friend bool operator==(PolicyAnswer const&, PolicyAnswer const&) = default;
};
inline constexpr std::size_t max_policy_answer = 4096;

[[nodiscard]] std::string build_answer(Decision const& decision, PolicyQuestion const& question);
/// Nothing for what is not a whole answer: then the call is refused. Unknown keys are ignored.
[[nodiscard]] std::optional<PolicyAnswer> parse_answer_text(std::string_view text);

} // namespace vitrail::qrexec
