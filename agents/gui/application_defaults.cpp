#include "agents/gui/application_defaults.hpp"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace vitrail::agent {

Result<> set_application_defaults(std::string const& runtime)
{
    // An application's menu button stays; minimise, maximise and close are the frame's.
    constexpr char const* gtk_settings = "[Settings]\ngtk-decoration-layout=menu:\n";
    std::string const folder = runtime + "/vitrail-defaults";
    for (char const* const version : {"gtk-3.0", "gtk-4.0"}) {
        std::filesystem::path const place = std::filesystem::path(folder) / version;
        std::error_code failure;
        std::filesystem::create_directories(place, failure);
        std::ofstream file(place / "settings.ini");
        file << gtk_settings;
        if (!file.flush())
            return error("cannot write " + (place / "settings.ini").string());
    }
    char const* const before = std::getenv("XDG_CONFIG_DIRS");
    std::string const folders = folder + ":" + (before && *before ? before : "/etc/xdg");
    setenv("XDG_CONFIG_DIRS", folders.c_str(), 1);
    for (auto const& [name, value] :
         std::array<std::pair<char const*, char const*>, 3>{{{"GSK_RENDERER", "cairo"},
                                                             {"MOZ_ENABLE_WAYLAND", "1"},
                                                             {"QT_QPA_PLATFORM", "wayland;xcb"}}})
        setenv(name, value, 0);
    return {};
}

} // namespace vitrail::agent
