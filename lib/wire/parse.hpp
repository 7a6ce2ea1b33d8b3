#pragma once

#include "lib/wire/message.hpp"
#include "lib/wire/types.hpp"
#include "lib/wire/violation.hpp"

#include <cstddef>
#include <expected>
#include <span>

namespace vitrail::wire {

/// A message of an agent, checked as far as it can be without knowing any window.
/// `body` is one whole body as Splitter gives it; any other size is refused with bad_length.
/// Clamps, ignores and refuses as types.hpp says; where the original daemon would ask the user
/// (fact sheet gui-protocol §6.2) this is a violation, and so is the deprecated MFNDUMP.
[[nodiscard]] std::expected<AgentMessage, Violation>
parse_agent_message(Header const& header, std::span<std::byte const> body, ProtocolVersion version);

/// A message of guid or an original daemon, for an agent.
[[nodiscard]] std::expected<DaemonMessage, Violation>
parse_daemon_message(Header const& header, std::span<std::byte const> body,
                     ProtocolVersion version);

/// The size of the qube's screen: at least 1x1, at most 16384x16384 (clamped).
[[nodiscard]] Size check_xconf(XConf const& untrusted_xconf);

} // namespace vitrail::wire
