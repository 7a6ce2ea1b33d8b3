#include "lib/qube/names.hpp"
#include "lib/base/text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace vitrail::qube {
namespace {

constexpr bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f');
}

bool made_of(std::string_view text, std::string_view marks)
{
    return !text.empty() && std::ranges::all_of(text, [marks](char c) {
        return is_alphanumeric(c) || marks.contains(c);
    });
}

constexpr std::size_t max_name = 255; // of everything but qubes: bounds what the store keeps

} // namespace

bool is_qube_name(std::string_view text)
{
    if (!made_of(text, "_.-") || text.size() > max_qube_name || !is_letter(text[0]))
        return false;
    std::string const folded = ascii_lower(text);
    return folded != "none" && folded != "default" && folded != "domain-0" &&
           !text.ends_with("-dm");
}

bool is_tag(std::string_view text)
{
    return made_of(text, "_-") && text.size() <= max_name;
}
bool is_feature_name(std::string_view text)
{
    return made_of(text, "_.-") && text.size() <= max_name;
}
bool is_feature_value(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c <= 0x7e; });
}
bool is_label_name(std::string_view text)
{
    return made_of(text, "-_.") && text.size() <= max_name && !std::ranges::all_of(text, is_digit);
}
bool is_pool_name(std::string_view text)
{
    return made_of(text, "-_.") && text.size() <= max_name && text != "." && text != "..";
}
bool is_volume_name(std::string_view text)
{
    return made_of(text, "-_") && text.size() <= max_name;
}
bool is_revision_id(std::string_view text)
{
    return made_of(text, ":-_.") && text.size() <= max_name && text != "." && text != "..";
}

bool is_uuid(std::string_view text)
{
    if (text.size() != 36)
        return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (i == 8 || i == 13 || i == 18 || i == 23 ? text[i] != '-' : !is_hex(text[i]))
            return false;
    return true;
}

std::optional<std::uint32_t> parse_colour(std::string_view text)
{
    if (text.size() != 8 || !text.starts_with("0x"))
        return std::nullopt;
    std::uint32_t rgb = 0;
    auto const [end, failure] = std::from_chars(text.data() + 2, text.data() + 8, rgb, 16);
    return failure == std::errc() && end == text.data() + 8 ? std::optional(rgb) : std::nullopt;
}

std::string colour_text(std::uint32_t rgb)
{
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "0x%06x", rgb & 0xffffff);
    return text.data();
}

std::optional<std::uint64_t> parse_number(std::string_view text)
{
    constexpr std::size_t max_digits = 19; // always fits 64 bits
    if (text.empty() || text.size() > max_digits || !std::ranges::all_of(text, is_digit) ||
        (text.size() > 1 && text[0] == '0'))
        return std::nullopt;
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::optional<std::int64_t> parse_number_or_minus_one(std::string_view text)
{
    if (text == "-1")
        return -1;
    auto const value = parse_number(text);
    return value && *value <= INT64_MAX ? std::optional(static_cast<std::int64_t>(*value))
                                        : std::nullopt;
}

std::optional<bool> parse_bool(std::string_view text)
{
    std::string const folded = ascii_lower(text);
    for (std::string_view const no : {"0", "no", "false", "off"})
        if (folded == no)
            return false;
    for (std::string_view const yes : {"1", "yes", "true", "on"})
        if (folded == yes)
            return true;
    return std::nullopt;
}

std::string_view bool_text(bool value)
{
    return value ? "True" : "False";
}

std::string uuid_from(std::array<std::uint8_t, 16> bytes)
{
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x40); // version 4
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80); // the RFC's variant
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            out += '-';
        out += "0123456789abcdef"[bytes[i] >> 4];
        out += "0123456789abcdef"[bytes[i] & 15];
    }
    return out;
}

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    for (;;) {
        auto const end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos)
            return parts;
        text.remove_prefix(end + 1);
    }
}

} // namespace vitrail::qube
