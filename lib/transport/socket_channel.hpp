#pragma once

#include "lib/os/fd.hpp"
#include "lib/transport/channel.hpp"
#include "lib/transport/send_queue.hpp"

#include <memory>

namespace vitrail::transport {

/// A channel over a connected stream socket that somebody else opened: the client's end of the
/// ecosystem's socket vchan, and what the server's end becomes. Source: fact sheet vchan-socket §1.
///
/// Makes no system call but recv, send and (in adopt) fcntl: guid's sandbox allows no more.
class SocketChannel final : public Channel {
public:
    /// Makes the socket non-blocking. Fails with EBADF where there is none.
    [[nodiscard]] static Result<std::unique_ptr<SocketChannel>>
    adopt(Fd socket, std::size_t queue_bound = default_queue_bound);
    /// Sends what the peer's buffer still takes.
    ~SocketChannel() override;

    [[nodiscard]] Result<std::size_t> read(std::span<std::byte> into) override;
    /// Also true, and forgotten, when the peer is gone.
    [[nodiscard]] bool write(std::span<std::byte const> bytes) override;
    void flush() override;
    [[nodiscard]] std::size_t queued() const override { return queue_.size(); }
    [[nodiscard]] State state() const override { return state_; }
    [[nodiscard]] int fd() const override { return socket_.get(); }
    void handle_event() override {}
    [[nodiscard]] bool wants_write() const override { return queued() > 0; }

private:
    SocketChannel(Fd socket, std::size_t bound) : socket_(std::move(socket)), queue_(bound) {}

    Fd socket_;
    SendQueue queue_;
    State state_ = State::connected;
    bool deaf_ = false; ///< the peer takes nothing more; what it sent may still be read
};

} // namespace vitrail::transport
