#pragma once

#include "lib/qrexec/framing.hpp"
#include "lib/qrexec/types.hpp"

#include <expected>

namespace vitrail::qrexec {

/// What each stream carries, checked. Pure. `frame`: as Splitter cut it out of that stream, so its
/// type and length are right; checked once more all the same.

/// Stream::agent_to_daemon. A bad request of the qube is a Trigger without a call: it is refused
/// and the connection goes on; everything else that is wrong is a violation (fact sheet qrexec §4).
[[nodiscard]] std::expected<AgentMessage, Violation> parse_from_agent(Frame const& frame);
/// Stream::daemon_to_agent.
[[nodiscard]] std::expected<DaemonMessage, Violation> parse_from_daemon(Frame const& frame);
/// Stream::client_to_daemon.
[[nodiscard]] std::expected<ClientMessage, Violation> parse_from_client(Frame const& frame);
/// Stream::daemon_to_client.
[[nodiscard]] std::expected<DaemonAnswer, Violation> parse_answer(Frame const& frame);
/// Stream::trigger: TRIGGER_SERVICE4 of who calls in the qube.
[[nodiscard]] std::expected<Trigger, Violation> parse_trigger(Frame const& frame);
/// Stream::to_service and Stream::to_caller.
[[nodiscard]] std::expected<CallMessage, Violation> parse_call(Frame const& frame);

} // namespace vitrail::qrexec
