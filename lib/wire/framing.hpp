#pragma once

#include "lib/base/piece_store.hpp"
#include "lib/wire/message.hpp"
#include "lib/wire/violation.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <variant>

namespace vitrail::wire {

/// One message: its header as it came and its body, whose size the table and the version allow.
/// Below 1.6 header.length of a message of fixed size may differ from body.size().
struct Frame {
    Header header;
    std::span<std::byte const> body;
};
/// The peer's version, the first thing on every connection.
struct PeerVersion {
    ProtocolVersion version;
};
using FramingEvent = std::variant<PeerVersion, XConf, Frame>;

/// Cuts the bytes that a peer sends into the handshake and messages. Does no I/O and never waits.
///
///     std::span<std::byte const> input = …;              // what the channel gave
///     while (true) {
///         auto event = splitter.next(input);              // takes from the front of input
///         if (!event) { end the session: event.error() }
///         if (!*event) break;                             // input is used up
///         …                                               // PeerVersion: negotiate, set_version()
///     }
/// A header is checked before its body is stored; at most one body is stored, none when a whole
/// message lies in the input. After a violation every further call repeats it.
class Splitter {
public:
    /// Whose bytes are read: `agent` gives version, messages; `daemon` gives version, xconf,
    /// messages.
    explicit Splitter(From sender);

    /// The next thing that is complete. A Frame's body is valid until the next call and as long as
    /// the storage of `input`. Refuses by the table: unknown type (from the daemon it is skipped,
    /// as the original agents do), the other direction, extension not negotiated, impossible
    /// length.
    [[nodiscard]] std::expected<std::optional<FramingEvent>, Violation>
    next(std::span<std::byte const>& input);

    /// What was negotiated; must be called between PeerVersion and the first message.
    void set_version(ProtocolVersion version);
    [[nodiscard]] ProtocolVersion version() const { return version_; }
    /// Bytes stored of something incomplete: 0 between messages.
    [[nodiscard]] std::size_t buffered() const { return store_.buffered(); }

private:
    enum class Phase : std::uint8_t { version, xconf, header, body, skip };
    [[nodiscard]] std::expected<void, Violation> begin_body(Header const& untrusted_header);
    void skip(std::span<std::byte const>& input);

    From sender_;
    Phase phase_ = Phase::version;
    bool version_set_ = false;
    ProtocolVersion version_;
    Header header_{};
    std::size_t wanted_ = 0; ///< bytes of the body, or left to skip
    PieceStore store_;
    std::optional<Violation> broken_;
};

/// How many bytes of body follow this header, or why the message is refused. Pure; what Splitter
/// uses. From 1.6 on the length must be right; below, messages of fixed size have that size
/// whatever the header says (fact sheet gui-protocol §3.1).
[[nodiscard]] std::expected<std::uint32_t, Violation>
check_header(Header const& untrusted_header, From sender, ProtocolVersion version);

/// guid: the version for an agent that offers `offered`. Fails with bad_version for another major.
[[nodiscard]] std::expected<ProtocolVersion, Violation>
negotiate(ProtocolVersion offered, ProtocolVersion own = version_extended);
/// From 1.4 on guid answers the agent's version with the negotiated one (fact sheet §2.1).
[[nodiscard]] constexpr bool answers_version(ProtocolVersion negotiated)
{
    return negotiated.minor >= 4;
}
/// agent: whether the daemon's answer to our offer is one that we can speak; at least 1.4.
[[nodiscard]] std::expected<ProtocolVersion, Violation> check_answer(ProtocolVersion answer,
                                                                     ProtocolVersion offered);
/// Bytes of clipboard text that this version carries (without the one that says "too large").
[[nodiscard]] constexpr std::uint32_t max_clipboard(ProtocolVersion version)
{
    return version.minor >= 8 ? max_clipboard_1_8 : max_clipboard_1_7;
}

} // namespace vitrail::wire
