#include "services/sessiond/user_programs.hpp"

#include "lib/os/log_sink.hpp"

#include <csignal>
#include <cstdio>

namespace vitrail::session {

struct UserPrograms::Running {
    Running(UserPrograms& of, Process started)
        : owner(of),
          process(std::move(started)),
          source(of.loop_, *this, process.pidfd(), WL_EVENT_READABLE)
    {
    }
    void handle_end(std::uint32_t)
    {
        process.reap();
        owner.forget(this);
    }
    UserPrograms& owner;
    Process process;
    FdSource<&Running::handle_end> source;
};

UserPrograms::UserPrograms(wl_event_loop* loop, std::string log, Environment environment)
    : loop_(loop), log_(std::move(log)), environment_(std::move(environment)), retry_(loop, *this)
{
}

UserPrograms::~UserPrograms() = default;

void UserPrograms::spawn(std::string const& command)
{
    auto const log = open_log(log_);
    Spawn spawn{.arguments = {"/bin/sh", "-c", command},
                .environment = environment_,
                .descriptors = {},
                .new_session = true};
    if (log)
        spawn.descriptors = {{log->get(), 1}, {log->get(), 2}};
    if (auto started = Process::start(spawn))
        running_.push_back(std::make_unique<Running>(*this, std::move(*started)));
    else
        std::fprintf(stderr, "vitrail-sessiond: %s\n", started.error().message().c_str());
}

void UserPrograms::set_locked(bool locked)
{
    locked_ = locked;
    if (locked && !locker_)
        start_locker();
}

void UserPrograms::start_locker()
{
    auto const log = open_log(log_);
    Spawn spawn{.arguments = {"swaylock", "--ignore-empty-password", "--show-failed-attempts",
                              "--color", "23262b", "--indicator-radius", "90"},
                .environment = environment_,
                .descriptors = {},
                .new_session = true};
    if (log)
        spawn.descriptors = {{log->get(), 1}, {log->get(), 2}};
    auto started = Process::start(spawn);
    if (!started) {
        // The screen stays locked by the compositor alone; the remedy stands on it and in the log.
        std::fprintf(stderr, "vitrail-sessiond: %s; install swaylock to be able to unlock\n",
                     started.error().message().c_str());
        return retry_.arm(std::chrono::seconds(5));
    }
    running_.push_back(std::make_unique<Running>(*this, std::move(*started)));
    locker_ = running_.back().get();
}

void UserPrograms::handle_locker_retry()
{
    if (locked_ && !locker_)
        start_locker();
}

void UserPrograms::forget(Running* program)
{
    bool const was_locker = program == locker_;
    if (was_locker)
        locker_ = nullptr;
    running_.remove_if([&](auto const& other) { return other.get() == program; });
    if (was_locker && locked_)
        retry_.arm(std::chrono::milliseconds(100));
}

void UserPrograms::end()
{
    locked_ = false;
    for (auto const& program : running_)
        program->process.signal(SIGTERM);
}

} // namespace vitrail::session
