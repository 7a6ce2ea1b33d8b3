#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace vitrail {

/// One code point at the front of `untrusted_bytes`. RFC 3629: no overlong forms, no surrogates,
/// nothing above U+10FFFF.
struct Decoded {
    std::uint32_t point = 0;
    std::size_t bytes = 0; ///< 0: no valid sequence begins here
};
[[nodiscard]] Decoded decode_utf8(std::string_view untrusted_bytes) noexcept;
[[nodiscard]] bool is_utf8(std::string_view untrusted_bytes) noexcept;
void append_utf8(std::string& out, std::uint32_t code_point);
/// The longest front part of at most `limit` bytes that does not end within a valid sequence.
[[nodiscard]] std::string_view cut_utf8(std::string_view bytes, std::size_t limit) noexcept;

} // namespace vitrail
