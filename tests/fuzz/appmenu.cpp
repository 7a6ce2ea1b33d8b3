#include "lib/formats/appmenu.hpp"
#include "lib/base/text.hpp"
#include "lib/base/utf8.hpp"
#include "tests/fuzz/harness.hpp"

#include <algorithm>

namespace {

using namespace vitrail;
using namespace vitrail::formats;

void check_text(AppmenuText const& text)
{
    fuzz::require(text.text.size() <= longest_appmenu_text, "a text has its bound");
    fuzz::require(display_text(UntrustedText(text.text)) == text.text, "a text may be shown");
    fuzz::require(!text.text.contains('\n') && !text.text.contains('%'), "a text is no key line");
}

bool may_stand(std::string_view text, std::string_view others)
{
    return std::ranges::all_of(text, [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               others.contains(c);
    });
}

void check_entry(AppmenuEntry const& entry, std::vector<std::string> const& locale)
{
    fuzz::require(entry.file.ends_with(desktop_suffix) && !entry.file.starts_with('.') &&
                      may_stand(entry.file, "._-") && entry.file.size() <= longest_appmenu_file,
                  "a file's name leads nowhere");
    fuzz::require(!entry.name.text.empty(), "an entry has a name");
    for (auto const& text : {entry.name, entry.generic_name, entry.comment, entry.keywords})
        check_text(text);
    fuzz::require(may_stand(entry.icon, "/_.-"), "an icon is a name or a path");
    auto const again = parse_menu_template(entry.file, menu_template(entry), locale);
    fuzz::require(again.has_value(), "what is stored is read");
    fuzz::require(again->name == entry.name && again->comment == entry.comment &&
                      again->keywords == entry.keywords && again->icon == entry.icon,
                  "what is stored is read as it was");
}

} // namespace

/// The user's locale on the first line; then what a qube answers, a file of a menu, or both.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string_view text(reinterpret_cast<char const*>(data), size);
    auto const end = std::min(text.find('\n'), text.size());
    auto const locale = locale_keys(text.substr(0, std::min<std::size_t>(end, 64)));
    text.remove_prefix(std::min(end + 1, text.size()));
    Appmenu const menu = parse_appmenu(text, locale);
    fuzz::require(menu.entries.size() <= most_appmenu_entries, "a menu has its bound");
    fuzz::require(std::ranges::is_sorted(menu.entries, {}, &AppmenuEntry::file),
                  "entries are in order");
    for (AppmenuEntry const& entry : menu.entries)
        check_entry(entry, locale);
    auto const lines = parse_desktop_entry(text);
    if (auto const command = command_of(lines, "opened"))
        fuzz::require(!command->words.empty() && !command->words.front().empty(),
                      "a command names a program");
    std::string const told = appmenu_lines("file.desktop", text);
    fuzz::require(told.empty() || told.ends_with("\n\n"), "a file's lines end in an empty one");
    for (auto const& entry : parse_appmenu(told, locale).entries)
        fuzz::require(entry.file == "file.desktop", "a file tells of itself alone");
    if (auto const stored = parse_menu_template("file.desktop", text, locale))
        check_entry(*stored, locale);
    return 0;
}
