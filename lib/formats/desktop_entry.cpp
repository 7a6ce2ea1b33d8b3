#include "lib/formats/desktop_entry.hpp"

#include <algorithm>

namespace vitrail::formats {
namespace {

constexpr std::string_view blanks = " \t\r";

bool is_key_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

std::string_view trimmed(std::string_view text)
{
    auto const first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string_view take_line(std::string_view& text)
{
    auto const end = text.find('\n');
    std::string_view const line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
}

bool lists(std::string_view list, std::string_view wanted)
{
    while (!list.empty()) {
        auto const end = std::min(list.find(';'), list.size());
        if (trimmed(list.substr(0, end)) == wanted)
            return true;
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return false;
}

bool lists_us(std::string_view list)
{
    return std::ranges::any_of(own_desktops,
                               [&](std::string_view one) { return lists(list, one); });
}

/// The escapes that every value of type string has.
std::string unescaped(std::string_view value)
{
    std::string out;
    for (std::size_t at = 0; at < value.size(); ++at) {
        if (value[at] != '\\' || at + 1 == value.size()) {
            out += value[at];
            continue;
        }
        switch (char const next = value[++at]) {
        case 's': out += ' '; break;
        case 'n': out += '\n'; break;
        case 't': out += '\t'; break;
        case 'r': out += '\r'; break;
        case '\\': out += '\\'; break;
        default: out += '\\', out += next;
        }
    }
    return out;
}

/// What stands for a field code; nullopt: nothing, and a word that is nothing else goes.
std::optional<std::string> field(char code)
{
    return code == '%' ? std::optional<std::string>("%") : std::nullopt;
}

/// Words of Exec by its own rule of quotes. `opened`: takes the place of the field of files or
/// links; at the end where there is none; empty: nothing is opened.
std::optional<std::vector<std::string>> exec_words(std::string_view exec, std::string_view opened)
{
    bool is_placed = opened.empty();
    std::vector<std::string> words;
    for (std::size_t at = 0; at < exec.size();) {
        if (exec[at] == ' ' || exec[at] == '\t') {
            ++at;
            continue;
        }
        std::string word;
        bool is_word = false;
        for (; at < exec.size() && exec[at] != ' ' && exec[at] != '\t'; ++at) {
            if (exec[at] == '"') {
                is_word = true;
                for (++at; at < exec.size() && exec[at] != '"'; ++at) {
                    if (exec[at] == '\\' && at + 1 < exec.size())
                        ++at;
                    word += exec[at];
                }
                if (at == exec.size())
                    return std::nullopt;
            } else if (exec[at] == '%' && at + 1 < exec.size()) {
                if (auto const text = field(exec[++at])) {
                    is_word = true;
                    word += *text;
                } else if (!is_placed && std::string_view("fFuU").contains(exec[at])) {
                    is_word = is_placed = true;
                    word += opened;
                }
            } else {
                is_word = true;
                word += exec[at];
            }
        }
        if (is_word)
            words.push_back(std::move(word));
    }
    if (!is_placed && !words.empty())
        words.emplace_back(opened);
    return words;
}

} // namespace

std::optional<DesktopLine> parse_desktop_line(std::string_view untrusted_line)
{
    auto const sign = untrusted_line.find('=');
    if (sign == std::string_view::npos)
        return std::nullopt;
    DesktopLine line{.key = trimmed(untrusted_line.substr(0, sign)),
                     .locale = {},
                     .value = trimmed(untrusted_line.substr(sign + 1))};
    if (auto const bracket = line.key.find('['); bracket != std::string_view::npos) {
        if (!line.key.ends_with(']'))
            return std::nullopt;
        line.locale = line.key.substr(bracket + 1, line.key.size() - bracket - 2);
        line.key = line.key.substr(0, bracket);
        if (line.locale.empty() || line.locale.contains('['))
            return std::nullopt;
    }
    if (line.key.empty() || !std::ranges::all_of(line.key, is_key_character))
        return std::nullopt;
    return line;
}

std::vector<DesktopLine> parse_desktop_entry(std::string_view untrusted_text)
{
    std::vector<DesktopLine> lines;
    bool is_ours = false;
    while (!untrusted_text.empty()) {
        std::string_view const line = trimmed(take_line(untrusted_text));
        if (line.starts_with('['))
            is_ours = line == "[Desktop Entry]";
        else if (is_ours && !line.starts_with('#'))
            if (auto const parsed = parse_desktop_line(line))
                lines.push_back(*parsed);
    }
    return lines;
}

std::vector<std::string> locale_keys(std::string_view locale)
{
    std::string modifier;
    if (auto const at = locale.find('@'); at != std::string_view::npos) {
        modifier = locale.substr(at);
        locale = locale.substr(0, at);
    }
    locale = locale.substr(0, locale.find('.'));
    std::string_view const language = locale.substr(0, locale.find('_'));
    auto const is_plain = [](std::string_view text) {
        return std::ranges::all_of(text, [](char c) { return is_key_character(c) || c == '_'; });
    };
    if (language.empty() || language == "C" || language == "POSIX" || !is_plain(locale) ||
        (!modifier.empty() && !is_plain(std::string_view(modifier).substr(1))))
        return {};
    std::vector<std::string> keys;
    for (std::string_view const base : {locale, language}) {
        if (!modifier.empty())
            keys.push_back(std::string(base) + modifier);
        keys.emplace_back(base);
        if (language == locale)
            break;
    }
    return keys;
}

void MenuRule::take(DesktopLine const& line)
{
    if (!line.locale.empty())
        return;
    if (line.key == "Type")
        is_application_ = line.value == "Application";
    else if (line.key == "Hidden" || line.key == "NoDisplay")
        hidden_ = hidden_ || line.value == "true";
    else if (line.key == "Categories")
        hidden_ = hidden_ || line.value == "Screensaver;" || line.value == "Screensaver";
    else if (line.key == "OnlyShowIn")
        only_elsewhere_ = !lists_us(line.value);
    else if (line.key == "NotShowIn")
        not_here_ = lists_us(line.value);
}

bool MenuRule::shows() const
{
    return is_application_ && !hidden_ && !only_elsewhere_ && !not_here_;
}

std::string desktop_file_id(std::string_view path_below_applications)
{
    std::string id(path_below_applications);
    std::ranges::replace(id, '/', '-');
    return id;
}

std::string appmenu_lines(std::string_view file, std::string_view desktop_text)
{
    std::string out;
    MenuRule rule;
    for (DesktopLine const& line : parse_desktop_entry(desktop_text)) {
        rule.take(line);
        out.append(file).append(":").append(line.key);
        if (!line.locale.empty())
            out.append("[").append(line.locale).append("]");
        out += '=';
        if (line.key == "Exec")
            out.append("qubes-desktop-run ").append(file);
        else
            out.append(line.value);
        out += '\n';
    }
    if (out.empty() || !rule.shows())
        return {};
    return out + "\n";
}

std::optional<DesktopCommand> command_of(std::span<DesktopLine const> lines,
                                         std::string_view opened)
{
    DesktopCommand command;
    bool is_good = false;
    for (DesktopLine const& line : lines) {
        if (!line.locale.empty())
            continue;
        if (line.key == "Exec") {
            auto words = exec_words(unescaped(line.value), opened);
            is_good = words && !words->empty() && !words->front().empty();
            if (is_good)
                command.words = std::move(*words);
        } else if (line.key == "Path")
            command.folder = unescaped(line.value);
        else if (line.key == "Terminal")
            command.in_terminal = line.value == "true";
    }
    return is_good ? std::optional(std::move(command)) : std::nullopt;
}

} // namespace vitrail::formats
