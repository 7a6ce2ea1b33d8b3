#pragma once

#include "lib/base/untrusted.hpp"
#include "lib/wire/message.hpp"
#include "lib/wire/types.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// Messages as bytes: header and body appended to `out`. Fixed buffers are zero to their end,
/// unused fields are 0. What is built from a checked message parses back to an equal one. Text
/// longer than its field is cut between characters and ends with U+2026, as the original agents do;
/// grant references beyond the limit, rectangles beyond 32 are a broken promise.
namespace vitrail::wire {

using Bytes = std::vector<std::byte>;

// ---- handshake -------------------------------------------------------------------------------
void build_version(Bytes& out, ProtocolVersion version);
/// width is rounded up to a multiple of 8; depth 24; mem as fact sheet gui-protocol §2.1 says.
void build_xconf(Bytes& out, Size screen);

// ---- agent to guid ---------------------------------------------------------------------------
void build_message(Bytes& out, from_agent::Create const& message);
void build_message(Bytes& out, from_agent::Destroy const& message);
void build_message(Bytes& out, from_agent::Map const& message);
void build_message(Bytes& out, from_agent::Unmap const& message);
void build_message(Bytes& out, from_agent::Configure const& message);
void build_message(Bytes& out, from_agent::Damage const& message);
/// `window`: any number of the agent's own. too_large is expressed by the data's length.
void build_message(Bytes& out, from_agent::ClipboardData const& message);
void build_message(Bytes& out, from_agent::Title const& message);
void build_message(Bytes& out, from_agent::Dock const& message);
void build_message(Bytes& out, from_agent::Hints const& message);
void build_message(Bytes& out, from_agent::Flags const& message);
void build_message(Bytes& out, from_agent::Class const& message);
void build_message(Bytes& out, from_agent::Dump const& message);
void build_message(Bytes& out, from_agent::Cursor const& message);
void build_message(Bytes& out, from_agent::Buffer const& message);
void build_message(Bytes& out, from_agent::BufferDestroy const& message);
void build_message(Bytes& out, from_agent::Commit const& message);
void build_message(Bytes& out, from_agent::Popup const& message);
void build_message(Bytes& out, from_agent::CursorImage const& message);
void build_message(Bytes& out, from_agent::Request const& message);
void build_message(Bytes& out, from_agent::PointerLock const& message);
void build_message(Bytes& out, from_agent::TextInput const& message);

// ---- both directions -------------------------------------------------------------------------
void build_message(Bytes& out, ClipboardOffer const& message);
void build_message(Bytes& out, ClipboardChunk const& message);

// ---- guid to agent ---------------------------------------------------------------------------
void build_message(Bytes& out, from_daemon::Keypress const& message);
void build_message(Bytes& out, from_daemon::Button const& message);
void build_message(Bytes& out, from_daemon::Motion const& message);
void build_message(Bytes& out, from_daemon::Crossing const& message);
void build_message(Bytes& out, from_daemon::Focus const& message);
void build_message(Bytes& out, from_daemon::Destroy const& message);
void build_message(Bytes& out, from_daemon::Map const& message);
void build_message(Bytes& out, from_daemon::Configure const& message);
void build_message(Bytes& out, from_daemon::Close const& message);
void build_message(Bytes& out, from_daemon::ClipboardRequest const& message);
/// Below 1.2 the length stands in the header's window too (fact sheet gui-protocol §2.2).
void build_message(Bytes& out, from_daemon::ClipboardData const& message, ProtocolVersion version);
void build_message(Bytes& out, from_daemon::Keymap const& message);
void build_message(Bytes& out, from_daemon::Flags const& message);
void build_message(Bytes& out, from_daemon::DumpAck const& message);
void build_message(Bytes& out, from_daemon::BufferRelease const& message);
void build_message(Bytes& out, from_daemon::FrameDone const& message);
void build_message(Bytes& out, from_daemon::Presented const& message);
void build_message(Bytes& out, from_daemon::Visibility const& message);
void build_message(Bytes& out, from_daemon::Scale const& message);
void build_message(Bytes& out, from_daemon::ConfigureX const& message);
void build_message(Bytes& out, from_daemon::PopupConfigure const& message);
void build_message(Bytes& out, from_daemon::PopupDone const& message);
void build_message(Bytes& out, from_daemon::MotionX const& message);
void build_message(Bytes& out, from_daemon::Axis const& message);
void build_message(Bytes& out, from_daemon::Touch const& message);
void build_message(Bytes& out, from_daemon::Gesture const& message);
void build_message(Bytes& out, from_daemon::ColorScheme const& message);
void build_message(Bytes& out, from_daemon::KeyboardLayout const& message);
void build_message(Bytes& out, from_daemon::ClipboardFetch const& message);
void build_message(Bytes& out, from_daemon::RelativeMotion const& message);
void build_message(Bytes& out, from_daemon::TextInputEvent const& message);

// ---- any bytes, for tests and tools ----------------------------------------------------------
/// Nothing is checked: header.length is the size of `body`.
void build_raw(Bytes& out, std::uint32_t type, std::uint32_t window,
               std::span<std::byte const> body);
template <Pod T>
void build_raw(Bytes& out, Type type, std::uint32_t window, T const& fixed,
               std::span<std::byte const> tail = {})
{
    Bytes body(sizeof(T));
    std::memcpy(body.data(), &fixed, sizeof(T));
    body.insert(body.end(), tail.begin(), tail.end());
    build_raw(out, static_cast<std::uint32_t>(type), window, body);
}

} // namespace vitrail::wire
