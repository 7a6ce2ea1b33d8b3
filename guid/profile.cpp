#include "guid/profile.hpp"

#include "lib/wire/message.hpp"

#include <algorithm>

namespace vitrail::guid {

Profile Profile::from_start(transport::GuidStart const& start)
{
    Profile profile;
    profile.name = start.name_view();
    profile.allow_fullscreen = start.allow_fullscreen != 0;
    profile.allow_utf8_titles = start.allow_utf8_titles != 0;
    profile.override_redirect_protection = start.override_redirect_protection != 0;
    profile.override_redirect_disabled = start.override_redirect_disabled != 0;
    if (start.max_clipboard_size >= 256 && start.max_clipboard_size <= wire::max_clipboard_1_8)
        profile.max_clipboard_size = start.max_clipboard_size;
    if (start.windows_count_limit > 0)
        profile.windows_count_limit = start.windows_count_limit;
    if (start.max_pixels_mib > 0)
        profile.max_pages = std::uint64_t{start.max_pixels_mib} << 8; // 256 pages a MiB
    profile.startup_timeout = std::chrono::seconds(start.startup_timeout_s);
    profile.events_max_delay =
        std::chrono::milliseconds(std::min<std::uint32_t>(start.events_max_delay_ms, 5000));
    profile.window_background_rgb = start.window_background_rgb & 0xffffff;
    profile.tray_mode = start.trayicon_mode;
    return profile;
}

} // namespace vitrail::guid
