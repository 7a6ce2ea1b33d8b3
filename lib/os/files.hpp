#pragma once

#include "lib/base/result.hpp"

#include <string>
#include <vector>

namespace vitrail {

/// All of a file; the error names the path.
[[nodiscard]] Result<std::string> read_file(std::string const& path);
/// The names in a folder, sorted; none when there is no such folder.
[[nodiscard]] Result<std::vector<std::string>> list_folder(std::string const& path);

} // namespace vitrail
