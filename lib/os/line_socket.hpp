#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/os/fd.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail {

/// One connected stream socket that carries lines both ways.
///
/// Never blocks: what does not go out at once is kept up to `max_queue` bytes, then the peer counts
/// as gone; a line longer than `max_line` likewise. `handle_line` and `handle_end` may destroy
/// this object.
class LineSocket {
public:
    static constexpr std::size_t max_line = std::size_t{1} << 20;
    static constexpr std::size_t max_queue = std::size_t{64} << 20;

    LineSocket(wl_event_loop* loop, Fd socket, std::function<void(std::string_view)> handle_line,
               std::function<void()> handle_end);
    ~LineSocket();
    LineSocket(LineSocket const&) = delete;
    LineSocket& operator=(LineSocket const&) = delete;

    void send(std::string_view line); ///< without its newline
    /// A line with descriptors (at most 8), sent at once or not at all; false when it is not.
    [[nodiscard]] bool send_with(std::string_view line, std::vector<int> const& descriptors);
    /// Descriptors that came with what was read so far, in order; they are given away.
    [[nodiscard]] std::vector<Fd> take_descriptors() { return std::move(received_); }
    [[nodiscard]] int fd() const { return socket_.get(); }

private:
    void handle_ready(std::uint32_t ready);
    void flush();
    void end();

    Fd socket_;
    std::string in_;
    std::string out_;
    std::vector<Fd> received_;
    std::function<void(std::string_view)> handle_line_;
    std::function<void()> handle_end_;
    bool* gone_ = nullptr; ///< set true by the destructor while a handler of ours runs
    bool ended_ = false;
    std::optional<FdSource<&LineSocket::handle_ready>> source_; ///< until the end
};

/// Calls `handle` with each connection to a Unix stream socket at `path` (made anew, mode 0600).
class LineListener {
public:
    [[nodiscard]] static Result<std::unique_ptr<LineListener>>
    listen(wl_event_loop* loop, std::string path, std::function<void(Fd)> handle);
    /// On a socket that listens already.
    LineListener(wl_event_loop* loop, Fd socket, std::string path, std::function<void(Fd)> handle);
    ~LineListener();

private:
    void handle_ready(std::uint32_t ready);

    Fd socket_;
    std::string path_; ///< removed with us; empty: not ours
    std::function<void(Fd)> handle_;
    FdSource<&LineListener::handle_ready> source_;
};

/// A listening Unix stream socket, mode 0600. Fails when the path is too long for one.
[[nodiscard]] Result<Fd> listen_unix(std::string const& path);
/// Connects to one; non-blocking afterwards.
[[nodiscard]] Result<Fd> connect_unix(std::string const& path);
/// A connected pair, both non-blocking and closed on exec. `type`: SOCK_STREAM or SOCK_SEQPACKET.
[[nodiscard]] Result<std::pair<Fd, Fd>> socket_pair(int type);

} // namespace vitrail
