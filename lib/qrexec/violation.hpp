#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vitrail::qrexec {

/// Which rule of qrexec a peer broke. The names are what the log line says.
enum class Rule : std::uint8_t {
    bad_version,     ///< lower than 2
    unknown_type,    ///< no such message
    wrong_direction, ///< a message of another connection or of the other side
    wrong_version,   ///< a message of another version than the one negotiated
    bad_length,      ///< a length that the message cannot have
    wrong_state,     ///< HELLO twice or not first, a second command
    bad_text,        ///< a NUL is missing, or stands where none may
    bad_port,        ///< a port that nobody can have
    unknown_request, ///< an answer to a request that was not made
    flood,           ///< more at once than the limits say, or a peer that does not read
};

[[nodiscard]] std::string_view name(Rule rule) noexcept;

/// A peer broke the protocol: what the one log line needs. Ends that peer's connection.
struct Violation {
    Rule rule;
    std::uint32_t type = 0;  ///< message type number
    std::uint64_t value = 0; ///< the offending number

    /// "bad_length in HELLO: 5": numbers and our own words only, nothing of the peer's.
    [[nodiscard]] std::string describe() const;
    friend bool operator==(Violation const&, Violation const&) = default;
};

} // namespace vitrail::qrexec
