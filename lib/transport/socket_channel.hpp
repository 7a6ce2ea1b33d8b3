#pragma once

#include "lib/os/fd.hpp"
#include "lib/transport/channel.hpp"
#include "lib/transport/send_queue.hpp"

#include <deque>
#include <memory>
#include <vector>

namespace vitrail::transport {

/// A channel over a connected stream socket that somebody else opened: the client's end of the
/// ecosystem's socket vchan, and what the server's end becomes. Source: fact sheet vchan-socket §1.
///
/// Makes no system call but recv, send, their forms with descriptors, and (in adopt) fcntl: guid's
/// sandbox allows no more.
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
    /// As write(); the descriptors (at most 8) go with the first of these bytes.
    [[nodiscard]] bool write_with(std::span<std::byte const> bytes, std::vector<Fd> descriptors);
    /// From now on descriptors that come are kept for take_descriptors(); else they are closed.
    void accept_descriptors() { keeps_descriptors_ = true; }
    /// Those that came with what was read so far, in order.
    [[nodiscard]] std::vector<Fd> take_descriptors() { return std::move(received_); }
    [[nodiscard]] std::size_t queued() const override { return queue_.size(); }
    [[nodiscard]] State state() const override { return state_; }
    [[nodiscard]] int fd() const override { return socket_.get(); }
    void handle_event() override {}
    [[nodiscard]] bool wants_write() const override { return queued() > 0; }

private:
    SocketChannel(Fd socket, std::size_t bound) : socket_(std::move(socket)), queue_(bound) {}

    Fd socket_;
    SendQueue queue_;
    /// Descriptors that wait, and for how many more bytes to be sent before them.
    struct Waiting {
        std::uint64_t at; ///< counted as sent_
        std::vector<Fd> descriptors;
    };
    [[nodiscard]] ssize_t send_some();

    State state_ = State::connected;
    std::uint64_t sent_ = 0; ///< bytes, since the start
    std::deque<Waiting> waiting_;
    bool keeps_descriptors_ = false;
    std::vector<Fd> received_;
    bool deaf_ = false; ///< the peer takes nothing more; what it sent may still be read
};

} // namespace vitrail::transport
