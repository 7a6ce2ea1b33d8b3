#pragma once

#include "lib/os/fd.hpp"
#include "lib/transport/channel.hpp"

#include <memory>
#include <vector>

namespace vitrail::guid {

/// A channel over a connected stream socket that somebody else opened: all that a sandboxed guid
/// can have of the socket vchan. Source: fact sheet vchan-socket §1.
class StreamChannel final : public transport::Channel {
public:
    /// Makes the socket non-blocking.
    [[nodiscard]] static Result<std::unique_ptr<StreamChannel>>
    adopt(Fd socket, std::size_t queue_bound = transport::default_queue_bound);

    [[nodiscard]] Result<std::size_t> read(std::span<std::byte> into) override;
    [[nodiscard]] bool write(std::span<std::byte const> bytes) override;
    void flush() override;
    [[nodiscard]] std::size_t queued() const override { return queue_.size() - sent_; }
    [[nodiscard]] State state() const override { return state_; }
    [[nodiscard]] int fd() const override { return socket_.get(); }
    void handle_event() override {}
    [[nodiscard]] bool wants_write() const override { return queued() > 0; }

private:
    StreamChannel(Fd socket, std::size_t bound) : socket_(std::move(socket)), bound_(bound) {}

    Fd socket_;
    std::size_t bound_;
    std::vector<std::byte> queue_;
    std::size_t sent_ = 0; ///< of queue_
    State state_ = State::connected;
};

} // namespace vitrail::guid
