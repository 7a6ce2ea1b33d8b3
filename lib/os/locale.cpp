#include "lib/os/locale.hpp"

#include <cstdlib>

namespace vitrail {

std::string messages_locale()
{
    for (char const* const name : {"LC_ALL", "LC_MESSAGES", "LANG"})
        if (char const* const value = std::getenv(name); value && *value)
            return value;
    return "C";
}

} // namespace vitrail
