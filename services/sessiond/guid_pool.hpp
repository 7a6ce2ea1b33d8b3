#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/os/log_sink.hpp"
#include "lib/os/process.hpp"
#include "lib/transport/guid_start.hpp"

#include <array>
#include <functional>
#include <memory>
#include <string>

namespace vitrail::session {

/// A guid that serves a qube. Its end is told once.
class Guid {
public:
    Guid(wl_event_loop* loop, Process process, Fd link, std::unique_ptr<LogSink> log,
         std::function<void(int)> handle_end);
    ~Guid();

    /// Makes it write its last messages to its log, between the lines trace-begin and trace-end.
    void ask_trace();
    [[nodiscard]] pid_t pid() const { return process_.pid(); }

private:
    void handle_process(std::uint32_t ready);

    Process process_;
    Fd link_;
    std::unique_ptr<LogSink> log_;
    std::function<void(int)> handle_end_;
    FdSource<&Guid::handle_process> source_;
};

/// Keeps one guid that waits in its sandbox, so that a qube that needs one does not wait for
/// namespaces and seccomp.
class GuidPool {
public:
    GuidPool(wl_event_loop* loop, std::string program, std::string log);
    [[nodiscard]] Result<> fill();
    /// Makes the spare this qube's. `descriptors`: in the order of GuidStartFd without the log,
    /// -1 for one that is missing. A new spare is started at the end of the loop's turn.
    [[nodiscard]] Result<std::unique_ptr<Guid>>
    take(transport::GuidStart record, std::array<int, transport::guid_start_fds - 1> descriptors,
         std::unique_ptr<LogSink> log, std::function<void(int)> handle_end);

private:
    void handle_fill();

    wl_event_loop* loop_;
    std::string program_;
    std::string log_;
    Process spare_;
    Fd link_;
    Timer<&GuidPool::handle_fill> fill_;
};

} // namespace vitrail::session
