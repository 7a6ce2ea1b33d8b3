#pragma once

#include "lib/transport/guid_start.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace vitrail::guid {

/// What the user's configuration says for this qube: guid.conf's options (fact sheet gui-protocol
/// §7.3) and Vitrail's own limits. The compositor's permissions event may change some while guid
/// runs.
struct Profile {
    std::string name; ///< of the qube; for log lines only
    bool allow_fullscreen = false;
    bool allow_utf8_titles = false;
    bool override_redirect_protection = true;
    bool override_redirect_disabled = false;
    std::uint32_t max_clipboard_size = 64000; ///< bytes
    std::uint32_t windows_count_limit = 500;
    std::uint64_t max_pages = std::uint64_t{1} << 18; ///< of all buffers together
    std::chrono::seconds startup_timeout{45};         ///< 0: none
    std::chrono::milliseconds events_max_delay{0};
    std::uint32_t window_background_rgb = 0xffffff;
    transport::TrayMode tray_mode = transport::TrayMode::tint;

    /// Values out of the range of the original are replaced by its defaults.
    [[nodiscard]] static Profile from_start(transport::GuidStart const& start);
};

} // namespace vitrail::guid
