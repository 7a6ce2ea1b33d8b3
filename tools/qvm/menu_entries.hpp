#pragma once

#include <string>
#include <string_view>

namespace vitrail::qvm {

/// The entry of a qube, made from a stored template.
[[nodiscard]] std::string menu_file(std::string_view stored, std::string const& qube,
                                    std::string const& file, bool in_disposable);
/// org.qubes-os.vm._work.firefox.desktop, so that no two qubes share one.
[[nodiscard]] std::string menu_file_name(std::string_view qube, std::string_view file,
                                         bool in_disposable);
/// The part of the names that all entries of a qube begin with.
[[nodiscard]] std::string menu_file_prefix(std::string_view qube, bool in_disposable);

} // namespace vitrail::qvm
