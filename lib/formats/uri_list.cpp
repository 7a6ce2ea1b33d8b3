#include "lib/formats/uri_list.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace vitrail::formats {
namespace {

/// RFC 3986, `%41`. Nothing for a percent sign that is none, and for NUL.
std::optional<std::string> percent_decoded(std::string_view untrusted_text)
{
    constexpr std::size_t digits = 2;
    std::string text;
    while (!untrusted_text.empty()) {
        char character = untrusted_text.front();
        untrusted_text.remove_prefix(1);
        if (character == '%') {
            unsigned value = 0;
            auto const hex = untrusted_text.substr(0, digits);
            auto const [end, failed] =
                std::from_chars(hex.data(), hex.data() + hex.size(), value, 16);
            if (failed != std::errc() || hex.size() != digits || end != hex.data() + digits)
                return std::nullopt;
            untrusted_text.remove_prefix(digits);
            character = static_cast<char>(value);
        }
        if (character == '\0')
            return std::nullopt;
        text += character;
    }
    return text;
}

std::optional<std::string> local_path(std::string_view untrusted_uri)
{
    constexpr std::string_view scheme = "file://", here = "localhost";
    if (!untrusted_uri.starts_with(scheme))
        return std::nullopt;
    untrusted_uri.remove_prefix(scheme.size());
    if (untrusted_uri.starts_with(here))
        untrusted_uri.remove_prefix(here.size());
    if (!untrusted_uri.starts_with('/')) // another machine's
        return std::nullopt;
    return percent_decoded(untrusted_uri);
}

} // namespace

std::vector<std::string> parse_file_uris(std::string_view untrusted_text)
{
    std::vector<std::string> paths;
    while (!untrusted_text.empty()) {
        auto const end = untrusted_text.find('\n');
        auto line = untrusted_text.substr(0, end);
        untrusted_text.remove_prefix(std::min(line.size() + 1, untrusted_text.size()));
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        auto path = local_path(line);
        if (path && !std::ranges::contains(paths, *path))
            paths.push_back(std::move(*path));
    }
    return paths;
}

} // namespace vitrail::formats
