#pragma once

#include "lib/qrexec/evaluate.hpp"
#include "lib/qube/async_client.hpp"

#include <functional>
#include <string>

namespace vitrail::session {

/// Whether policy lets what `source` copied be pasted in `target`: the service qubes.ClipboardPaste
/// without an argument, as the original asks, and with the type as its argument: both have to be
/// allowed. Files are asked for as what copies them, qubes.Filecopy. The user's chord is his yes to
/// an `ask`; a rule that sends the call elsewhere is a no, since the target is who it is (fact
/// sheet gui-protocol §8.4).
[[nodiscard]] bool allows_paste(qrexec::Policy const& policy, qrexec::SystemFacts const& facts,
                                std::string const& source, std::string const& target,
                                std::string const& type);

/// Asks qubesd what qubes there are, reads policy's files, and decides; never waits.
class ClipboardPolicy {
public:
    /// `socket`: qubesd's for internal calls.
    ClipboardPolicy(wl_event_loop* loop, std::string socket) : admin_(loop, std::move(socket)) {}
    /// `answer` once; no when qubesd does not say.
    void may_paste(std::string const& source, std::string const& target, std::string const& type,
                   std::function<void(bool)> answer);

private:
    qube::AsyncAdminClient admin_;
};

} // namespace vitrail::session
