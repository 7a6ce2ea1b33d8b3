#pragma once

#include "lib/qrexec/policy.hpp"
#include "lib/qrexec/system_facts.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What policy decides about a call. Pure: the same question has the same answer.
/// Source: fact sheet qrexec §17 and §22.
namespace vitrail::qrexec {

struct CallRequest {
    std::string source; ///< the qube whose daemon asks
    std::string target; ///< as the caller named it; empty: @default
    ServiceCall service;
    std::string on_behalf; ///< what a relay says of who calls; empty: the source itself
};

struct Allow {
    std::string target;      ///< a qube, or the template of a new disposable
    std::string target_uuid; ///< of that; empty of dom0
    bool disposable = false; ///< a new one of `target`
    std::string user;        ///< DEFAULT when no rule says
    bool notify = false;
    bool autostart = true;
    std::optional<std::string> relayed_service; ///< what is called instead, at a relay

    /// As the answer of the policy daemon writes it: NAME or @dispvm:NAME.
    [[nodiscard]] std::string text() const { return (disposable ? "@dispvm:" : "") + target; }
};
struct Ask {
    std::vector<std::string> candidates; ///< NAME or @dispvm:NAME, sorted
    std::string default_target;          ///< one of them, or empty
    std::string guivm;                   ///< who shows the prompt
};
struct Deny {
    std::string reason; ///< one sentence, our words
    bool notify = true;
};

struct Decision {
    std::variant<Deny, Ask, Allow> outcome;
    PolicyRule const* rule = nullptr; ///< that decided; of the policy that was given
    std::string source;               ///< who counts as the caller
    std::string requested;            ///< the target that was matched: @default for an unknown qube
    /// What was changed or ignored on the way, one sentence each.
    std::vector<std::string> notes;

    [[nodiscard]] bool allows() const { return std::holds_alternative<Allow>(outcome); }
};

[[nodiscard]] Decision evaluate(Policy const& policy, SystemFacts const& facts,
                                CallRequest const& request);

/// The same after the person at the prompt chose. Denied unless `choice` is one of the candidates.
[[nodiscard]] Decision choose(Decision const& asked, SystemFacts const& facts,
                              CallRequest const& request, std::string_view choice);

} // namespace vitrail::qrexec
