#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::formats {

/// Files of the freedesktop Desktop Entry Specification 1.5, and what a qube's applications are
/// called on the way to a menu. Pure.

inline constexpr std::string_view desktop_suffix = ".desktop";
/// What OnlyShowIn and NotShowIn call us: our own name, and the one that applications made for
/// qubes use.
inline constexpr std::string_view own_desktops[] = {"Vitrail", "X-QUBES"};

/// One line KEY[LOCALE]=VALUE; views into the text it was read from.
struct DesktopLine {
    std::string_view key;
    std::string_view locale; ///< empty: for everybody
    std::string_view value;  ///< without blanks around it, escapes as they are
};
/// nullopt: it is none. Keys are letters, digits and `-`.
[[nodiscard]] std::optional<DesktopLine> parse_desktop_line(std::string_view untrusted_line);

/// The key lines of the group [Desktop Entry], in order. Other groups, comments and lines that are
/// no key lines are left out.
[[nodiscard]] std::vector<DesktopLine> parse_desktop_entry(std::string_view untrusted_text);

/// `de_DE.UTF-8@euro` as keys name it, best first: de_DE@euro, de_DE, de@euro, de. Empty for "C",
/// "POSIX" and what is no locale.
[[nodiscard]] std::vector<std::string> locale_keys(std::string_view locale);

/// How one file is offered, gathered line by line: whether menus show it.
class MenuRule {
public:
    void take(DesktopLine const& line);
    /// By Type, Hidden, NoDisplay, OnlyShowIn, NotShowIn and the category of screen savers.
    [[nodiscard]] bool shows() const;

private:
    bool is_application_ = true;
    bool hidden_ = false;
    bool only_elsewhere_ = false;
    bool not_here_ = false;
};

/// `foo/bar.desktop` below a folder `applications` is the file `foo-bar.desktop` of a menu.
[[nodiscard]] std::string desktop_file_id(std::string_view path_below_applications);

/// The lines by which qubes.GetAppmenus tells of one file, and an empty one after them; empty text
/// for a file that no menu shows. `file`: its id with the suffix.
/// Source: fact sheet services §7.
[[nodiscard]] std::string appmenu_lines(std::string_view file, std::string_view desktop_text);

/// What starts an application.
struct DesktopCommand {
    std::vector<std::string> words; ///< the program first
    std::string folder;             ///< to start it in; empty: where one is
    bool in_terminal = false;
};
/// From the lines of its file: Exec unquoted, its field codes left out, but for the file or link
/// that is to be opened: that takes the place of its own, or comes last. nullopt where there is no
/// command, or one whose quotes do not close.
[[nodiscard]] std::optional<DesktopCommand> command_of(std::span<DesktopLine const> lines,
                                                       std::string_view opened = {});

} // namespace vitrail::formats
