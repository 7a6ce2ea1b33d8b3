#pragma once

#include "lib/qrexec/types.hpp"

#include <vector>

namespace vitrail::qrexec {

using Bytes = std::vector<std::byte>;

/// Appends a message to `out`. The values are ours: texts without NULs, within their limits.
void build(Bytes& out, Hello const& message);
void build(Bytes& out, Execute const& message);
void build(Bytes& out, Connect const& message);
void build(Bytes& out, Refused const& message);
void build(Bytes& out, Terminated const& message);
void build(Bytes& out, CallPipes const& message);
/// Only what stands before the body.
void build_header(Bytes& out, Type type, std::size_t length);
void build(Bytes& out, Assigned const& message);
/// At most max_chunk() of the negotiated version.
void build(Bytes& out, Data const& message);
void build(Bytes& out, ExitCode const& message);
/// In the form of a version: 4 says who is relayed; 2 cuts what does not fit its fields.
void build(Bytes& out, Trigger const& message, std::uint32_t version);

/// The raw numbers that the agent writes to a caller whose request was allowed, without a header
/// (fact sheet qrexec §7b).
void build_meeting(Bytes& out, Connect const& message);
/// Nothing unless `bytes` is a domain and a data port.
[[nodiscard]] std::optional<Assigned>
parse_meeting(std::span<std::byte const, sizeof(ExecParams)> bytes);

/// Any header with any body: for tests and for what is only handed on.
void build_raw(Bytes& out, std::uint32_t type, std::span<std::byte const> body);

} // namespace vitrail::qrexec
