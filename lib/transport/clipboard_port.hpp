#pragma once

#include "lib/os/fd.hpp"
#include "lib/transport/clipboard_record.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace vitrail::transport {

/// Where clipboard records go. Implementations: ClipboardPort; a recorder in the tests.
class ClipboardLink {
public:
    virtual ~ClipboardLink() = default;
    /// `bytes` in as many records as it takes, the last one marked so. False: they could not be
    /// sent, the other end is gone or does not read; these bytes are lost, nothing else.
    /// `descriptor` goes with the first of them.
    virtual bool send(ClipboardRecord record, std::span<std::byte const> bytes,
                      Fd descriptor = {}) = 0;
};

/// One end of the link between a guid and the clipboard broker: SOCK_SEQPACKET, never blocks. What
/// the kernel does not take at once waits here, in a bounded queue, and is overwritten once sent.
class ClipboardPort final : public ClipboardLink {
public:
    /// The largest data there is, and records without any beside it.
    static constexpr std::size_t most_queued = std::size_t{512} << 10;

    explicit ClipboardPort(Fd link) : link_(std::move(link)) {}
    ~ClipboardPort() override;
    ClipboardPort(ClipboardPort&&) = default;
    ClipboardPort& operator=(ClipboardPort&&) = delete;
    bool send(ClipboardRecord record, std::span<std::byte const> bytes,
              Fd descriptor = {}) override;
    /// When the descriptor takes more. False: the other end is gone.
    bool flush();
    [[nodiscard]] bool wants_write() const { return !queue_.empty(); }

    struct Received {
        ClipboardRecord record;
        std::vector<std::byte> payload;
        Fd descriptor; ///< where descriptors are taken
    };
    enum class Receive : std::uint8_t { record, nothing, closed };
    /// guid takes the broker's descriptors; the broker none: the kernel keeps them from it.
    enum class Descriptors : std::uint8_t { refuse, take };
    /// The next record, when there is one. Give the same object again: its memory is used again.
    [[nodiscard]] Receive receive(Received& into, Descriptors descriptors = Descriptors::refuse);
    [[nodiscard]] int fd() const { return link_.get(); }

private:
    /// Whether the kernel took it; EAGAIN where it is full.
    [[nodiscard]] int give(ClipboardRecord const& record, std::span<std::byte const> piece,
                           int descriptor) const;

    struct Waiting {
        ClipboardRecord record;
        std::vector<std::byte> piece;
        Fd descriptor;
    };
    Fd link_;
    std::deque<Waiting> queue_;
    std::size_t queued_ = 0; ///< bytes of records and pieces in it
};

} // namespace vitrail::transport
