#pragma once

#include "lib/base/strong.hpp"
#include "lib/transport/socket_channel.hpp"

#include <memory>
#include <string>

namespace vitrail::transport {

/// The serving end of the ecosystem's socket vchan: one client, then the socket is gone; after the
/// client's end, make another (fact sheet vchan-socket §1).
class SocketServer final : public Channel {
public:
    /// Listens on `path`; an older socket there is replaced.
    [[nodiscard]] static Result<std::unique_ptr<SocketServer>>
    listen(std::string path, std::size_t queue_bound = default_queue_bound);
    ~SocketServer() override;

    [[nodiscard]] Result<std::size_t> read(std::span<std::byte> into) override;
    /// True, and forgotten, while nobody is connected.
    [[nodiscard]] bool write(std::span<std::byte const> bytes) override;
    void flush() override;
    [[nodiscard]] std::size_t queued() const override { return peer_ ? peer_->queued() : 0; }
    [[nodiscard]] State state() const override { return peer_ ? peer_->state() : State::waiting; }
    /// Another one after the accept.
    [[nodiscard]] int fd() const override { return peer_ ? peer_->fd() : socket_.get(); }
    void handle_event() override;
    /// As SocketChannel's, of the peer.
    [[nodiscard]] std::vector<Fd> take_descriptors()
    {
        return peer_ ? peer_->take_descriptors() : std::vector<Fd>();
    }
    void accept_descriptors() { keeps_descriptors_ = true; }
    [[nodiscard]] bool wants_write() const override { return peer_ && peer_->wants_write(); }

private:
    SocketServer(std::string path, std::size_t bound) : path_(std::move(path)), bound_(bound) {}

    std::string path_;
    std::size_t bound_;
    bool keeps_descriptors_ = false;
    Fd socket_;
    std::unique_ptr<SocketChannel> peer_;
};

/// `directory`/vchan.<server>.<client>.<port>.sock
[[nodiscard]] std::string vchan_path(std::string const& directory, DomainId server, DomainId client,
                                     unsigned port);

} // namespace vitrail::transport
