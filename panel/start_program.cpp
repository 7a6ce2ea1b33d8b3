#include "panel/start_program.hpp"

#include <glibmm/error.h>
#include <glibmm/spawn.h>

#include <cstdio>

namespace vitrail::panel {

void start_program(std::vector<std::string> const& words)
{
    try {
        Glib::spawn_async("", words, Glib::SpawnFlags::SEARCH_PATH);
    } catch (Glib::Error const& problem) {
        std::fprintf(stderr, "vitrail-panel: %s\n", problem.what());
    }
}

} // namespace vitrail::panel
