#include "guid/clipboard_port.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace vitrail::guid {

bool ClipboardPort::send(transport::ClipboardRecord record, std::span<std::byte const> bytes)
{
    std::uint32_t const flags = record.flags;
    do {
        auto const piece =
            bytes.first(std::min<std::size_t>(bytes.size(), transport::clipboard_record_payload));
        bytes = bytes.subspan(piece.size());
        bool const last = bytes.empty() && (flags & transport::clipboard_flag_more) == 0;
        record.flags = (flags & transport::clipboard_flag_too_large) |
                       (last ? transport::clipboard_flag_last : 0);
        auto const header = std::as_bytes(std::span(&record, 1));
        std::vector<std::byte> message(header.begin(), header.end());
        message.insert(message.end(), piece.begin(), piece.end());
        if (::send(link_.get(), message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
            return false;
    } while (!bytes.empty());
    return true;
}

ClipboardPort::Receive ClipboardPort::receive(Received& into)
{
    into.payload.resize(transport::clipboard_record_payload);
    std::array<iovec, 2> parts{
        {{&into.record, sizeof(into.record)}, {into.payload.data(), into.payload.size()}}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    ssize_t const got = recvmsg(link_.get(), &message, MSG_DONTWAIT);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? Receive::nothing : Receive::closed;
    if (got < static_cast<ssize_t>(sizeof(into.record)))
        return Receive::closed; // 0: the end; a shorter record is no broker's
    into.payload.resize(static_cast<std::size_t>(got) - sizeof(into.record));
    return Receive::record;
}

} // namespace vitrail::guid
