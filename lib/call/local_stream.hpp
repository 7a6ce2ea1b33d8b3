#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/os/fd.hpp"

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace vitrail::call {

/// One local descriptor of a call, read or written when it is ready and wanted.
///
/// What epoll does not know (files, /dev/null) counts as always ready. What does not go out at once
/// is kept; has_pending() then, and nothing more should be written until it is gone.
class LocalStream {
public:
    LocalStream(wl_event_loop* loop, Fd fd, std::uint32_t mask, std::function<void()> handle_ready);
    ~LocalStream();
    LocalStream(LocalStream const&) = delete;
    LocalStream& operator=(LocalStream const&) = delete;

    [[nodiscard]] bool is_open() const { return static_cast<bool>(fd_); }
    /// -1 where it is not open.
    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] bool is_pipe() const { return is_pipe_; }
    /// Whether handle_ready is to be called.
    void want(bool wanted);
    /// Bytes read; 0 at the end, -1 when there is nothing now. An error counts as the end.
    [[nodiscard]] std::ptrdiff_t read(std::span<std::byte> into);
    /// An error (nobody reads any more) drops this and all that follows.
    void write(std::span<std::byte const> bytes);
    void flush();
    [[nodiscard]] bool has_pending() const { return !pending_.empty(); }
    [[nodiscard]] std::size_t pending() const { return pending_.size(); } ///< bytes
    /// Closes after what is pending; of a socket, the direction of writing.
    void close_when_flushed();
    void close();

private:
    void watch();
    void unwatch();

    wl_event_loop* loop_;
    Fd fd_;
    std::uint32_t mask_;
    bool is_pipe_;
    std::function<void()> handle_ready_;
    wl_event_source* source_ = nullptr; ///< while wanted
    bool is_idle_ = false;              ///< source_ fires once
    bool wanted_ = false;
    bool closing_ = false;
    std::vector<std::byte> pending_;
};

} // namespace vitrail::call
