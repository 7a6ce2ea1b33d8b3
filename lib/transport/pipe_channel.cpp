#include "lib/transport/pipe_channel.hpp"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace vitrail::transport {
namespace {

/// A whole message of data fits (fact sheet qrexec §10). Where the user's share of pipes is used up
/// the kernel leaves them smaller: slower, no more.
constexpr int capacity = 1 << 17;

Result<PipeEnds> make_one()
{
    std::array<int, 2> ends{-1, -1};
    if (pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        return errno_error("a pipe");
    PipeEnds one{Fd(ends[0]), Fd(ends[1])};
    fcntl(ends[1], F_SETPIPE_SZ, capacity);
    return one;
}

} // namespace

Result<std::pair<PipeEnds, PipeEnds>> make_pipe_ends()
{
    PipeEnds there = TRY(make_one());
    PipeEnds back = TRY(make_one());
    return std::pair{PipeEnds{std::move(back.reader), std::move(there.writer)},
                     PipeEnds{std::move(there.reader), std::move(back.writer)}};
}

PipeChannel::PipeChannel(PipeEnds ends, std::size_t queue_bound)
    : ends_(std::move(ends)), queue_(queue_bound)
{
}

PipeChannel::~PipeChannel()
{
    flush();
}

Result<std::size_t> PipeChannel::read(std::span<std::byte> into)
{
    if (state_ == State::disconnected || into.empty())
        return 0; // read() of no bytes would look like the peer's end
    ssize_t const got = ::read(ends_.reader.get(), into.data(), into.size());
    if (got > 0)
        return static_cast<std::size_t>(got);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (got < 0)
        return errno_error("the pipe of a call");
    state_ = State::disconnected;
    return 0;
}

bool PipeChannel::write(std::span<std::byte const> bytes)
{
    if (deaf_)
        return true; // nobody will miss it; the peer's end shows when reading
    if (queue_.add(bytes))
        return true;
    flush();
    return deaf_ || queue_.add(bytes);
}

/// At once where nothing waits: what a peer reads quickly is never copied here.
bool PipeChannel::write_both(std::span<std::byte const> first, std::span<std::byte const> second)
{
    if (deaf_ || queue_.size() > 0)
        return Channel::write_both(first, second);
    std::array<iovec, 2> parts{
        {{const_cast<std::byte*>(first.data()), // lint: allow, iovec has no const
          first.size()},
         {const_cast<std::byte*>(second.data()), // lint: allow, the same
          second.size()}}};
    ssize_t const written = writev(ends_.writer.get(), parts.data(), parts.size());
    auto const done = static_cast<std::size_t>(written > 0 ? written : 0);
    std::size_t const of_first = std::min(done, first.size());
    return queue_.add(first.subspan(of_first)) && queue_.add(second.subspan(done - of_first));
}

std::ptrdiff_t PipeChannel::move_from(int pipe, std::size_t count)
{
    return splice(pipe, nullptr, ends_.writer.get(), nullptr, count,
                  SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
}

std::ptrdiff_t PipeChannel::move_to(int pipe, std::size_t count)
{
    ssize_t const moved = splice(ends_.reader.get(), nullptr, pipe, nullptr, count,
                                 SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (moved == 0 && count > 0)
        state_ = State::disconnected;
    return moved;
}

void PipeChannel::flush()
{
    bool const somebody_reads = queue_.send_all([this] {
        auto const pending = queue_.pending();
        return ::write(ends_.writer.get(), pending.data(), pending.size());
    });
    if (!somebody_reads) // waiting until it can be written would wake the loop for ever
        deaf_ = true;
}

} // namespace vitrail::transport
