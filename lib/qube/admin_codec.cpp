#include "lib/qube/admin_codec.hpp"

#include <algorithm>

namespace vitrail::qube {
namespace {

constexpr std::string_view success_mark("0\0", 2);
constexpr std::string_view event_mark("1\0", 2);
constexpr std::string_view exception_mark("2\0", 2);
constexpr std::string_view uuid_prefix = "uuid:";

bool is_word(std::string_view text, std::string_view marks)
{
    return std::ranges::all_of(text, [marks](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               marks.contains(c);
    });
}

std::optional<Party> parse_party(std::string_view text)
{
    if (text == dom0)
        return Party{Party::Kind::adminvm, std::string(dom0)};
    if (text.starts_with(uuid_prefix)) {
        text.remove_prefix(uuid_prefix.size());
        if (!is_uuid(text))
            return std::nullopt;
        return text == dom0_uuid ? Party{Party::Kind::adminvm, std::string(dom0)}
                                 : Party{Party::Kind::uuid, std::string(text)};
    }
    if (!is_qube_name(text))
        return std::nullopt;
    return Party{Party::Kind::name, std::string(text)};
}

std::string party_text(Party const& party)
{
    return party.kind == Party::Kind::uuid ? std::string(uuid_prefix) + party.text : party.text;
}

/// What a format string without arguments has to look like.
std::string escape_percent(std::string_view text)
{
    std::string out;
    for (char const c : text) {
        if (c == '\0')
            continue; // would end the field
        out += c;
        if (c == '%')
            out += c;
    }
    return out;
}

/// printf-style substitution as clients do it: %s and %d alike, %% is a percent sign, what has no
/// argument stays as it is.
std::string substitute(std::string_view format, std::span<std::string_view const> arguments)
{
    std::string out;
    for (std::size_t i = 0; i < format.size(); ++i) {
        if (format[i] != '%' || i + 1 == format.size()) {
            out += format[i];
            continue;
        }
        char const kind = format[++i];
        if (kind == '%')
            out += '%';
        else if ((kind == 's' || kind == 'd' || kind == 'r') && !arguments.empty()) {
            out += arguments.front();
            arguments = arguments.subspan(1);
        } else {
            out += '%';
            out += kind;
        }
    }
    return out;
}

Outcome<std::string> parse_exception(std::string_view body)
{
    auto fields = split(body, '\0');
    if (fields.size() < 4) // type, traceback, format and what follows the last NUL
        return refuse(exception::protocol, "the reply's exception is cut short");
    fields.pop_back();
    return refuse(fields[0], substitute(fields[2], std::span(fields).subspan(3)));
}

} // namespace

Party party_named(std::string_view name)
{
    return {name == dom0 ? Party::Kind::adminvm : Party::Kind::name, std::string(name)};
}

std::optional<AdminRequest> parse_request(std::string_view bytes)
{
    auto const end = bytes.find('\0');
    if (bytes.size() > max_request || end == std::string_view::npos)
        return std::nullopt;
    auto const fields = split(bytes.substr(0, end), ' ');
    if (fields.size() != 4)
        return std::nullopt;
    AdminRequest request;
    auto const plus = fields[0].find('+');
    std::string_view const method = fields[0].substr(0, plus);
    std::string_view const argument =
        plus == std::string_view::npos ? std::string_view() : fields[0].substr(plus + 1);
    if (method.empty() || method.size() > max_method || !is_word(method, "._-") ||
        !is_word(argument, "._-+:*?@"))
        return std::nullopt;
    auto const source = parse_party(fields[1]);
    std::optional<Party> destination;
    if (fields[2] == "name")
        destination = parse_party(fields[3]);
    else if (fields[2] == "keyword" && fields[3] == "adminvm")
        destination = Party{Party::Kind::adminvm, std::string(dom0)};
    if (!source || !destination)
        return std::nullopt;
    request.method = method;
    request.argument = argument;
    request.source = *source;
    request.destination = *destination;
    request.untrusted_payload = bytes.substr(end + 1);
    return request;
}

std::string build_request(AdminRequest const& request)
{
    std::string out = request.method;
    if (!request.argument.empty())
        out += '+' + request.argument;
    out += ' ' + party_text(request.source) + ' ';
    if (request.destination.kind == Party::Kind::adminvm)
        out += "keyword adminvm";
    else
        out += "name " + party_text(request.destination);
    out += '\0';
    return out + request.untrusted_payload;
}

std::string build_success(std::string_view content)
{
    return std::string(success_mark).append(content);
}

std::string build_exception(AdminError const& error)
{
    std::string out(exception_mark);
    out.append(error.type).append(2, '\0'); // the traceback is empty
    out.append(escape_percent(error.message));
    out += '\0';
    return out;
}

std::string build_event(AdminEvent const& event)
{
    std::string out(event_mark);
    out.append(event.subject) += '\0';
    out.append(event.name) += '\0';
    for (auto const& [key, value] : event.pairs) {
        out.append(key) += '\0';
        out.append(value) += '\0';
    }
    out += '\0';
    return out;
}

Outcome<std::string> parse_reply(std::string_view bytes)
{
    if (bytes.empty())
        return refuse(exception::permission_denied, "the call was refused, or failed inside");
    if (bytes.starts_with(success_mark))
        return std::string(bytes.substr(success_mark.size()));
    if (bytes.starts_with(exception_mark))
        return parse_exception(bytes.substr(exception_mark.size()));
    return refuse(exception::protocol, "the reply is neither success nor an exception");
}

Outcome<std::optional<AdminEvent>> EventParser::next()
{
    std::string_view const bytes = untrusted_;
    if (bytes.size() < event_mark.size())
        return std::nullopt;
    if (bytes.starts_with(exception_mark)) {
        auto failed = parse_reply(bytes);
        if (!failed)
            return std::unexpected(failed.error());
    }
    if (!bytes.starts_with(event_mark))
        return refuse(exception::protocol, "the stream holds something that is no event");
    std::vector<std::string_view> fields;
    std::size_t at = event_mark.size();
    for (;;) {
        auto const end = bytes.find('\0', at);
        if (end == std::string_view::npos)
            break;
        std::string_view const field = bytes.substr(at, end - at);
        at = end + 1;
        bool const is_key = fields.size() >= 2 && fields.size() % 2 == 0;
        if (is_key && field.empty()) {
            AdminEvent event{std::string(fields[0]), std::string(fields[1]), {}};
            for (std::size_t i = 2; i < fields.size(); i += 2)
                event.pairs.emplace_back(fields[i], fields[i + 1]);
            untrusted_.erase(0, at);
            return event;
        }
        fields.push_back(field);
    }
    if (bytes.size() > max_request)
        return refuse(exception::protocol, "an event is too long");
    return std::nullopt;
}

} // namespace vitrail::qube
