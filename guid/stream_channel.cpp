#include "guid/stream_channel.hpp"

#include <fcntl.h>
#include <sys/socket.h>

namespace vitrail::guid {

Result<std::unique_ptr<StreamChannel>> StreamChannel::adopt(Fd socket, std::size_t queue_bound)
{
    int const flags = fcntl(socket.get(), F_GETFL);
    if (flags < 0 || fcntl(socket.get(), F_SETFL, flags | O_NONBLOCK) < 0)
        return errno_error("vchan socket");
    return std::unique_ptr<StreamChannel>(new StreamChannel(std::move(socket), queue_bound));
}

Result<std::size_t> StreamChannel::read(std::span<std::byte> into)
{
    ssize_t const got = recv(socket_.get(), into.data(), into.size(), 0);
    if (got > 0)
        return static_cast<std::size_t>(got);
    if (got == 0 || errno == ECONNRESET) {
        state_ = State::disconnected;
        return 0;
    }
    if (errno == EAGAIN || errno == EINTR)
        return 0;
    return errno_error("vchan socket");
}

bool StreamChannel::write(std::span<std::byte const> bytes)
{
    if (queued() + bytes.size() > bound_)
        return false;
    queue_.insert(queue_.end(), bytes.begin(), bytes.end());
    return true;
}

void StreamChannel::flush()
{
    while (queued() > 0) {
        ssize_t const done =
            send(socket_.get(), queue_.data() + sent_, queued(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (done < 0)
            break; // full, or gone: then read() says so
        sent_ += static_cast<std::size_t>(done);
    }
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(sent_));
    sent_ = 0;
}

} // namespace vitrail::guid
