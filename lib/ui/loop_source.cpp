#include "lib/ui/loop_source.hpp"

#include <glibmm/main.h>

namespace vitrail::ui {

LoopSource::LoopSource()
    : loop_(wl_event_loop_create()),
      source_(Glib::signal_io().connect(
          [this](Glib::IOCondition) {
              wl_event_loop_dispatch(loop_.get(), 0);
              return true;
          },
          wl_event_loop_get_fd(loop_.get()), Glib::IOCondition::IO_IN))
{
}

LoopSource::~LoopSource()
{
    source_.disconnect();
}

} // namespace vitrail::ui
