#include "services/qrexecd/policy_watch.hpp"

#include "lib/qube/policy_store.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>

namespace vitrail::qrexecd {

PolicyWatch::PolicyWatch(wl_event_loop* loop, std::vector<std::string> folders)
    : loop_(loop), folders_(std::move(folders))
{
}

qrexec::Policy const& PolicyWatch::policy()
{
    // What changed just now may wait unread.
    if (policy_ && inotify_)
        handle_change(0);
    if (!policy_)
        load();
    return *policy_;
}

void PolicyWatch::load()
{
    source_.reset();
    inotify_.reset(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    // Watched before they are read: a change in between is one.
    for (std::string const& folder : folders_)
        watch(folder);
    qrexec::PolicyFiles const disk = qube::policy_files();
    policy_ = qrexec::load_policy({.list =
                                       [&](std::string const& folder) {
                                           watch(folder);
                                           return disk.list(folder);
                                       },
                                   .read =
                                       [&](std::string const& path) {
                                           watch(std::filesystem::path(path).parent_path());
                                           return disk.read(path);
                                       }},
                                  folders_);
    for (std::string const& problem : policy_->problems())
        std::fprintf(stderr, "vitrail-qrexec-policy: %s\n", problem.c_str());
    if (inotify_)
        source_.emplace(loop_, *this, inotify_.get(), WL_EVENT_READABLE);
}

/// A folder that is not there: the nearest above it that is.
void PolicyWatch::watch(std::string folder)
{
    constexpr std::uint32_t changes = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVE |
                                      IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB;
    while (inotify_ && inotify_add_watch(inotify_.get(), folder.c_str(), changes) < 0 &&
           errno == ENOENT && folder.size() > 1)
        folder = std::filesystem::path(folder).parent_path();
}

void PolicyWatch::handle_change(std::uint32_t)
{
    alignas(inotify_event) std::array<char, 4096> events;
    while (read(inotify_.get(), events.data(), events.size()) > 0)
        policy_.reset();
}

} // namespace vitrail::qrexecd
