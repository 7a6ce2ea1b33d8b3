// What stops a loop stops it, wherever it was called from.

#include "lib/os/event_loop.hpp"

#include <gtest/gtest.h>

namespace vitrail {
namespace {

TEST(EventLoop, one_that_is_stopped_before_it_has_waited_does_not_wait)
{
    EventLoop loop;
    wl_event_loop_add_idle(
        loop.get(), [](void* data) { static_cast<EventLoop*>(data)->stop(); }, &loop);
    loop.run(); // would wait for ever: there is nothing else
}

} // namespace
} // namespace vitrail
