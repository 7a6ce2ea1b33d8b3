#include "lib/transport/clipboard_port.hpp"

#include "lib/base/secret.hpp"
#include "lib/os/rights.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace vitrail::transport {

ClipboardPort::~ClipboardPort()
{
    for (Waiting& waiting : queue_)
        wipe(waiting.piece);
}

bool ClipboardPort::send(ClipboardRecord record, std::span<std::byte const> bytes, Fd descriptor)
{
    std::uint32_t const flags = record.flags;
    if (queued_ + sizeof record + bytes.size() > most_queued)
        return false;
    do {
        auto const piece =
            bytes.first(std::min<std::size_t>(bytes.size(), clipboard_record_payload));
        bytes = bytes.subspan(piece.size());
        bool const last = bytes.empty() && (flags & clipboard_flag_more) == 0;
        record.flags = (flags & clipboard_flag_too_large) | (last ? clipboard_flag_last : 0);
        int const failed = queue_.empty() ? give(record, piece, descriptor.get()) : EAGAIN;
        if (failed == EAGAIN) {
            queue_.push_back({record, {piece.begin(), piece.end()}, std::move(descriptor)});
            queued_ += sizeof record + piece.size();
        } else if (failed != 0)
            return false;
        descriptor.reset();
    } while (!bytes.empty());
    return true;
}

bool ClipboardPort::flush()
{
    while (!queue_.empty()) {
        Waiting& first = queue_.front();
        int const failed = give(first.record, first.piece, first.descriptor.get());
        if (failed == EAGAIN)
            return true;
        queued_ -= sizeof first.record + first.piece.size();
        wipe(first.piece);
        queue_.pop_front();
        if (failed != 0)
            return false;
    }
    return true;
}

int ClipboardPort::give(ClipboardRecord const& record, std::span<std::byte const> piece,
                        int descriptor) const
{
    ClipboardRecord header = record;
    // sendmsg only reads it.
    std::array<iovec, 2> parts{
        {{&header, sizeof header},
         {const_cast<std::byte*>(piece.data()), piece.size()}}}; // lint: allow, iovec has no const
    std::span<int const> const rights(&descriptor, descriptor >= 0 ? 1 : 0);
    while (send_parts_with_rights(link_.get(), parts, rights, MSG_DONTWAIT) < 0) {
        if (errno != EINTR)
            return errno == ENOBUFS || errno == EWOULDBLOCK ? EAGAIN : errno;
    }
    return 0;
}

ClipboardPort::Receive ClipboardPort::receive(Received& into, Descriptors descriptors)
{
    into.payload.resize(clipboard_record_payload);
    into.descriptor.reset();
    std::array<iovec, 2> parts{
        {{&into.record, sizeof(into.record)}, {into.payload.data(), into.payload.size()}}};
    std::vector<Fd> came;
    auto const got = receive_parts_with_rights(
        link_.get(), parts, descriptors == Descriptors::take ? &came : nullptr, MSG_DONTWAIT);
    if (got.count < 0)
        return errno == EAGAIN || errno == EINTR ? Receive::nothing : Receive::closed;
    if (got.count < static_cast<ssize_t>(sizeof(into.record)) || !got.whole)
        return Receive::closed; // 0: the end; another size is not of this protocol
    into.payload.resize(static_cast<std::size_t>(got.count) - sizeof(into.record));
    if (!came.empty())
        into.descriptor = std::move(came.front());
    return Receive::record;
}

} // namespace vitrail::transport
