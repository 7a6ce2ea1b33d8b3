#include "lib/transport/socket_channel.hpp"

#include <fcntl.h>
#include <sys/socket.h>

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
    ssize_t const got = recv(socket_.get(), into.data(), into.size(), 0);
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
    while (queue_.size() > 0) {
        auto const pending = queue_.pending();
        ssize_t const sent =
            send(socket_.get(), pending.data(), pending.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) {
            queue_.drop(static_cast<std::size_t>(sent));
            continue;
        }
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && errno != EAGAIN) {
            // Waiting until it can be written would wake the loop for ever.
            deaf_ = true;
            queue_.clear();
        }
        return;
    }
}

} // namespace vitrail::transport
