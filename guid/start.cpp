#include "guid/start.hpp"

#include "lib/os/rights.hpp"

#include <cerrno>
#include <span>
#include <vector>

namespace vitrail::guid {

Result<Start> receive_start(int link)
{
    Start start;
    std::vector<Fd> fds;
    ReceivedBytes got{};
    do
        got = receive_with_rights(link, std::as_writable_bytes(std::span(&start.record, 1)), fds);
    while (got.count < 0 && errno == EINTR);
    if (got.count < 0)
        return errno_error("start record");
    if (got.count == 0)
        return std::unexpected(Error{EPIPE, "start record"});
    if (got.count != sizeof(start.record) || !got.whole ||
        start.record.magic != transport::guid_start_magic)
        return error("start record: not one of this version");
    std::size_t next = 0;
    for (std::size_t which = 0; which < start.fds.size(); ++which)
        if (start.record.has(static_cast<transport::GuidStartFd>(which)) && next < fds.size())
            start.fds[which] = std::move(fds[next++]);
    for (auto const needed : {transport::GuidStartFd::vchan, transport::GuidStartFd::wayland})
        if (!start.fds[static_cast<std::size_t>(needed)])
            return error("start record: without its connections");
    return start;
}

} // namespace vitrail::guid
