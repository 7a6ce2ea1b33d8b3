#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace vitrail::guid {

/// A token bucket: how much work for the compositor a qube may cause. When it is empty the qube is
/// not read until it has filled again; nothing is dropped (security.md S35).
class Throttle {
public:
    using Time = std::chrono::milliseconds;
    Throttle(std::uint64_t per_second, std::uint64_t burst)
        : per_second_(static_cast<std::int64_t>(per_second)),
          burst_(static_cast<std::int64_t>(burst) * 1000),
          level_(burst_)
    {
    }

    void take(std::uint64_t work) { level_ -= static_cast<std::int64_t>(work) * 1000; }
    void fill(Time now)
    {
        auto const passed = std::max<std::int64_t>((now - filled_).count(), 0);
        filled_ = now;
        level_ = std::min(burst_, level_ + std::min<std::int64_t>(passed, 60000) * per_second_);
    }
    [[nodiscard]] bool empty() const { return level_ <= 0; }
    /// How long until it is no more empty; at least 1 ms.
    [[nodiscard]] Time wait() const
    {
        return Time(std::max<std::int64_t>(1, 1 + -level_ / per_second_));
    }

private:
    std::int64_t per_second_;
    std::int64_t burst_; ///< in thousandths, as level_
    std::int64_t level_;
    Time filled_{0};
};

} // namespace vitrail::guid
