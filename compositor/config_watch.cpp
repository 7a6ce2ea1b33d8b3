#include "compositor/config_watch.hpp"

#include "lib/os/inotify.hpp"

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
    bool ours = false;
    read_inotify(inotify_.get(), [&](inotify_event const& event, std::string_view name) {
        ours = ours || (event.len > 0 && name == name_);
    });
    if (ours)
        owner_.handle_config_changed();
}

} // namespace vitrail::compositor
