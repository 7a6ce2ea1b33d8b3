#include "lib/transport/socket_channel.hpp"

#include "lib/os/rights.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

namespace vitrail::transport {

Result<std::unique_ptr<SocketChannel>> SocketChannel::adopt(Fd socket, std::size_t queue_bound)
{
    int const flags = fcntl(socket.get(), F_GETFL);
    if (flags < 0 || fcntl(socket.get(), F_SETFL, flags | O_NONBLOCK) < 0)
        return errno_error("vchan socket");
    return std::unique_ptr<SocketChannel>(new SocketChannel(std::move(socket), queue_bound));
}

SocketChannel::~SocketChannel()
{
    flush();
}

Result<std::size_t> SocketChannel::read(std::span<std::byte> into)
{
    if (into.empty() || state_ == State::disconnected)
        return 0; // recv() of no bytes would look like the peer's end
    ssize_t const got = keeps_descriptors_
                            ? receive_with_rights(socket_.get(), into, received_).count
                            : recv(socket_.get(), into.data(), into.size(), 0);
    if (got > 0)
        return static_cast<std::size_t>(got);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (got < 0 && errno != ECONNRESET)
        return errno_error("vchan socket");
    state_ = State::disconnected;
    queue_.clear();
    return 0;
}

bool SocketChannel::write(std::span<std::byte const> bytes)
{
    if (deaf_ || state_ == State::disconnected)
        return true; // nobody will miss it; its end shows when reading
    if (queue_.add(bytes))
        return true;
    flush();
    return deaf_ || queue_.add(bytes);
}

void SocketChannel::flush()
{
    bool const somebody_reads = queue_.send_all([this] {
        ssize_t const sent = send_some();
        sent_ += static_cast<std::uint64_t>(std::max<ssize_t>(sent, 0));
        return sent;
    });
    if (!somebody_reads) { // waiting until it can be written would wake the loop for ever
        deaf_ = true;
        waiting_.clear();
    }
}

bool SocketChannel::write_with(std::span<std::byte const> bytes, std::vector<Fd> descriptors)
{
    std::uint64_t const at = sent_ + queue_.size();
    if (!write(bytes))
        return false;
    if (queue_.size() > 0) // else nobody is there any more
        waiting_.push_back({at, std::move(descriptors)});
    return true;
}

/// Up to the next byte that has descriptors, or that byte and what follows with them.
ssize_t SocketChannel::send_some()
{
    auto pending = queue_.pending();
    if (waiting_.empty() || waiting_.front().at > sent_) {
        if (!waiting_.empty())
            pending =
                pending.first(std::min<std::size_t>(pending.size(), waiting_.front().at - sent_));
        return send(socket_.get(), pending.data(), pending.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    if (waiting_.size() > 1)
        pending = pending.first(std::min<std::size_t>(pending.size(), waiting_[1].at - sent_));
    std::vector<int> numbers;
    for (Fd const& one : waiting_.front().descriptors)
        numbers.push_back(one.get());
    ssize_t const sent = send_with_rights(socket_.get(), pending, numbers, MSG_DONTWAIT);
    if (sent > 0)
        waiting_.pop_front();
    return sent;
}

} // namespace vitrail::transport
