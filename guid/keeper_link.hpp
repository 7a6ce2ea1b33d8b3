#pragma once

#include "guid/trace.hpp"
#include "lib/os/event_loop.hpp"
#include "lib/os/fd.hpp"

#include <optional>

namespace vitrail::guid {

/// The socket to sessiond over which the start record came, kept open after it: a one-byte record
/// 'T' asks for the last messages, which go to the log between the lines `trace-begin` and
/// `trace-end`. Any other record is ignored, and so is its end: guid lives as long as its channel
/// and its Wayland connection.
class KeeperLink {
public:
    /// `log` stays the caller's.
    KeeperLink(EventLoop& loop, Fd socket, Trace const& trace, int log);

private:
    void handle_readable(std::uint32_t ready);
    void write_trace() const;

    Fd socket_;
    Trace const& trace_;
    int log_;
    std::optional<FdSource<&KeeperLink::handle_readable>> source_;
};

} // namespace vitrail::guid
