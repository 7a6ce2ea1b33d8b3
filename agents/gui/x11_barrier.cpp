#include "agents/gui/x11_barrier.hpp"

#include "agents/gui/agent.hpp"

#include <fcntl.h>
#include <xcb/xcb.h>
#include <xcb/xcbext.h>

#include <cstdlib>

namespace vitrail::agent {

X11Barrier::X11Barrier(Agent& agent, xcb_connection_t& connection)
    : agent_(agent),
      connection_(connection),
      sequence_(xcb_get_input_focus_unchecked(&connection).sequence),
      fd_(fcntl(xcb_get_file_descriptor(&connection), F_DUPFD_CLOEXEC, 0)),
      source_(agent.loop(), *this, fd_.get(), WL_EVENT_READABLE)
{
    // wlroots reads at the end of a turn as well, our answer among the rest.
    source_.call_every_turn();
    xcb_flush(&connection);
}

void X11Barrier::handle_readable(std::uint32_t)
{
    bool settled = agent_.x11_connection() != &connection_; // Xwayland has gone
    if (!settled) {
        // Events that this reads wlroots handles in the same turn, for the same reason.
        void* reply = nullptr;
        xcb_generic_error_t* problem = nullptr;
        settled = xcb_poll_for_reply(&connection_, sequence_, &reply, &problem) != 0;
        std::free(reply);
        std::free(problem);
    }
    if (settled)
        agent_.seat().handle_x11_settled(); // ends us
}

} // namespace vitrail::agent
