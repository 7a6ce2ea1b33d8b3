#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace vitrail {

/// Bytes that a peer calls text: a title, a class, a clipboard type. May hold anything but is
/// shown nowhere before display_text(), and logged only through escape_for_log().
class UntrustedText {
public:
    UntrustedText() = default;
    explicit UntrustedText(std::string untrusted_bytes)
        : untrusted_bytes_(std::move(untrusted_bytes))
    {
    }

    /// The bytes as they came: to pass them on to another parser or back to the same qube.
    [[nodiscard]] std::string_view untrusted_bytes() const { return untrusted_bytes_; }
    friend bool operator==(UntrustedText const&, UntrustedText const&) = default;

private:
    std::string untrusted_bytes_;
};

/// Bounds of what display_text() returns, in code points.
inline constexpr std::size_t max_display_points = 256;
/// Combining marks in a row that stay; more would draw over neighbouring lines.
inline constexpr std::size_t max_combining_marks = 4;

/// The text as it may be shown outside its qube: valid UTF-8; line breaks and tabs become spaces,
/// every byte that is no UTF-8 and every character that is a control, changes direction, has no
/// width, is unassigned, private or a noncharacter becomes U+FFFD. At most max_display_points.
/// Source of the classes: Unicode's character data (lib/base/text_table.inc, made by
/// tests/unit/base/make_text_table.cpp).
[[nodiscard]] std::string display_text(UntrustedText const& text);

/// The text in the original daemon's default form: a final E2 80 A6 (the agents' ellipsis) of a
/// text longer than 3 bytes becomes "...", every byte outside 0x20-0x7e becomes "_" (fact sheet
/// gui-protocol §6.5).
[[nodiscard]] std::string ascii_text(UntrustedText const& text);

/// One line of printable ASCII without quotes or backslashes of its own: other bytes as \xNN.
/// Longer input than `limit` bytes ends in "...".
[[nodiscard]] std::string escape_for_log(std::string_view untrusted, std::size_t limit = 256);

// Of ASCII alone, whatever the locale.
[[nodiscard]] constexpr bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
[[nodiscard]] constexpr bool is_alphanumeric(char c)
{
    return is_letter(c) || is_digit(c);
}
/// A to Z as a to z; everything else as it is.
[[nodiscard]] std::string ascii_lower(std::string_view text);

/// Whether display_text() keeps this code point. Pure; for tests and input methods.
[[nodiscard]] bool may_display(std::uint32_t code_point) noexcept;

} // namespace vitrail
