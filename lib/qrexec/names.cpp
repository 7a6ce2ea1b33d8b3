#include "lib/qrexec/names.hpp"

#include "lib/base/text.hpp"

#include <algorithm>

namespace vitrail::qrexec {
namespace {

bool made_of(std::string_view text, std::string_view marks)
{
    return std::ranges::all_of(text,
                               [marks](char c) { return is_alphanumeric(c) || marks.contains(c); });
}

std::string cleaned(std::string_view text, std::string_view marks)
{
    std::string out(text);
    std::ranges::replace_if(
        out, [marks](char c) { return !is_alphanumeric(c) && !marks.contains(c); }, '_');
    return out;
}

} // namespace

bool is_service_name(std::string_view text)
{
    return !text.empty() && text.size() <= max_service_name && made_of(text, "._-");
}

bool is_argument(std::string_view text)
{
    return made_of(text, "+._-");
}

bool is_qube_name(std::string_view text)
{
    return !text.empty() && text.size() <= max_qube_name && is_letter(text[0]) &&
           made_of(text, "_.-");
}

bool is_uuid(std::string_view text)
{
    if (text.size() != dom0_uuid.size())
        return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        bool const is_hex =
            (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
        if (dom0_uuid[i] == '-' ? text[i] != '-' : !is_hex)
            return false;
    }
    return true;
}

std::optional<ServiceCall> parse_service(std::string_view text)
{
    auto const plus = text.find('+');
    ServiceCall call{.name = std::string(text.substr(0, plus)),
                     .argument = "",
                     .has_plus = plus != std::string_view::npos};
    if (call.has_plus)
        call.argument = text.substr(plus + 1);
    if (!is_service_name(call.name) || !is_argument(call.argument))
        return std::nullopt;
    return call;
}

std::string clean_service(std::string_view text)
{
    return cleaned(text, "_-.+");
}

std::string clean_target(std::string_view text)
{
    return cleaned(text, "_-.@:");
}

bool is_request_ident(std::string_view field)
{
    auto const end = field.find('\0');
    return end != std::string_view::npos && end > 0 && made_of(field.substr(0, end), "_-. ") &&
           field.find_first_not_of('\0', end) == std::string_view::npos;
}

} // namespace vitrail::qrexec
