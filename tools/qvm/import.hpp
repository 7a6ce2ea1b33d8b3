#pragma once

#include "tools/qvm/tool.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace vitrail::qvm {

/// Fills a volume of a halted qube from a file (`-`: the standard input) as the programs behind
/// admin.vm.volume.Import do (fact sheet admin-api §11): qubesd names the place, we copy.
/// `size`: that of the volume afterwards; nullopt keeps it.
[[nodiscard]] Done<> import_volume(Tool const& tool, std::string const& name,
                                   std::string const& volume, std::string const& file,
                                   std::optional<std::uint64_t> size);
/// Of a regular file. Fails when it cannot be read or is none.
[[nodiscard]] Done<std::uint64_t> size_of_file(std::string const& file);

} // namespace vitrail::qvm
