#include "tools/qvm/command.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <charconv>

namespace vitrail::qvm {

void define_command(Entry const& entry, Command& command, Tool& tool, CLI::App& app)
{
    app.name(std::string(entry.name));
    app.description(std::string(entry.summary));
    app.add_flag("-v,--verbose", tool.verbose, "Say more");
    app.add_flag("-q,--quiet", tool.quiet, "Say less");
    app.set_version_flag("--version", "vitrail " VITRAIL_VERSION);
    app.set_help_flag("-h,--help", "Print this help and exit");
    command.define(app);
}

CLI::Option* add_repeated(CLI::App& app, std::string const& name, std::vector<std::string>& words,
                          std::string const& help)
{
    return app.add_option(name, words, help)->allow_extra_args(false);
}

bool is_pattern(std::string_view text)
{
    return text.find_first_of("*?[]") != std::string_view::npos;
}

bool fits(std::string const& name, std::string const& pattern)
{
    return fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
}

void QubeChoice::define(CLI::App& app, std::string const& kind)
{
    app.add_option("qubes", patterns, "Qubes, or patterns of their names")->type_name(kind);
    auto* const every = app.add_flag("--all", all, "All qubes but dom0");
    add_repeated(app, "--exclude", excluded, "Not this one, with --all; may be repeated")
        ->type_name("QUBE")
        ->needs(every);
}

Done<std::vector<std::string>> QubeChoice::resolve(Tool& tool) const
{
    if (all != patterns.empty())
        return misuse(all ? "names of qubes do not go together with --all"
                          : "a qube has to be named, or --all given");
    std::vector<ListedQube> const list = TRY(tool.list());
    std::vector<std::string> names;
    auto const is_in = [](std::vector<std::string> const& patterns_, std::string const& name) {
        return std::ranges::any_of(patterns_, [&](auto const& one) { return fits(name, one); });
    };
    if (all) {
        for (ListedQube const& one : list)
            if (one.name != qube::dom0 && !is_in(excluded, one.name))
                names.push_back(one.name);
        return names;
    }
    for (std::string const& pattern : patterns) {
        bool found = false;
        for (ListedQube const& one : list)
            if (is_pattern(pattern) ? fits(one.name, pattern)
                                    : one.name == pattern || "uuid:" + one.uuid == pattern) {
                found = true;
                if (!std::ranges::contains(names, one.name))
                    names.push_back(one.name);
            }
        if (!found)
            return misuse("no such domain: '" + pattern + "'");
    }
    return names;
}

Done<std::uint64_t> parse_size(std::string const& text)
{
    constexpr std::string_view units = "KMGT";
    std::string_view digits = text;
    for (std::string_view const end : {"iB", "B"})
        if (digits.ends_with(end) && digits.size() > end.size() + 1) {
            digits.remove_suffix(end.size());
            break;
        }
    unsigned shift = 0;
    if (!digits.empty())
        if (auto const unit = units.find(static_cast<char>(std::toupper(digits.back())));
            unit != std::string_view::npos) {
            shift = 10 * (static_cast<unsigned>(unit) + 1);
            digits.remove_suffix(1);
        }
    auto const number = qube::parse_number(digits);
    if (!number || *number > (UINT64_MAX >> shift))
        return misuse("no size: '" + text + "' (bytes, or with K, M, G or T)");
    return *number << shift;
}

Done<std::pair<std::string, std::string>> parse_option(std::string const& text)
{
    auto const sign = text.find('=');
    if (sign == std::string::npos || sign == 0)
        return misuse("NAME=VALUE is expected, not '" + text + "'");
    return std::pair{text.substr(0, sign), text.substr(sign + 1)};
}

Done<std::pair<std::string, std::string>> split_colon(std::string const& text)
{
    auto const sign = text.find(':');
    if (sign == std::string::npos || sign == 0 || sign + 1 == text.size())
        return misuse("QUBE:NAME is expected, not '" + text + "'");
    return std::pair{text.substr(0, sign), text.substr(sign + 1)};
}

} // namespace vitrail::qvm
