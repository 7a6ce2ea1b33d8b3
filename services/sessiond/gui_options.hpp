#pragma once

#include "lib/transport/guid_start.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vitrail::session {

/// guid.conf's options, once: a list of qubes has them by their own names, a qube by a feature
/// `gui-NAME` with dashes, the GUI domain by `gui-default-NAME` (fact sheet gui-protocol §7.3).
struct FlagOption {
    std::string_view name;
    std::uint8_t transport::GuidStart::* field;
};
inline constexpr std::array<FlagOption, 3> flag_options{{
    {"allow_fullscreen", &transport::GuidStart::allow_fullscreen},
    {"allow_utf8_titles", &transport::GuidStart::allow_utf8_titles},
    {"override_redirect_protection", &transport::GuidStart::override_redirect_protection},
}};

struct NumberOption {
    std::string_view name;
    std::uint32_t transport::GuidStart::* field;
    std::int64_t least, most;
};
inline constexpr std::array<NumberOption, 7> number_options{{
    {"max_clipboard_size", &transport::GuidStart::max_clipboard_size, 256, 256000},
    {"max_clipboard_image_size", &transport::GuidStart::max_clipboard_image_size, 0, 16777216},
    {"startup_timeout", &transport::GuidStart::startup_timeout_s, 0, 3600},
    {"events_max_delay", &transport::GuidStart::events_max_delay_ms, 0, 5000},
    {"windows_count_limit", &transport::GuidStart::windows_count_limit, 1, 10000},
    {"window_background_color", &transport::GuidStart::window_background_rgb, 0, 0xffffff},
    {"max_pixels_mib", &transport::GuidStart::max_pixels_mib, 16, 16384},
}};

inline constexpr std::array<std::pair<std::string_view, std::uint8_t>, 3> override_redirect_values{
    {{"allow", 0}, {"disabled", 1}, {"disable", 1}}};
inline constexpr std::array<std::pair<std::string_view, transport::TrayMode>, 4> tray_modes{{
    {"bg", transport::TrayMode::background},
    {"border1", transport::TrayMode::border1},
    {"border2", transport::TrayMode::border2},
    {"tint", transport::TrayMode::tint},
}};

/// What a qube has that nobody set anything for.
[[nodiscard]] transport::GuidStart default_gui_options();

/// The value of the feature `gui-NAME`. False: unknown, or not allowed; nothing has changed then.
[[nodiscard]] bool set_gui_option(transport::GuidStart& options, std::string_view name,
                                  std::string_view untrusted_value);

/// The features (name, value) of a qube with these options: those that are not the default.
[[nodiscard]] std::vector<std::pair<std::string, std::string>>
gui_features(transport::GuidStart const& options);

} // namespace vitrail::session
