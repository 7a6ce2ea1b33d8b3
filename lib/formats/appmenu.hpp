#pragma once

#include "lib/formats/desktop_entry.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::formats {

/// What a qube says of its applications (the answer of qubes.GetAppmenus), checked. Pure.
/// Source of the limits and rules: fact sheet services §7, "Receiver rules".

inline constexpr std::size_t most_appmenu_lines = 100000;
inline constexpr std::size_t longest_appmenu_line = 1024; ///< bytes, without its end
/// Our own bounds: more would fill a menu, or the memory of whoever shows it.
inline constexpr std::size_t most_appmenu_entries = 1000;
inline constexpr std::size_t longest_appmenu_file = 255; ///< bytes: a file's name
inline constexpr std::size_t longest_appmenu_text = 256; ///< bytes of a name that is shown

/// Why something of an answer was left out.
enum class AppmenuViolation : std::uint8_t {
    too_many_lines, ///< the rest of the answer
    long_line,
    no_key_line,
    bad_file_name, ///< or the reserved one, qubes-start
    bad_value,     ///< with characters that may not stand in it
    nameless,      ///< a whole entry
    too_many_entries,
};
inline constexpr std::size_t appmenu_violations = 7;
[[nodiscard]] std::string_view name(AppmenuViolation violation);

/// A text of a qube as it may be shown: display_text() has nothing to replace in it. In the user's
/// language where the qube offers it, with the locale it was given for.
struct AppmenuText {
    std::string text; ///< at most longest_appmenu_text bytes
    std::string locale;
    friend bool operator==(AppmenuText const&, AppmenuText const&) = default;
};

/// One application of a qube's menu.
struct AppmenuEntry {
    std::string file; ///< firefox.desktop: [A-Za-z0-9._-]+
    AppmenuText name; ///< never empty
    AppmenuText generic_name;
    AppmenuText comment;
    AppmenuText keywords;
    std::string icon; ///< a name or a path in the qube, [A-Za-z0-9/_.-]*
    /// The keys that the original takes over, with the characters that it lets through: Name,
    /// GenericName, Comment, StartupWMClass, Icon, Categories. Each may be missing.
    std::map<std::string, std::string, std::less<>> keys;
    friend bool operator==(AppmenuEntry const&, AppmenuEntry const&) = default;

    [[nodiscard]] std::string_view id() const ///< the file without its suffix
    {
        return std::string_view(file).substr(0, file.size() - desktop_suffix.size());
    }
};

struct Appmenu {
    std::vector<AppmenuEntry> entries; ///< by file
    /// How often each violation was met.
    std::array<std::size_t, appmenu_violations> violations{};
    [[nodiscard]] std::size_t count(AppmenuViolation violation) const
    {
        return violations[static_cast<std::size_t>(violation)];
    }
};

/// The whole answer. What breaks a rule is left out and counted; entries that are hidden by their
/// own keys are left out and are no violation. `locale`: locale_keys() of the user.
[[nodiscard]] Appmenu parse_appmenu(std::string_view untrusted_text,
                                    std::span<std::string const> locale);

/// One entry from the text of a file as menu_template() writes it. nullopt: it breaks a rule.
[[nodiscard]] std::optional<AppmenuEntry> parse_menu_template(std::string_view file,
                                                              std::string_view untrusted_text,
                                                              std::span<std::string const> locale);

/// The file that is stored for an entry: `%VMNAME%` stands for the qube.
[[nodiscard]] std::string menu_template(AppmenuEntry const& entry);

} // namespace vitrail::formats
