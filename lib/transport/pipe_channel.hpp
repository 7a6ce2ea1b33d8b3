#pragma once

#include "lib/os/fd.hpp"
#include "lib/transport/channel.hpp"
#include "lib/transport/send_queue.hpp"

#include <memory>
#include <utility>

namespace vitrail::transport {

/// One end of two pipes that run in opposite directions.
struct PipeEnds {
    Fd reader;
    Fd writer;
};

/// Both ends of a connection, non-blocking, for two domains that are to talk with nobody between
/// them. Pipes carry bytes and nothing else: through a Unix socket one qube could hand another its
/// descriptors (docs/decisions/0013-pipes-between-qubes.md).
[[nodiscard]] Result<std::pair<PipeEnds, PipeEnds>> make_pipe_ends();

/// A channel over such an end: connected from the start; the peer's end shows once what it sent was
/// read. SIGPIPE has to be ignored.
class PipeChannel final : public Channel {
public:
    explicit PipeChannel(PipeEnds ends, std::size_t queue_bound = default_queue_bound);
    /// Sends what the peer's buffer still takes.
    ~PipeChannel() override;

    [[nodiscard]] Result<std::size_t> read(std::span<std::byte> into) override;
    /// Also true, and forgotten, when nobody reads any more.
    [[nodiscard]] bool write(std::span<std::byte const> bytes) override;
    [[nodiscard]] bool write_both(std::span<std::byte const> first,
                                  std::span<std::byte const> second) override;
    void flush() override;
    [[nodiscard]] bool moves() const override { return true; }
    [[nodiscard]] std::ptrdiff_t move_from(int pipe, std::size_t count) override;
    [[nodiscard]] std::ptrdiff_t move_to(int pipe, std::size_t count) override;
    [[nodiscard]] std::size_t queued() const override { return queue_.size(); }
    [[nodiscard]] State state() const override { return state_; }
    [[nodiscard]] int fd() const override { return ends_.reader.get(); }
    [[nodiscard]] int writing_fd() const override { return ends_.writer.get(); }
    void handle_event() override {}
    [[nodiscard]] bool wants_write() const override { return queued() > 0; }

private:
    PipeEnds ends_;
    SendQueue queue_;
    State state_ = State::connected;
    bool deaf_ = false; ///< nobody reads; what was sent to us may still be read
};

} // namespace vitrail::transport
