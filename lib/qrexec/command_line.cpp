#include "lib/qrexec/command_line.hpp"

namespace vitrail::qrexec {
namespace {

constexpr std::string_view service_word = "QUBESRPC ";
constexpr std::string_view without_session = "nogui:";
/// Longest file name of Linux's file systems: a longer descriptor names no file.
constexpr std::size_t max_file_name = 255;

std::string_view cut_word(std::string_view& text)
{
    auto const end = text.find(' ');
    std::string_view const word = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    return word;
}

bool parse_call(std::string_view text, CommandLine& line)
{
    line.service = parse_service(cut_word(text));
    line.source = cut_word(text);
    if (!line.service || line.source.empty() || clean_target(line.source) != line.source)
        return false;
    line.service->has_plus = true; // it is written with one
    if (text.empty())
        return true;
    line.requested_target_type = cut_word(text);
    line.requested_target = text;
    return (line.requested_target_type == "name" || line.requested_target_type == "keyword") &&
           !line.requested_target.empty() &&
           clean_target(line.requested_target) == line.requested_target;
}

} // namespace

std::string CommandLine::descriptor() const
{
    if (!service)
        return {};
    std::string out = service->descriptor() + " " + source;
    if (!requested_target_type.empty())
        out += " " + requested_target_type + " " + requested_target;
    return out;
}

std::string CommandLine::text() const
{
    return user + ":" + (waits_for_session ? "" : std::string(without_session)) +
           (service ? std::string(service_word) + descriptor() : shell);
}

std::optional<CommandLine> parse_command_line(std::string_view text)
{
    CommandLine line;
    auto const colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0)
        return std::nullopt;
    line.user = text.substr(0, colon);
    text.remove_prefix(colon + 1);
    if (text.starts_with(without_session)) {
        line.waits_for_session = false;
        text.remove_prefix(without_session.size());
    }
    if (!text.starts_with(service_word)) {
        line.shell = text;
        return line;
    }
    text.remove_prefix(service_word.size());
    return parse_call(text, line) ? std::optional(line) : std::nullopt;
}

std::vector<std::string> service_file_names(ServiceCall const& call)
{
    std::vector<std::string> names;
    if (std::string full = call.descriptor(); full.size() <= max_file_name)
        names.push_back(std::move(full));
    names.push_back(call.name);
    return names;
}

} // namespace vitrail::qrexec
