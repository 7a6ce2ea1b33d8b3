#pragma once

#include "lib/base/result.hpp"
#include "lib/formats/desktop_entry.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::apps {

/// The folders whose `applications` hold desktop files, the first of two files of one name wins.
/// Source: XDG Base Directory Specification; `HOME` has to be set where XDG_DATA_HOME is not.
[[nodiscard]] std::vector<std::string> data_folders();

/// Id (with the suffix) to path, for every desktop file below `folders`. A file that is hidden in a
/// folder before is hidden in those after.
[[nodiscard]] std::map<std::string, std::string>
find_desktop_files(std::vector<std::string> const& folders);

/// A file's text; no more than a menu can make use of.
[[nodiscard]] Result<std::string> read_desktop_file(std::string const& path);

/// Whether a program is there: a path, or in PATH.
[[nodiscard]] bool has_program(std::string const& name);

/// How a command runs in a terminal of this qube; empty where there is none.
/// An empty command: the terminal alone.
[[nodiscard]] std::vector<std::string> in_terminal(std::vector<std::string> const& command);
/// A file manager that shows the home folder; empty where there is none.
[[nodiscard]] std::vector<std::string> file_manager();

} // namespace vitrail::apps
