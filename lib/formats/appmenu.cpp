#include "lib/formats/appmenu.hpp"

#include "lib/base/text.hpp"
#include "lib/base/utf8.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace vitrail::formats {
namespace {

constexpr std::string_view of_the_qube = "%VMNAME%: ";

bool holds_only(std::string_view text, std::string_view others)
{
    return std::ranges::all_of(text,
                               [&](char c) { return is_alphanumeric(c) || others.contains(c); });
}

/// Which keys the original takes over, and the characters beside letters and digits of their
/// values.
struct KnownKey {
    std::string_view name;
    std::string_view others;
};
constexpr std::array<KnownKey, 6> known_keys{{
    {"Name", "/.,:&()_ +-"},
    {"GenericName", "/.,:&()_ +-"},
    {"Comment", "/.,:&()_ +-"},
    {"StartupWMClass", "/.,:&()_ +-"},
    {"Icon", "/_.-"},
    {"Categories", "/.;:'() -"},
}};

/// Texts that are shown, or searched: in the user's language, of all that may be displayed.
struct ShownKey {
    std::string_view name;
    AppmenuText AppmenuEntry::* text;
};
constexpr std::array<ShownKey, 4> shown_keys{{
    {"Name", &AppmenuEntry::name},
    {"GenericName", &AppmenuEntry::generic_name},
    {"Comment", &AppmenuEntry::comment},
    {"Keywords", &AppmenuEntry::keywords},
}};

bool may_be_shown(std::string_view value)
{
    return !value.contains('\\') && !value.contains('%') && // both mean something in a stored file
           display_text(UntrustedText(std::string(value))) == value;
}

/// 0: for everybody, else better the higher; nullopt: for somebody else.
std::optional<std::size_t> rank(std::string_view locale, std::span<std::string const> wanted)
{
    if (locale.empty())
        return 0;
    auto const found = std::ranges::find(wanted, locale);
    if (found == wanted.end())
        return std::nullopt;
    return static_cast<std::size_t>(wanted.end() - found);
}

struct Draft {
    AppmenuEntry entry;
    MenuRule rule;
};

enum class Taken : std::uint8_t { yes, not_ours, bad };

Taken take_shown(AppmenuText& text, DesktopLine const& line, std::span<std::string const> locale)
{
    auto const better = rank(line.locale, locale);
    if (!better || line.value.empty())
        return Taken::not_ours;
    std::string_view const value = cut_utf8(line.value, longest_appmenu_text);
    if (value.empty() || !may_be_shown(value))
        return Taken::bad;
    if (text.text.empty() || *better > rank(text.locale, locale).value_or(0))
        text = {std::string(value), std::string(line.locale)};
    return Taken::yes;
}

Taken take(Draft& draft, DesktopLine const& line, std::span<std::string const> locale)
{
    draft.rule.take(line);
    Taken taken = Taken::not_ours;
    bool is_repeated = false; // the first one holds, in what is shown as in what is kept
    for (auto const& [key, text] : shown_keys)
        if (line.key == key) {
            AppmenuText const& shown = draft.entry.*text;
            is_repeated = line.locale.empty() && shown.locale.empty() && !shown.text.empty();
            taken = take_shown(draft.entry.*text, line, locale);
        }
    auto const known = std::ranges::find(known_keys, line.key, &KnownKey::name);
    if (known == known_keys.end() || !line.locale.empty() || line.value.empty() || is_repeated)
        return taken;
    if (!holds_only(line.value, known->others))
        return taken == Taken::yes ? Taken::yes : Taken::bad;
    bool const is_first = draft.entry.keys.emplace(line.key, line.value).second;
    if (is_first && line.key == "Icon")
        draft.entry.icon = line.value;
    return Taken::yes;
}

/// The file that an answer names, with its suffix; empty: it may not be called so.
std::string check_file(std::string_view untrusted_file)
{
    std::string file(untrusted_file);
    if (!file.ends_with(desktop_suffix))
        file += desktop_suffix;
    bool const good = file.size() <= longest_appmenu_file && file.size() > desktop_suffix.size() &&
                      holds_only(file, "._-") && !file.starts_with('.') &&
                      file != "qubes-start.desktop";
    return good ? file : std::string();
}

} // namespace

std::string_view name(AppmenuViolation violation)
{
    switch (violation) {
    case AppmenuViolation::too_many_lines: return "too many lines";
    case AppmenuViolation::long_line: return "a line too long";
    case AppmenuViolation::no_key_line: return "a line that is none of a desktop file";
    case AppmenuViolation::bad_file_name: return "a file name that may not be";
    case AppmenuViolation::bad_value: return "a value with characters that may not stand in it";
    case AppmenuViolation::nameless: return "an entry without a name";
    case AppmenuViolation::too_many_entries: return "too many entries";
    }
    return "?";
}

Appmenu parse_appmenu(std::string_view untrusted_text, std::span<std::string const> locale)
{
    Appmenu menu;
    auto const violate = [&](AppmenuViolation violation) {
        ++menu.violations[static_cast<std::size_t>(violation)];
    };
    std::map<std::string, Draft, std::less<>> drafts;
    for (std::size_t lines = 0; !untrusted_text.empty(); ++lines) {
        if (lines == most_appmenu_lines) {
            violate(AppmenuViolation::too_many_lines);
            break;
        }
        auto const end = std::min(untrusted_text.find('\n'), untrusted_text.size());
        std::string_view const line = untrusted_text.substr(0, end);
        untrusted_text.remove_prefix(std::min(end + 1, untrusted_text.size()));
        if (line.empty())
            continue;
        if (line.size() > longest_appmenu_line) {
            violate(AppmenuViolation::long_line);
            continue;
        }
        auto const colon = line.find(':');
        auto const parsed = colon == std::string_view::npos
                                ? std::nullopt
                                : parse_desktop_line(line.substr(colon + 1));
        if (!parsed) {
            violate(AppmenuViolation::no_key_line);
            continue;
        }
        std::string const file = check_file(line.substr(0, colon));
        if (file.empty()) {
            violate(AppmenuViolation::bad_file_name);
            continue;
        }
        auto draft = drafts.find(file);
        if (draft == drafts.end()) {
            if (drafts.size() == most_appmenu_entries) {
                violate(AppmenuViolation::too_many_entries);
                continue;
            }
            draft = drafts.emplace(file, Draft()).first;
        }
        if (take(draft->second, *parsed, locale) == Taken::bad)
            violate(AppmenuViolation::bad_value);
    }
    for (auto& [file, draft] : drafts) {
        if (!draft.rule.shows())
            continue;
        if (draft.entry.name.text.empty()) {
            violate(AppmenuViolation::nameless);
            continue;
        }
        draft.entry.file = file;
        menu.entries.push_back(std::move(draft.entry));
    }
    return menu;
}

std::optional<AppmenuEntry> parse_menu_template(std::string_view file,
                                                std::string_view untrusted_text,
                                                std::span<std::string const> locale)
{
    Draft draft;
    draft.entry.file = check_file(file);
    for (DesktopLine line : parse_desktop_entry(untrusted_text)) {
        if (line.key == "Name" && line.value.starts_with(of_the_qube))
            line.value.remove_prefix(of_the_qube.size());
        (void)take(draft, line, locale);
    }
    if (draft.entry.file.empty() || draft.entry.name.text.empty() || !draft.rule.shows())
        return std::nullopt;
    return std::move(draft.entry);
}

std::string menu_template(AppmenuEntry const& entry)
{
    std::string text = "[Desktop Entry]\nVersion=1.0\nType=Application\nTerminal=false\n"
                       "X-Qubes-VmName=%VMNAME%\nX-Qubes-AppName=" +
                       std::string(entry.id()) + "\n";
    auto const add = [&](std::string_view key, std::string_view locale, std::string_view value) {
        text.append(key);
        if (!locale.empty())
            text.append("[").append(locale).append("]");
        text.append("=").append(key == "Name" ? of_the_qube : "").append(value);
        if (key == "Categories")
            text.append(value.ends_with(';') ? "X-Qubes-VM;" : ";X-Qubes-VM;");
        text += "\n";
    };
    for (auto const& [key, value] : entry.keys)
        add(key, "", value);
    for (auto const& [key, member] : shown_keys) {
        AppmenuText const& shown = entry.*member;
        if (!shown.text.empty() && (!shown.locale.empty() || !entry.keys.contains(key)))
            add(key, shown.locale, shown.text);
    }
    if (!entry.keys.contains("Categories"))
        text += "Categories=X-Qubes-VM;\n";
    return text;
}

} // namespace vitrail::formats
