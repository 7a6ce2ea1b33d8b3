#include "compositor/config_watch.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <cstring>

namespace vitrail::compositor {

ConfigWatch::ConfigWatch(wl_event_loop* loop, std::string const& path, Owner& owner)
    : owner_(owner),
      inotify_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)),
      source_(loop, *this, inotify_.get(), WL_EVENT_READABLE)
{
    std::size_t const slash = path.rfind('/');
    std::string const folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    name_ = slash == std::string::npos ? path : path.substr(slash + 1);
    inotify_add_watch(inotify_.get(), folder.c_str(),
                      IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE);
}

void ConfigWatch::handle_ready(std::uint32_t)
{
    alignas(inotify_event) char bytes[4096];
    bool ours = false;
    ssize_t length;
    while ((length = read(inotify_.get(), bytes, sizeof bytes)) > 0)
        for (ssize_t at = 0; at < length;) {
            inotify_event event;
            std::memcpy(&event, bytes + at, sizeof event);
            ours = ours || (event.len > 0 && name_ == bytes + at + sizeof event);
            at += static_cast<ssize_t>(sizeof event + event.len);
        }
    if (ours)
        owner_.handle_config_changed();
}

} // namespace vitrail::compositor
