// vitrail-agent-notifications: org.freedesktop.Notifications in a qube. The session bus starts it.

#include "agents/notifications/agent.hpp"

#include <csignal>
#include <cstdio>

int main()
{
    using namespace vitrail;
    std::signal(SIGPIPE, SIG_IGN);
    EventLoop loop;
    notifications::Agent agent(loop.get(), [&] { loop.stop(); });
    if (auto const started = agent.start(); !started) {
        std::fprintf(stderr, "vitrail-agent-notifications: %s\n",
                     started.error().message().c_str());
        return 1;
    }
    loop.run();
    return 0;
}
