#pragma once

#include <algorithm>
#include <chrono>

namespace vitrail::session {

/// How long until a program of ours is started again, `restarts` times so far. One that cannot hold
/// itself up is started again later each time: a second, two, at most a minute.
[[nodiscard]] inline std::chrono::milliseconds restart_delay(int restarts)
{
    constexpr int quick = 10;
    if (restarts <= quick)
        return std::chrono::milliseconds(1);
    return std::chrono::seconds(std::min(60, 1 << std::min(restarts - quick - 1, 6)));
}

} // namespace vitrail::session
