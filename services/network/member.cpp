#include "services/network/member.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace vitrail::network {

Member::Member(wl_event_loop* loop, std::string its_name, unsigned its_number, Fd its_netns)
    : name(std::move(its_name)),
      number(its_number),
      netns(std::move(its_netns)),
      loop_(loop),
      expiry_(loop, *this),
      retry_(loop, *this)
{
}

void Member::hold(Fd pidfd, std::function<void()> ended)
{
    holder_.reset();
    pidfd_ = std::move(pidfd);
    ended_ = std::move(ended);
    holder_.emplace(loop_, *this, pidfd_.get(), WL_EVENT_READABLE);
}

void Member::handle_holder(std::uint32_t)
{
    auto const ended = ended_; // it destroys us
    ended();
}

void Member::watch(std::set<std::string> const& missing, std::optional<std::uint64_t> expiry,
                   std::uint64_t now, std::function<void()> stale)
{
    stale_ = std::move(stale);
    expiry_.disarm();
    if (expiry) { // a timer counts milliseconds in an int: far ones in steps
        constexpr std::uint64_t one_day = 86400;
        expiry_.arm(std::chrono::seconds(std::min(*expiry - now, one_day)));
    }
    if (missing == missing_)
        return; // they are being asked for
    missing_ = missing;
    wait_ = std::chrono::seconds(1);
    retry_.disarm();
    lookup_.reset();
    look_up();
}

void Member::handle_retry()
{
    look_up();
}

void Member::look_up()
{
    if (missing_.empty())
        return;
    auto started = Lookup::start(loop_, netns.get(), missing_, [this](Resolved found) {
        auto const over = std::move(lookup_); // alive until we return
        for (auto& [host, addresses] : found) {
            missing_.erase(host);
            names[host] = std::move(addresses);
        }
        constexpr std::chrono::seconds longest{300};
        if (!missing_.empty()) {
            retry_.arm(wait_);
            wait_ = std::min(wait_ * 2, longest);
        }
        if (!found.empty())
            stale_();
    });
    if (started)
        lookup_ = std::move(*started);
    else
        std::fprintf(stderr, "vitrail-network-zone: %s\n", started.error().message().c_str());
}

} // namespace vitrail::network
