#pragma once

#include <cstdio>
#include <string>

namespace vitrail::session {

/// A line of sessiond's own in the session's log.
inline void say(std::string const& text)
{
    std::fprintf(stderr, "vitrail-sessiond: %s\n", text.c_str());
}

} // namespace vitrail::session
