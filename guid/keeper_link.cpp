#include "guid/keeper_link.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace vitrail::guid {

KeeperLink::KeeperLink(EventLoop& loop, Fd socket, Trace const& trace, int log)
    : socket_(std::move(socket)), trace_(trace), log_(log)
{
    source_.emplace(loop.get(), *this, socket_.get(), WL_EVENT_READABLE);
}

void KeeperLink::handle_readable(std::uint32_t)
{
    std::array<char, 16> record{};
    ssize_t const got = recv(socket_.get(), record.data(), record.size(), MSG_DONTWAIT);
    if (got == 1 && record[0] == 'T')
        return write_trace();
    if (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR)))
        return;
    source_.reset(); // an end would be reported for ever
    socket_.reset();
}

void KeeperLink::write_trace() const
{
    // One write: the reader sees the frame whole or, when nobody empties the pipe, cut.
    std::string const text = "trace-begin\n" + trace_.dump() + "trace-end\n";
    static_cast<void>(!::write(log_, text.data(), text.size()));
}

} // namespace vitrail::guid
