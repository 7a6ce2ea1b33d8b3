#include "services/sessiond/guid_pool.hpp"

#include "lib/os/line_socket.hpp"
#include "lib/os/rights.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <csignal>
#include <cstdio>
#include <vector>

namespace vitrail::session {

Guid::Guid(wl_event_loop* loop, Process process, Fd link, std::unique_ptr<LogSink> log,
           std::function<void(int)> handle_end)
    : process_(std::move(process)),
      link_(std::move(link)),
      log_(std::move(log)),
      handle_end_(std::move(handle_end)),
      source_(loop, *this, process_.pidfd(), WL_EVENT_READABLE)
{
}

Guid::~Guid()
{
    if (process_) { // its connections went with the qube: it ends by itself, or now
        process_.signal(SIGKILL);
        process_.reap();
    }
}

void Guid::handle_process(std::uint32_t)
{
    source_.set_mask(0);
    auto const handle = handle_end_; // it may destroy us
    handle(process_.reap());
}

void Guid::ask_trace()
{
    static_cast<void>(::send(link_.get(), "T", 1, MSG_NOSIGNAL | MSG_DONTWAIT));
}

GuidPool::GuidPool(wl_event_loop* loop, std::string program, std::string log)
    : loop_(loop), program_(std::move(program)), log_(std::move(log)), fill_(loop, *this)
{
}

Result<> GuidPool::fill()
{
    if (spare_)
        return {};
    auto [ours, theirs] = TRY(socket_pair(SOCK_SEQPACKET));
    Fd const log = TRY(open_log(log_));
    // A guid waits for its record with a blocking read.
    fcntl(theirs.get(), F_SETFL, 0);
    spare_ = TRY(Process::start({.arguments = {program_, "--link-fd", "3"},
                                 .environment = {},
                                 .descriptors = {{theirs.get(), 3}, {log.get(), 1}, {log.get(), 2}},
                                 .new_session = false}));
    link_ = std::move(ours);
    return {};
}

void GuidPool::handle_fill()
{
    if (auto const filled = fill(); !filled)
        std::fprintf(stderr, "vitrail-sessiond: %s\n", filled.error().message().c_str());
}

Result<std::unique_ptr<Guid>>
GuidPool::take(transport::GuidStart record,
               std::array<int, transport::guid_start_fds - 1> descriptors,
               std::unique_ptr<LogSink> log, std::function<void(int)> handle_end)
{
    TRY_VOID(fill());
    std::vector<int> sent;
    record.fd_present = 0;
    for (std::size_t which = 0; which < descriptors.size(); ++which)
        if (descriptors[which] >= 0) {
            record.fd_present |= 1U << which;
            sent.push_back(descriptors[which]);
        }
    record.fd_present |= 1U << static_cast<unsigned>(transport::GuidStartFd::log);
    sent.push_back(log->writer());

    Process process = std::move(spare_);
    spare_ = Process();
    Fd link = std::move(link_);
    fill_.arm(std::chrono::milliseconds(1));
    if (send_with_rights(link.get(), std::as_bytes(std::span(&record, 1)), sent) != sizeof record) {
        auto const failed = errno_error("giving a guid its qube");
        process.signal(SIGKILL);
        process.reap();
        return failed;
    }
    (void)log->take_writer(); // guid's copy is the only one: its end is the log's end
    return std::make_unique<Guid>(loop_, std::move(process), std::move(link), std::move(log),
                                  std::move(handle_end));
}

} // namespace vitrail::session
