#include "lib/qrexec/service_config.hpp"

#include "lib/base/text.hpp"

#include "lib/base/result.hpp"

#include <algorithm>
#include <format>
#include <set>

namespace vitrail::qrexec {
namespace {

using Text = std::string_view;

constexpr bool is_key_character(char c)
{
    return is_alphanumeric(c) || Text("._-").contains(c);
}

Text without_blanks(Text text)
{
    auto const first = text.find_first_not_of(" \t");
    if (first == Text::npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::expected<bool, std::string> parse_flag(Text value)
{
    if (value == "true" || value == "1")
        return true;
    if (value == "false" || value == "0")
        return false;
    return std::unexpected("a value that is neither true nor false");
}

/// A value in single quotes, and nothing after it but a comment; or a bare word.
std::expected<Text, std::string> parse_value(Text text)
{
    if (!text.starts_with('\''))
        return without_blanks(text.substr(0, text.find('#')));
    auto const end = text.find('\'', 1);
    if (end == Text::npos)
        return std::unexpected("a quote without its end");
    Text const rest = without_blanks(text.substr(end + 1));
    if (!rest.empty() && !rest.starts_with('#'))
        return std::unexpected("something after the value");
    return text.substr(0, end + 1);
}

std::expected<void, std::string> set(ServiceConfig& config, Text key, Text value)
{
    if (key == "wait-for-session") {
        config.wait_for_session = TRY(parse_flag(value));
    } else if (key == "skip-service-descriptor") {
        config.skip_service_descriptor = TRY(parse_flag(value));
    } else if (key == "exit-on-service-eof") {
        config.exit_on_service_eof = TRY(parse_flag(value));
    } else if (key == "exit-on-client-eof") {
        config.exit_on_client_eof = TRY(parse_flag(value));
    } else if (key == "force-user") {
        if (value.size() < 3 || value.front() != '\'' || value.back() != '\'')
            return std::unexpected("a user that does not stand in single quotes");
        config.force_user = value.substr(1, value.size() - 2);
    }
    return {};
}

bool is_known(Text key)
{
    constexpr Text known[] = {"wait-for-session", "skip-service-descriptor", "exit-on-service-eof",
                              "exit-on-client-eof", "force-user"};
    return std::ranges::contains(known, key);
}

std::expected<void, std::string> parse_line(ServiceConfig& config, std::set<Text>& seen, Text line)
{
    auto const sign = line.find('=');
    Text const key = without_blanks(line.substr(0, sign));
    if (!is_letter(line.front()) || sign == Text::npos ||
        !std::ranges::all_of(key, is_key_character))
        return std::unexpected("not KEY = VALUE");
    Text const value = TRY(parse_value(without_blanks(line.substr(sign + 1))));
    if (value.empty() || value.contains('"'))
        return std::unexpected(value.empty() ? "no value" : "a double quote");
    if (is_known(key) && !seen.insert(key).second)
        return std::unexpected("the same key again");
    return set(config, key, value);
}

} // namespace

std::expected<ServiceConfig, std::string> parse_service_config(Text text)
{
    ServiceConfig config;
    std::set<Text> seen;
    for (int number = 1; !text.empty(); ++number) {
        auto const end = text.find('\n');
        Text line = text.substr(0, end);
        text = end == Text::npos ? Text() : text.substr(end + 1);
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        if (without_blanks(line).empty() || line.starts_with('#'))
            continue;
        if (auto const done = parse_line(config, seen, line); !done)
            return std::unexpected(std::format("line {}: {}", number, done.error()));
    }
    bool const any_socket_key =
        config.skip_service_descriptor || config.exit_on_service_eof || config.exit_on_client_eof;
    if (config.force_user && any_socket_key)
        return std::unexpected("force-user does not go with a socket service's keys");
    return config;
}

} // namespace vitrail::qrexec
