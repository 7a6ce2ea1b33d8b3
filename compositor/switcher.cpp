#include "compositor/switcher.hpp"

#include <algorithm>

namespace vitrail::compositor {

void Switcher::used(Id window)
{
    std::erase(recent_, window);
    recent_.insert(recent_.begin(), window);
}

void Switcher::added(Id window)
{
    if (std::ranges::find(recent_, window) == recent_.end())
        recent_.push_back(window);
}

void Switcher::removed(Id window)
{
    std::erase(recent_, window);
    auto const gone = std::ranges::find(shown_, window);
    if (!chosen_ || gone == shown_.end())
        return;
    auto const index = static_cast<std::size_t>(gone - shown_.begin());
    shown_.erase(gone);
    if (shown_.empty())
        chosen_.reset();
    else if (*chosen_ > index || *chosen_ == shown_.size())
        --*chosen_;
}

void Switcher::step(std::vector<Id> const& offered, bool backwards)
{
    if (!chosen_) {
        shown_.clear();
        for (Id const window : recent_)
            if (std::ranges::find(offered, window) != offered.end())
                shown_.push_back(window);
        if (shown_.empty())
            return;
        chosen_ = 0;
    }
    std::size_t const count = shown_.size();
    chosen_ = (*chosen_ + (backwards ? count - 1 : 1)) % count;
}

std::optional<Switcher::Id> Switcher::finish()
{
    if (!chosen_)
        return std::nullopt;
    Id const window = shown_[*chosen_];
    chosen_.reset();
    return window;
}

} // namespace vitrail::compositor
