#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace vitrail {

/// The number that is the whole text, as std::from_chars reads one; nothing: it is none, or none
/// that fits.
template <typename Number> [[nodiscard]] std::optional<Number> parse_whole(std::string_view text)
{
    Number value{};
    auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    return problem == std::errc{} && end == text.data() + text.size() ? std::optional(value)
                                                                      : std::nullopt;
}

} // namespace vitrail
