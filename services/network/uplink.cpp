#include "services/network/uplink.hpp"

#include "services/network/ruleset.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

namespace vitrail::network {

Uplink::Uplink(wl_event_loop* loop, int netns) : loop_(loop), netns_(netns), again_(loop, *this)
{
    start();
}

Uplink::~Uplink()
{
    end_.reset();
    if (pasta_) {
        pasta_.signal(SIGKILL); // it keeps nothing, and its namespace is to end now
        pasta_.reap();
    }
}

void Uplink::start()
{
    // By our number: pasta closes what it inherits. When we end this name does, and so does pasta.
    std::string const netns = "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(netns_);
    auto pasta = Process::start(
        {.arguments = {"pasta",        "--foreground", "--quiet",     "--config-net",
                       "--ns-ifname",  "eth0",         "--no-map-gw", "--tcp-ports",
                       "none",         "--udp-ports",  "none",        "--tcp-ns",
                       "none",         "--udp-ns",     "none",        "--dns-forward",
                       first_resolver, "--netns-only", "--netns",     netns},
         .environment = inherited_environment({"PATH", "LANG"}),
         .descriptors = {},
         .new_session = true});
    if (!pasta) {
        std::fprintf(stderr, "vitrail-network-zone: %s\n", pasta.error().message().c_str());
        return again();
    }
    pasta_ = std::move(*pasta);
    end_.emplace(loop_, *this, pasta_.pidfd(), WL_EVENT_READABLE);
}

void Uplink::handle_end(std::uint32_t)
{
    end_.reset();
    std::fprintf(stderr, "vitrail-network-zone: the uplink ended with status %d\n", pasta_.reap());
    again();
}

void Uplink::again()
{
    constexpr std::chrono::seconds longest{60};
    again_.arm(wait_);
    wait_ = std::min(wait_ * 2, longest);
}

} // namespace vitrail::network
