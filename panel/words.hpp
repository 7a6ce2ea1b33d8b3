#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::panel {

struct NotificationEntry;

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
/// "14:05", as clocks here have it.
[[nodiscard]] std::string time_text(std::time_t when);
/// ", 3 times"; nothing for once.
[[nodiscard]] std::string times_text(unsigned times);
/// "Mail of work", "Title of work": what a button of it is about.
[[nodiscard]] std::string notification_name(NotificationEntry const& entry);
/// All of it, for a screen reader.
[[nodiscard]] std::string notification_text(NotificationEntry const& entry);
/// "work", "work and mail", "work, mail and 3 more".
[[nodiscard]] std::string list_text(std::vector<std::string> const& names);

} // namespace vitrail::panel
