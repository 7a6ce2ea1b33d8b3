#pragma once

#include "lib/base/result.hpp"
#include "lib/os/event_loop.hpp"
#include "lib/os/fd.hpp"

#include <sys/types.h>

#include <functional>
#include <list>
#include <memory>
#include <string>

namespace vitrail::qubesd {

/// Runs what takes long (copying a volume) beside the loop: each job in a forked child, which does
/// its work on files alone and hands back a text. What it changes in memory is lost with it.
///
/// No job outlives this process: the kernel kills it then. `lock` (of the state's folder) is held
/// by each job too, so that nobody who takes it next finds one at work.
class Jobs {
public:
    using Work = std::function<Result<std::string>()>;
    using Done = std::function<void(Result<std::string>)>;

    explicit Jobs(wl_event_loop* loop, int lock = -1);
    ~Jobs();
    /// `done` is called from the loop, never from here, in any order among several jobs.
    void run(Work work, Done done);
    [[nodiscard]] std::size_t running() const { return jobs_.size(); }
    /// Waits for all of them: at the end of the process.
    void finish();

private:
    class Job;
    void end(Job const* job);

    wl_event_loop* loop_;
    int lock_;
    std::list<std::unique_ptr<Job>> jobs_;
};

} // namespace vitrail::qubesd
