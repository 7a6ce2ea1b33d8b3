#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/os/fd.hpp"

#include <string>

namespace vitrail::compositor {

/// Says when a file was written, replaced or removed. Watches its folder, for editors replace
/// files; a folder that does not exist is not watched.
class ConfigWatch {
public:
    struct Owner {
        virtual void handle_config_changed() = 0;

    protected:
        ~Owner() = default;
    };
    ConfigWatch(wl_event_loop* loop, std::string const& path, Owner& owner);

private:
    void handle_ready(std::uint32_t mask);
    Owner& owner_;
    std::string name_;
    Fd inotify_;
    FdSource<&ConfigWatch::handle_ready> source_;
};

} // namespace vitrail::compositor
