#pragma once

#include "lib/base/piece_store.hpp"
#include "lib/base/untrusted.hpp"
#include "lib/qrexec/message.hpp"
#include "lib/qrexec/violation.hpp"

#include <cstddef>
#include <expected>
#include <optional>
#include <span>

namespace vitrail::qrexec {

/// A whole message as it was cut out of its stream: of a type and length that the table allows.
struct Frame {
    Type type;
    std::span<std::byte const> body;
};

/// How many bytes of body follow this header, or why the message is refused. Pure; what Splitter
/// uses. `version`: what was negotiated; before that, `lowest_version`.
[[nodiscard]] std::expected<std::uint32_t, Violation>
check_header(Header const& untrusted_header, Stream stream, std::uint32_t version);

/// Cuts one direction of a connection into messages. Does no I/O and never waits.
///
///     std::span<std::byte const> input = …;               // what was read
///     while (true) {
///         auto frame = splitter.next(input);              // takes from the front of input
///         if (!frame) { end the connection: frame.error() }
///         if (!*frame) break;                             // input is used up
///         …                                               // HELLO: negotiate, set_version()
///     }
/// HELLO comes first and once (not on Stream::trigger, which has none). At most one body is stored,
/// none when a whole message lies in the input. After a violation every further call repeats it.
class Splitter {
public:
    explicit Splitter(Stream stream) : stream_(stream), greeted_(stream == Stream::trigger)
    {
        if (greeted_)
            version_ = highest_version;
    }

    /// The next message that is complete; its body is valid until the next call and as long as the
    /// storage of `input`.
    [[nodiscard]] std::expected<std::optional<Frame>, Violation>
    next(std::span<std::byte const>& input);

    /// What was negotiated: the lengths of what follows depend on it.
    void set_version(std::uint32_t version) { version_ = version; }
    [[nodiscard]] std::uint32_t version() const { return version_; }
    /// Bytes stored of something incomplete: 0 between messages.
    [[nodiscard]] std::size_t buffered() const { return store_.buffered(); }

private:
    [[nodiscard]] std::unexpected<Violation> refuse(Violation violation);
    [[nodiscard]] std::expected<void, Violation> begin_body(Header const& untrusted_header);

    Stream stream_;
    std::uint32_t version_ = lowest_version;
    bool greeted_;
    bool in_body_ = false;
    Type type_{};
    std::size_t wanted_ = 0;
    PieceStore store_;
    std::optional<Violation> broken_;
};

/// The version for a peer that offers `offered`: the lower one, at least lowest_version.
[[nodiscard]] std::expected<std::uint32_t, Violation>
negotiate(std::uint32_t untrusted_offered, std::uint32_t own = highest_version);

} // namespace vitrail::qrexec
