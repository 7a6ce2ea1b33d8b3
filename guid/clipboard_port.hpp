#pragma once

#include "lib/os/fd.hpp"
#include "lib/transport/clipboard_record.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace vitrail::guid {

/// Where a session's clipboard goes. Implementations: ClipboardPort; a recorder in the tests.
class ClipboardLink {
public:
    virtual ~ClipboardLink() = default;
    /// `bytes` in as many records as it takes, the last one marked so. False: they could not be
    /// sent, the broker is gone or slow; that copy is lost, nothing else.
    virtual bool send(transport::ClipboardRecord record, std::span<std::byte const> bytes) = 0;
};

/// The link to the clipboard broker: SOCK_SEQPACKET, never blocks.
class ClipboardPort final : public ClipboardLink {
public:
    explicit ClipboardPort(Fd link) : link_(std::move(link)) {}
    bool send(transport::ClipboardRecord record, std::span<std::byte const> bytes) override;

    struct Received {
        transport::ClipboardRecord record;
        std::vector<std::byte> payload;
    };
    enum class Receive : std::uint8_t { record, nothing, closed };
    /// The next record, when there is one.
    [[nodiscard]] Receive receive(Received& into);
    [[nodiscard]] int fd() const { return link_.get(); }

private:
    Fd link_;
};

} // namespace vitrail::guid
