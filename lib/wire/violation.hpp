#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vitrail::wire {

/// Which rule of the GUI protocol a peer broke. The names are what the log line says.
enum class Rule : std::uint8_t {
    bad_version,      ///< major other than 1, or a version that cannot be negotiated
    unknown_type,     ///< no such message
    wrong_direction,  ///< the other side's message
    not_negotiated,   ///< a message of the extension without the extension
    bad_length,       ///< body length that the message cannot have
    unknown_window,   ///< a window that was never created or is gone
    duplicate_window, ///< CREATE of an id in use
    bad_geometry,     ///< a size of 0, negative or over the limit where it cannot be clamped
    bad_dump,         ///< type, size or reference count of a dump
    bad_reference,    ///< a grant reference that cannot be mapped
    bad_flags,        ///< the same flag set and unset
    bad_cursor,       ///< cursor number outside the table
    bad_buffer,       ///< extension: unknown or reused buffer, stride or format impossible
    bad_popup,        ///< extension: parent, anchor or size impossible
    bad_request,      ///< extension: unknown kind, mode or enum value
    clipboard_too_large,
    too_many_windows, ///< over this qube's quota
    too_many_pixels,  ///< over this qube's quota of mapped pages
    too_many_buffers, ///< over this qube's quota
    flood,            ///< output queue of the peer full: it does not read
};

[[nodiscard]] std::string_view name(Rule rule) noexcept;

/// A peer broke the protocol: what the one log line needs. Ends that peer's session.
struct Violation {
    Rule rule;
    std::uint32_t type = 0;   ///< message type number
    std::uint32_t window = 0; ///< as the peer named it
    std::uint64_t value = 0;  ///< the offending number

    /// "bad_geometry in CREATE of window 0x5: 0": numbers and our own words only, nothing of the
    /// peer's.
    [[nodiscard]] std::string describe() const;
};

} // namespace vitrail::wire
