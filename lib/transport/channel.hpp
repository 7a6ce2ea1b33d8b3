#pragma once

#include "lib/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace vitrail::transport {

/// A bidirectional byte stream between two domains.
///
/// Never blocks: read() takes what is there, write() queues what does not fit, up to a bound.
/// Implementations: socket_channel (the ecosystem's socket vchan), pipe_channel (one call between
/// qubes of the local host), memory_channel (tests), xen_channel (libxenvchan). Source: fact sheet
/// vchan-socket §1, gui-protocol §1.
class Channel {
public:
    enum class State : std::uint8_t { waiting, connected, disconnected };

    virtual ~Channel() = default;

    /// Bytes taken now, 0 when there are none. Fails only for what the world did; the end of the
    /// peer is state() == disconnected, and what it sent before is still read first.
    [[nodiscard]] virtual Result<std::size_t> read(std::span<std::byte> into) = 0;
    /// Takes all of `bytes` or none. False: the queue would exceed its bound, the peer does not
    /// read.
    [[nodiscard]] virtual bool write(std::span<std::byte const> bytes) = 0;
    /// The same for what stands in two places, one after the other.
    [[nodiscard]] virtual bool write_both(std::span<std::byte const> first,
                                          std::span<std::byte const> second)
    {
        std::vector<std::byte> both(first.begin(), first.end());
        both.insert(both.end(), second.begin(), second.end());
        return write(both);
    }
    /// Sends what write() queued, as far as it goes now. Called once a loop turn and when the
    /// descriptor is writable.
    virtual void flush() = 0;
    /// Bytes that write() queued and flush() could not send yet.
    [[nodiscard]] virtual std::size_t queued() const = 0;
    [[nodiscard]] virtual State state() const = 0;
    /// Readable when read(), accept or the peer's end is due; to be polled. -1 where there is none.
    [[nodiscard]] virtual int fd() const = 0;
    /// To be polled for writing: another one than fd() where each direction has its own.
    [[nodiscard]] virtual int writing_fd() const { return fd(); }
    /// Call when fd() is readable, before read(): accepts the peer, acknowledges event channels.
    virtual void handle_event() = 0;
    /// Whether bytes go from and to pipes of this process without being copied.
    [[nodiscard]] virtual bool moves() const { return false; }
    /// At most `count` bytes from the pipe to the peer, once nothing is queued: how many; 0 at the
    /// end of the pipe, -1 with errno as splice(2) has it.
    [[nodiscard]] virtual std::ptrdiff_t move_from(int /*pipe*/, std::size_t /*count*/)
    {
        return 0;
    }
    /// At most `count` bytes of the peer's to the pipe, likewise; 0 at the peer's end.
    [[nodiscard]] virtual std::ptrdiff_t move_to(int /*pipe*/, std::size_t /*count*/) { return 0; }
    /// Whether writing_fd() should be polled for writing too.
    [[nodiscard]] virtual bool wants_write() const = 0;
};

/// The bound of a channel's output queue. The original daemon gives up at 10,000,000 bytes;
/// security.md S32 asks for at most 1 MiB.
inline constexpr std::size_t default_queue_bound = std::size_t{1} << 20;

} // namespace vitrail::transport
