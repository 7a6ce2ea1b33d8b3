#pragma once

#include "lib/transport/channel.hpp"
#include "lib/transport/send_queue.hpp"

#include <cstdint>
#include <vector>

namespace vitrail::transport {

/// The peer of a MemoryChannel, in the hands of a test.
struct MemoryPeer {
    std::vector<std::byte> sent;     ///< by the peer, not yet read
    std::vector<std::byte> received; ///< by the peer
    bool closed = false;             ///< what it sent is still read first
    /// Bytes of `received` at which the peer takes no more: it does not read.
    std::size_t capacity = SIZE_MAX;
};

/// A channel without a kernel, for tests: the same promises as the others, one thread, no
/// descriptor.
class MemoryChannel final : public Channel {
public:
    explicit MemoryChannel(MemoryPeer& peer, std::size_t queue_bound = default_queue_bound)
        : peer_(peer), queue_(queue_bound)
    {
    }

    [[nodiscard]] Result<std::size_t> read(std::span<std::byte> into) override;
    [[nodiscard]] bool write(std::span<std::byte const> bytes) override;
    void flush() override;
    [[nodiscard]] std::size_t queued() const override { return queue_.size(); }
    [[nodiscard]] State state() const override;
    [[nodiscard]] int fd() const override { return -1; }
    void handle_event() override {}
    [[nodiscard]] bool wants_write() const override { return queued() > 0; }

private:
    MemoryPeer& peer_;
    SendQueue queue_;
};

} // namespace vitrail::transport
