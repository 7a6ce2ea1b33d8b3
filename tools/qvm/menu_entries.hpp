#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::qvm {

/// One program of a qube's menu, checked: only the keys that are taken over, only characters that
/// may stand in them.
struct MenuEntry {
    std::string file;                        ///< firefox.desktop
    std::map<std::string, std::string> keys; ///< Name is always there
};

/// What qubes.GetAppmenus answers. Lines and values that are not as they may be are dropped; so is
/// an entry without a name. Source: fact sheet services §7 (the receiver's rules).
[[nodiscard]] std::vector<MenuEntry> parse_menu_entries(std::string_view untrusted_text);

/// The template of an entry, as it is stored: %VMNAME% stands for the qube.
[[nodiscard]] std::string menu_template(MenuEntry const& entry);
/// The entry of a qube, made from a stored template.
[[nodiscard]] std::string menu_file(std::string_view stored, std::string const& qube,
                                    std::string const& file, bool in_disposable);
/// org.qubes-os.vm._work.firefox.desktop, so that no two qubes share one.
[[nodiscard]] std::string menu_file_name(std::string_view qube, std::string_view file,
                                         bool in_disposable);
/// The part of the names that all entries of a qube begin with.
[[nodiscard]] std::string menu_file_prefix(std::string_view qube, bool in_disposable);

} // namespace vitrail::qvm
