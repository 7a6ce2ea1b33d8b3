#pragma once

#include "lib/base/result.hpp"
#include "lib/base/untrusted.hpp"
#include "lib/wire/message.hpp"
#include "lib/wire/types.hpp"
#include "lib/wire/violation.hpp"

#include <cstring>
#include <expected>
#include <span>
#include <vector>

/// What the parsers of both directions share. Not for others to include.
namespace vitrail::wire::parsing {

/// A body of a size that its message can have: what open_message() checked.
struct Context {
    Type type;
    WindowId window;
    std::span<std::byte const> body;

    [[nodiscard]] std::unexpected<Violation> refuse(Rule rule, std::uint64_t value) const
    {
        return std::unexpected(
            Violation{rule, static_cast<std::uint32_t>(type), window.value, value});
    }
    /// The fixed part, every field of it still untrusted.
    template <Pod T> [[nodiscard]] T fixed() const
    {
        return load<T>(body.first<sizeof(T)>()).check([](T const& untrusted) { return untrusted; });
    }
    template <Pod T> [[nodiscard]] std::span<std::byte const> tail() const
    {
        return body.subspan(sizeof(T));
    }
};

/// Type, direction, version and the body's size by the table.
[[nodiscard]] std::expected<Context, Violation> open_message(Header const& untrusted_header,
                                                             std::span<std::byte const> body,
                                                             From sender, ProtocolVersion version);

[[nodiscard]] Point clamp_position(std::int32_t untrusted_x, std::int32_t untrusted_y);
/// Only the upper limit: 0 stays 0.
[[nodiscard]] Size clamp_size(std::uint32_t untrusted_width, std::uint32_t untrusted_height);
/// Between 1 and the limits of a window, else the rule given.
[[nodiscard]] std::expected<Size, Violation> check_size(Context const& at,
                                                        std::uint32_t untrusted_width,
                                                        std::uint32_t untrusted_height, Rule rule);
/// Like check_size(), but 0 is allowed in each dimension.
[[nodiscard]] std::expected<Size, Violation> check_size_or_zero(Context const& at,
                                                                std::uint32_t untrusted_width,
                                                                std::uint32_t untrusted_height,
                                                                Rule rule);
[[nodiscard]] StateFlags state_flags(std::uint32_t untrusted_bits);
/// The bytes before the first NUL; the last byte of the field counts as one.
template <std::size_t N> [[nodiscard]] UntrustedText text_field(char const (&untrusted)[N])
{
    return UntrustedText(std::string(untrusted, strnlen(untrusted, N - 1)));
}
/// A tail of whole u32.
[[nodiscard]] std::vector<std::uint32_t> references(std::span<std::byte const> tail);
[[nodiscard]] std::expected<ClipboardOffer, Violation> parse_clipboard_offer(Context const& at);
[[nodiscard]] std::expected<ClipboardChunk, Violation> parse_clipboard_chunk(Context const& at);

[[nodiscard]] std::expected<AgentMessage, Violation> parse_agent_extension(Context const& at);
[[nodiscard]] std::expected<DaemonMessage, Violation> parse_daemon_extension(Context const& at);

} // namespace vitrail::wire::parsing
