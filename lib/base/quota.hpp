#pragma once

#include <algorithm>
#include <chrono>

namespace vitrail {

/// How often something may happen: `burst` times at once, and once more each `every`. Pure; the
/// clock is the caller's.
class Quota {
public:
    using TimePoint = std::chrono::steady_clock::time_point;
    constexpr Quota(int burst, std::chrono::milliseconds every) : burst_(burst), every_(every) {}

    /// Whether it may happen now; then it is counted.
    [[nodiscard]] constexpr bool take(TimePoint now)
    {
        // The time at which all that was taken is given back: at most `burst` steps ahead of now.
        TimePoint const after = std::max(paid_, now) + every_;
        if (after - now > burst_ * every_)
            return false;
        paid_ = after;
        return true;
    }

private:
    int burst_;
    std::chrono::milliseconds every_;
    TimePoint paid_{};
};

} // namespace vitrail
