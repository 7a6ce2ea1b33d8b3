#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::panel {

/// "412 MB", "1.5 GB" of KiB, short enough for a column.
[[nodiscard]] std::string memory_text(std::uint64_t kib);
/// "1 window", "3 windows".
[[nodiscard]] std::string count_text(std::size_t count, std::string_view one,
                                     std::string_view many);
/// Bytes of a clipboard: "12 bytes", "3.4 kB".
[[nodiscard]] std::string bytes_text(std::uint32_t bytes);
/// What the clipboard holds: "3.4 kB of text", "an image of 640 × 480".
[[nodiscard]] std::string held_text(std::string_view type, std::uint32_t bytes, std::uint32_t width,
                                    std::uint32_t height);
/// Two or three letters for a layout that xkb calls "English (US)".
[[nodiscard]] std::string layout_code(std::string_view name);
/// "work", "work and mail", "work, mail and 3 more".
[[nodiscard]] std::string list_text(std::vector<std::string> const& names);

} // namespace vitrail::panel
