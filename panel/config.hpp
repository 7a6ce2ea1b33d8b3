#pragma once

#include "lib/base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vitrail::panel {

/// What the panel is made of.
enum class Part {
    launcher,
    focus,
    workspaces,
    tasks,
    clipboard,
    notifications,
    qubes,
    keyboard,
    clock,
    session
};

enum class Edge { top, bottom };

/// Where what is told shows for a moment; off: in the list alone.
enum class Corner { off, top_left, top_right, bottom_left, bottom_right };

/// [panel] of the desktop's settings. The members' values are the defaults.
struct Config {
    bool enabled = true;
    Edge edge = Edge::bottom;
    bool autohide = false; ///< only a line is left until the pointer comes there
    std::string output;    ///< a connector's name ("DP-1"); empty: every output
    std::vector<Part> start{Part::launcher, Part::focus, Part::workspaces};
    std::vector<Part> middle{Part::tasks};
    std::vector<Part> end{Part::clipboard, Part::notifications, Part::qubes,
                          Part::keyboard,  Part::clock,         Part::session};
    Corner notifications = Corner::top_right;
    std::string clock_format = "%a %d %b  %H:%M"; ///< strftime
    /// In a qube, by its shell.
    std::string terminal = "command -v x-terminal-emulator >/dev/null && exec x-terminal-emulator; "
                           "command -v foot >/dev/null && exec foot; exec xterm";

    friend bool operator==(Config const&, Config const&) = default;
};

/// [panel] of TOML text; what else stands in it is the compositor's to check. `name` is the file's,
/// for messages. Fails with "FILE:LINE: what is wrong and what is allowed".
[[nodiscard]] Result<Config> parse_config(std::string_view text, std::string_view name);
/// The same from a file; one that does not exist gives the defaults.
[[nodiscard]] Result<Config> load_config(std::string const& path);

} // namespace vitrail::panel
