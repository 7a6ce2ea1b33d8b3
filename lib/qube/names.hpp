#pragma once

#include "lib/qube/admin_error.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::qube {

/// Rules of names. Source of all: fact sheet admin-api §4.
inline constexpr std::size_t max_qube_name = 31;
/// The admin domain, as everybody calls it.
inline constexpr std::string_view dom0 = "dom0";
inline constexpr std::string_view dom0_uuid = "00000000-0000-0000-0000-000000000000";

[[nodiscard]] bool is_qube_name(std::string_view untrusted_text);
[[nodiscard]] bool is_tag(std::string_view untrusted_text);
[[nodiscard]] bool is_feature_name(std::string_view untrusted_text);
[[nodiscard]] bool is_feature_value(std::string_view untrusted_text);
[[nodiscard]] bool is_label_name(std::string_view untrusted_text);
[[nodiscard]] bool is_pool_name(std::string_view untrusted_text);
[[nodiscard]] bool is_volume_name(std::string_view untrusted_text);
[[nodiscard]] bool is_revision_id(std::string_view untrusted_text);
/// 36 characters, lower case.
[[nodiscard]] bool is_uuid(std::string_view untrusted_text);

/// `0x` and six hexadecimal digits.
[[nodiscard]] std::optional<std::uint32_t> parse_colour(std::string_view untrusted_text);
[[nodiscard]] std::string colour_text(std::uint32_t rgb);

/// A number of a payload: decimal, at most 19 digits, no sign, no leading zero (§2).
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view untrusted_text);
/// The same, or -1.
[[nodiscard]] std::optional<std::int64_t>
parse_number_or_minus_one(std::string_view untrusted_text);
/// 0/no/false/off, 1/yes/true/on, any case (§6).
[[nodiscard]] std::optional<bool> parse_bool(std::string_view untrusted_text);
[[nodiscard]] std::string_view bool_text(bool value);

/// A version 4 UUID of 16 random bytes.
[[nodiscard]] std::string uuid_from(std::array<std::uint8_t, 16> random_bytes);

[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

} // namespace vitrail::qube
