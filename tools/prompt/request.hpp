#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// What the policy process asks or tells of calls between qubes. Source: fact sheet qrexec §19.
namespace vitrail::prompt {

/// policy.Ask: shall `source` be allowed to call this, and where?
struct Question {
    std::string source;
    std::string service;              ///< without its argument
    std::string argument;             ///< empty: none
    std::vector<std::string> targets; ///< a qube, dom0, or @dispvm:TEMPLATE; at least one
    std::string default_target;       ///< one of them, or empty: nothing is chosen yet
    friend bool operator==(Question const&, Question const&) = default;
};

/// policy.Notify: what became of a call that nobody was asked about.
struct Notice {
    enum class Result { allow, deny, fail };
    Result result = Result::deny;
    std::string source, service, argument, target;
    friend bool operator==(Notice const&, Notice const&) = default;
};

inline constexpr std::size_t max_request = 1 << 17;
inline constexpr std::size_t max_targets = 4096;

/// The descriptor, NUL, one JSON object. Nothing for any other request, a name that no qube or
/// service can have, or a question without a target. Pure.
[[nodiscard]] std::optional<std::variant<Question, Notice>> parse_request(std::string_view text);

/// What is answered: nothing chosen is a no.
[[nodiscard]] std::string build_answer(std::optional<std::string> const& target);

/// Of @dispvm:TEMPLATE the template; nothing for a qube.
[[nodiscard]] std::optional<std::string_view> disposable_of(std::string_view target);

} // namespace vitrail::prompt
