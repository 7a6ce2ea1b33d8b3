#include "tools/qvm/tool.hpp"

#include "tools/qvm/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <deque>

namespace vitrail::qvm {
namespace {

/// So many that neither side waits for the other, so few that no queue of connections is filled.
constexpr std::size_t most_at_once = 32;

/// The words of `key=value key=value …`.
std::string_view item(std::string_view line, std::string_view key)
{
    for (std::string_view const word : qube::split(line, ' '))
        if (word.starts_with(key) && word.size() > key.size() && word[key.size()] == '=')
            return word.substr(key.size() + 1);
    return {};
}

/// The value of a line of GetAll as it was before `\\` and `\n` were written for it.
std::string unescape(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (text[i] == '\\' && i + 1 < text.size())
            out += text[++i] == 'n' ? '\n' : text[i];
        else
            out += text[i];
    return out;
}

} // namespace

std::vector<std::string> lines_of(std::string_view text)
{
    if (text.ends_with('\n'))
        text.remove_suffix(1);
    if (text.empty())
        return {};
    std::vector<std::string> all;
    for (std::string_view const line : qube::split(text, '\n'))
        all.emplace_back(line);
    return all;
}

std::vector<std::pair<std::string, std::string>> parse_pairs(std::string_view untrusted_lines)
{
    std::vector<std::pair<std::string, std::string>> all;
    for (std::string const& line : lines_of(untrusted_lines))
        if (auto const sign = line.find('='); sign != std::string::npos)
            all.emplace_back(line.substr(0, sign), line.substr(sign + 1));
    return all;
}

std::optional<PropertyValue> parse_property(std::string_view untrusted_text)
{
    constexpr std::string_view first = "default=";
    constexpr std::string_view second = " type=";
    auto const at = untrusted_text.find(second);
    if (!untrusted_text.starts_with(first) || at == std::string_view::npos)
        return std::nullopt;
    std::string_view const rest = untrusted_text.substr(at + second.size());
    auto const space = rest.find(' ');
    if (space == std::string_view::npos)
        return std::nullopt;
    return PropertyValue{.is_default =
                             untrusted_text.substr(first.size(), at - first.size()) == "True",
                         .type = std::string(rest.substr(0, space)),
                         .text = std::string(rest.substr(space + 1))};
}

Properties parse_properties(std::string_view untrusted_lines)
{
    Properties found;
    for (std::string const& line : lines_of(untrusted_lines))
        if (auto value = parse_property(unescape(line.substr(line.find(' ') + 1))))
            found[line.substr(0, line.find(' '))] = std::move(*value);
    return found;
}

std::string displayable(std::string_view untrusted_text)
{
    std::string out(untrusted_text);
    for (std::size_t i = 0; i < out.size(); ++i) {
        auto const byte = static_cast<unsigned char>(out[i]);
        // Also U+0080 to U+009F, which terminals take for controls.
        bool const is_c1 =
            byte == 0xc2 && i + 1 < out.size() && static_cast<unsigned char>(out[i + 1]) < 0xa0;
        if ((byte < 0x20 && out[i] != '\n' && out[i] != '\t') || byte == 0x7f || is_c1)
            out[i] = '_';
        if (is_c1)
            out[i + 1] = '_';
    }
    return out;
}

Done<std::string> Tool::call(std::string_view destination, std::string_view method,
                             std::string_view argument, std::string_view payload) const
{
    return TRY(client_.call(destination, method, argument, payload));
}

Done<std::string> Tool::call_slowly(std::string const& doing, std::string_view destination,
                                    std::string_view method, std::string_view argument,
                                    std::string_view payload) const
{
    auto pending = TRY(client_.begin(destination, method, argument, payload));
    Progress progress(doing, !is_quiet());
    progress.wait_for(pending.fd());
    return TRY(pending.finish());
}

std::vector<Done<std::string>> Tool::call_all(std::vector<Request> const& requests,
                                              std::string const& doing) const
{
    std::vector<Done<std::string>> answers;
    std::deque<qube::Outcome<qube::PendingCall>> pending;
    Progress progress(doing, !doing.empty() && !is_quiet());
    std::size_t next = 0;
    while (answers.size() < requests.size()) {
        for (; next < requests.size() && pending.size() < most_at_once; ++next) {
            Request const& one = requests[next];
            pending.push_back(
                client_.begin(one.destination, one.method, one.argument, one.payload));
        }
        if (auto& first = pending.front(); first) {
            progress.wait_for(first->fd());
            auto answer = first->finish();
            if (answer)
                answers.emplace_back(std::move(*answer));
            else
                answers.emplace_back(std::unexpected(Failure(answer.error())));
        } else
            answers.emplace_back(std::unexpected(Failure(first.error())));
        pending.pop_front();
    }
    return answers;
}

Done<std::vector<ListedQube>> Tool::list()
{
    if (list_)
        return *list_;
    std::vector<ListedQube> all;
    for (std::string const& line : lines_of(TRY(call(qube::dom0, "admin.vm.List")))) {
        ListedQube one{.name = line.substr(0, line.find(' ')),
                       .qube_class = std::string(item(line, "class")),
                       .state = std::string(item(line, "state")),
                       .uuid = std::string(item(line, "uuid"))};
        if (!qube::is_qube_name(one.name) && one.name != qube::dom0)
            return fail("qubesd's list of qubes makes no sense");
        all.push_back(std::move(one));
    }
    list_ = all;
    return all;
}

Done<ListedQube> Tool::find(std::string_view name)
{
    for (ListedQube const& one : TRY(list()))
        if (one.name == name || "uuid:" + one.uuid == name)
            return one;
    return misuse("no such domain: '" + std::string(name) + "'");
}

Done<Properties> Tool::properties(std::string_view name) const
{
    bool const global = name.empty();
    std::string_view const destination = global ? qube::dom0 : name;
    std::string const prefix = global ? "admin.property." : "admin.vm.property.";
    Properties found;
    auto const all = call(destination, prefix + "GetAll");
    if (!all && !all.error().is(qube::exception::permission_denied) &&
        !all.error().is(qube::exception::protocol))
        return std::unexpected(all.error());
    if (all)
        return parse_properties(*all);
    std::vector<Request> requests;
    for (std::string const& one : lines_of(TRY(call(destination, prefix + "List"))))
        requests.push_back({std::string(destination), prefix + "Get", one});
    auto const answers = call_all(requests);
    for (std::size_t i = 0; i < requests.size(); ++i)
        if (answers[i])
            if (auto value = parse_property(*answers[i]))
                found[requests[i].argument] = std::move(*value);
    return found;
}

Done<PropertyValue> Tool::property(std::string_view name, std::string_view property) const
{
    bool const global = name.empty();
    std::string const answer =
        TRY(call(global ? qube::dom0 : name,
                 global ? "admin.property.Get" : "admin.vm.property.Get", property));
    if (auto value = parse_property(answer))
        return *value;
    return fail("qubesd's answer for the property " + std::string(property) + " makes no sense");
}

Done<std::optional<std::string>> Tool::feature(std::string_view name,
                                               std::string_view feature) const
{
    auto found = call(name, "admin.vm.feature.Get", feature);
    if (found)
        return std::optional(std::move(*found));
    if (found.error().is(qube::exception::feature_not_found))
        return std::optional<std::string>();
    return std::unexpected(found.error());
}

void Tool::print(std::string_view text) const
{
    std::string const shown = displayable(text);
    std::fwrite(shown.data(), 1, shown.size(), stdout);
}

void Tool::complain(std::string_view text) const
{
    std::fflush(stdout);
    std::fprintf(stderr, "%s: error: %s\n", program_.c_str(), displayable(text).c_str());
}

void Tool::note(std::string_view text) const
{
    if (!is_quiet())
        std::fprintf(stderr, "%s\n", displayable(text).c_str());
}

bool Tool::asks(std::string const& question) const
{
    std::fprintf(stderr, "%s [y/N] ", displayable(question).c_str());
    std::fflush(stderr);
    char answer = 'n';
    char rest = 0;
    if (read(STDIN_FILENO, &answer, 1) != 1)
        return false;
    while (answer != '\n' && read(STDIN_FILENO, &rest, 1) == 1 && rest != '\n') {
    }
    return answer == 'y' || answer == 'Y';
}

} // namespace vitrail::qvm
