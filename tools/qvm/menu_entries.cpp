#include "tools/qvm/menu_entries.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace vitrail::qvm {
namespace {

constexpr std::size_t most_lines = 100000;
constexpr std::size_t longest_line = 1024;
constexpr std::string_view desktop = ".desktop";

bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool holds_only(std::string_view text, std::string_view others)
{
    return std::ranges::all_of(text, [&](char c) { return is_alnum(c) || others.contains(c); });
}

/// Which keys are taken over, and the characters beside letters and digits of their values.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> known_keys{{
    {"Name", "/.,:&()_ +-"},
    {"GenericName", "/.,:&()_ +-"},
    {"Comment", "/.,:&()_ +-"},
    {"StartupWMClass", "/.,:&()_ +-"},
    {"Icon", "/_.-"},
    {"Categories", "/.;:'() -"},
}};

bool may_stand(std::string_view key, std::string_view value)
{
    auto const known =
        std::ranges::find(known_keys, key, [](auto const& one) { return one.first; });
    return known != known_keys.end() && holds_only(value, known->second);
}

std::string escaped(std::string_view qube)
{
    std::string out = "_";
    for (char const c : qube)
        out += c == '_'   ? std::string("_u")
               : c == '-' ? std::string("_d")
               : c == '.' ? std::string("_p")
                          : std::string(1, c);
    return out;
}

std::string replaced(std::string text, std::string_view what, std::string_view with)
{
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
    return text;
}

} // namespace

std::vector<MenuEntry> parse_menu_entries(std::string_view untrusted_text)
{
    std::map<std::string, MenuEntry> found;
    for (std::size_t lines = 0; !untrusted_text.empty() && lines < most_lines; ++lines) {
        auto const end = std::min(untrusted_text.find('\n'), untrusted_text.size());
        std::string_view const line = untrusted_text.substr(0, end);
        untrusted_text.remove_prefix(std::min(end + 1, untrusted_text.size()));
        auto const colon = line.find(':');
        auto const sign = line.find('=', colon == std::string_view::npos ? 0 : colon);
        if (line.size() > longest_line || colon == std::string_view::npos ||
            sign == std::string_view::npos)
            continue;
        std::string file(line.substr(0, colon));
        if (!file.ends_with(desktop))
            file += desktop;
        std::string_view const key = line.substr(colon + 1, sign - colon - 1);
        std::string_view const value = line.substr(sign + 1);
        bool const good = holds_only(file, "._-") && !file.starts_with('.') &&
                          file != "qubes-start.desktop" && may_stand(key, value);
        if (good && !value.empty())
            found[file].keys.emplace(key, value);
    }
    std::vector<MenuEntry> all;
    for (auto& [file, entry] : found)
        if (entry.keys.contains("Name")) {
            entry.file = file;
            all.push_back(std::move(entry));
        }
    return all;
}

std::string menu_template(MenuEntry const& entry)
{
    std::string text = "[Desktop Entry]\nVersion=1.0\nType=Application\nTerminal=false\n"
                       "X-Qubes-VmName=%VMNAME%\nX-Qubes-AppName=" +
                       entry.file.substr(0, entry.file.size() - desktop.size()) + "\n";
    for (auto const& [key, value] : entry.keys) {
        text += key + "=" + (key == "Name" ? "%VMNAME%: " : "") + value;
        if (key == "Categories")
            text += value.ends_with(';') ? "X-Qubes-VM;" : ";X-Qubes-VM;";
        text += "\n";
    }
    if (!entry.keys.contains("Categories"))
        text += "Categories=X-Qubes-VM;\n";
    return text;
}

std::string menu_file(std::string_view stored, std::string const& qube, std::string const& file,
                      bool in_disposable)
{
    std::string const id = file.substr(0, file.size() - desktop.size());
    std::string const command = in_disposable ? "--dispvm=" + qube + " --" : "-- " + qube;
    return replaced(std::string(stored), "%VMNAME%", qube) + "Exec=qvm-run -q -a --service " +
           command + " qubes.StartApp+" + id + "\n" +
           (in_disposable ? "X-Qubes-NonDispvmExec=qvm-run -q -a --service -- " + qube +
                                " qubes.StartApp+" + id + "\n"
                          : "");
}

std::string menu_file_prefix(std::string_view qube, bool in_disposable)
{
    return (in_disposable ? "org.qubes-os.dispvm." : "org.qubes-os.vm.") + escaped(qube) + ".";
}

std::string menu_file_name(std::string_view qube, std::string_view file, bool in_disposable)
{
    return menu_file_prefix(qube, in_disposable) + std::string(file);
}

} // namespace vitrail::qvm
