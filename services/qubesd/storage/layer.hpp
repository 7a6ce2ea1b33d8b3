#pragma once

#include "lib/base/result.hpp"

#include <string>

namespace vitrail::qubesd {

/// Puts an overlayfs layer on top of a plain tree: files are shared by hard links (layers never
/// change), white-outs remove, opaque folders replace. `tree` exists.
[[nodiscard]] Result<> apply_layer(std::string const& layer, std::string const& tree);

/// Whether overlayfs would show nothing of it: no entry at all.
[[nodiscard]] bool is_empty_folder(std::string const& path);

} // namespace vitrail::qubesd
