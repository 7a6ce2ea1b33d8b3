#pragma once

#include "lib/base/strong.hpp"
#include "lib/os/fd.hpp"
#include "lib/transport/channel.hpp"

#include <memory>
#include <string>
#include <vector>

namespace vitrail::agent {

/// The serving end of the ecosystem's socket vchan: one client, then the socket is gone
/// (fact sheet vchan-socket §1).
class VchanServer final : public transport::Channel {
public:
    /// Listens on `path`; an older socket there is replaced.
    [[nodiscard]] static Result<std::unique_ptr<VchanServer>> listen(std::string path);
    ~VchanServer() override;

    [[nodiscard]] Result<std::size_t> read(std::span<std::byte> into) override;
    [[nodiscard]] bool write(std::span<std::byte const> bytes) override;
    void flush() override;
    [[nodiscard]] std::size_t queued() const override { return queue_.size() - sent_; }
    [[nodiscard]] State state() const override { return state_; }
    [[nodiscard]] int fd() const override { return peer_ ? peer_.get() : socket_.get(); }
    void handle_event() override;
    [[nodiscard]] bool wants_write() const override { return queued() > 0; }

private:
    explicit VchanServer(std::string path) : path_(std::move(path)) {}

    std::string path_;
    Fd socket_, peer_;
    State state_ = State::waiting;
    std::vector<std::byte> queue_;
    std::size_t sent_ = 0;
};

/// `directory`/vchan.<server>.<client>.<port>.sock
[[nodiscard]] std::string vchan_path(std::string const& directory, DomainId server, DomainId client,
                                     unsigned port);

} // namespace vitrail::agent
