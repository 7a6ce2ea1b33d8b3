#pragma once

#include "lib/base/handle.hpp"
#include "lib/base/strong.hpp"
#include "lib/os/fd.hpp"
#include "lib/transport/channel.hpp"
#include "lib/transport/send_queue.hpp"

#include <memory>
#include <string>

struct libxenvchan;
extern "C" void libxenvchan_close(libxenvchan* vchan);

namespace vitrail::transport {

/// Either end of a vchan of Xen, over libxenvchan. Source: fact sheet gui-protocol §1.
///
/// The library's end is used without its blocking calls. What it announces once (an event) fd()
/// keeps saying for as long as there is something to read: its user's loop looks at levels. Only
/// reading wakes the loop; the event device is always writable, and space in the ring is an event.
/// A peer's domain that is destroyed without having closed announces nothing: whoever watches the
/// domain closes the channel then.
class XenChannel final : public Channel {
public:
    /// Both are at least this many bytes (fact sheet gui-protocol §1.1: the GUI's ring).
    static constexpr std::size_t gui_ring = 4096;

    /// The agent's end: waits for domain `client` at `port`. Serves one client, then make another.
    [[nodiscard]] static Result<std::unique_ptr<XenChannel>>
    serve(DomainId client, unsigned port, std::size_t ring = gui_ring,
          std::size_t queue_bound = default_queue_bound);
    /// guid's end: connects to domain `server`, which must have made its end; `own` is our domain.
    /// Talks to xenstore and opens devices: before any sandbox, and again when the node appears.
    [[nodiscard]] static Result<std::unique_ptr<XenChannel>>
    connect(DomainId server, DomainId own, unsigned port,
            std::size_t queue_bound = default_queue_bound);
    /// Sends what the ring still takes.
    ~XenChannel() override;

    [[nodiscard]] Result<std::size_t> read(std::span<std::byte> into) override;
    /// True, and forgotten, while nobody is connected and when the peer is gone.
    [[nodiscard]] bool write(std::span<std::byte const> bytes) override;
    void flush() override;
    [[nodiscard]] std::size_t queued() const override { return queue_.size(); }
    [[nodiscard]] State state() const override;
    [[nodiscard]] int fd() const override { return epoll_.get(); }
    void handle_event() override;
    [[nodiscard]] bool wants_write() const override { return false; }

private:
    using Vchan = Handle<libxenvchan, libxenvchan_close>;
    XenChannel(Vchan vchan, std::size_t bound);
    [[nodiscard]] static Result<std::unique_ptr<XenChannel>>
    adopt(Vchan vchan, std::size_t queue_bound, std::string const& what);
    void say_more(bool more);

    Vchan vchan_;
    SendQueue queue_;
    Fd more_, epoll_;
    bool said_more_ = false;
    bool met_ = false;   ///< the peer was connected
    bool ended_ = false; ///< for ever, whatever the peer writes to the shared page later
};

} // namespace vitrail::transport
