#pragma once

#include "lib/base/result.hpp"

#include <cstdint>
#include <string>

namespace vitrail::qubesd {

/// How a tree has a layer's files: shared (hard links) when it is only read, copied when it is
/// written.
enum class Files : std::uint8_t { shared, copied };

/// Puts an overlayfs layer on top of a plain tree: files are shared by hard links (layers never
/// change), white-outs remove, opaque folders replace. `tree` exists.
[[nodiscard]] Result<> apply_layer(std::string const& layer, std::string const& tree,
                                   Files files = Files::shared);

/// Whether overlayfs would show nothing of it: no entry at all.
[[nodiscard]] bool is_empty_folder(std::string const& path);

} // namespace vitrail::qubesd
