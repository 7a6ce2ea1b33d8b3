#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace vitrail::compositor {

/// When a prompt may be answered: not by the key or the click that was meant for something else.
/// Pure; times are milliseconds of any clock that does not go back.
class PromptGuard {
public:
    /// For so long after it was shown, and after anything near it moved, it takes nothing.
    static constexpr std::int64_t calm_ms = 500;

    /// `held`: keys (evdev codes) that are down at this moment.
    void show(std::int64_t now, std::vector<std::uint32_t> held)
    {
        held_ = std::move(held);
        disturb(now);
    }
    /// Something above or beside it moved, came or went.
    void disturb(std::int64_t now) { ready_at_ = now + calm_ms; }

    [[nodiscard]] std::int64_t ready_at() const { return ready_at_; }
    [[nodiscard]] bool ready(std::int64_t now) const { return now >= ready_at_; }
    /// Whether the prompt gets this press. One that it does not get counts as held: the key is
    /// taken when it has been released once.
    [[nodiscard]] bool take_key(std::uint32_t code, std::int64_t now)
    {
        if (std::ranges::find(held_, code) != held_.end())
            return false;
        if (ready(now))
            return true;
        held_.push_back(code);
        return false;
    }
    void key_released(std::uint32_t code) { std::erase(held_, code); }

private:
    std::int64_t ready_at_ = 0;
    std::vector<std::uint32_t> held_;
};

} // namespace vitrail::compositor
