#pragma once

#include "lib/transport/channel.hpp"

#include <cerrno>
#include <cstddef>
#include <span>
#include <vector>

namespace vitrail::transport {

/// What a channel took and could not send yet: never more than its bound.
class SendQueue {
public:
    explicit SendQueue(std::size_t bound) : bound_(bound) {}

    /// All of `bytes` or, where the bound would be passed, none.
    [[nodiscard]] bool add(std::span<std::byte const> bytes)
    {
        if (bytes.size() > bound_ - size())
            return false;
        if (sent_ > 0 && bytes_.size() + bytes.size() > bytes_.capacity())
            compact(); // rather than grow
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
        return true;
    }
    [[nodiscard]] std::span<std::byte const> pending() const
    {
        return std::span(bytes_).subspan(sent_);
    }
    [[nodiscard]] std::size_t size() const { return bytes_.size() - sent_; }
    /// The first `count` of pending() are gone.
    void drop(std::size_t count)
    {
        sent_ += count;
        if (sent_ == bytes_.size())
            clear();
    }
    /// Sends until nothing is left or `send` would wait. `send()` sends from pending() and answers
    /// how many bytes went, or less than 1 with errno, as write(2) does. False: nobody will read
    /// any more, and the queue is empty.
    template <typename Send> [[nodiscard]] bool send_all(Send const& send)
    {
        while (size() > 0) {
            auto const sent = send();
            if (sent > 0) {
                drop(static_cast<std::size_t>(sent));
                continue;
            }
            if (sent < 0 && errno == EINTR)
                continue;
            if (sent < 0 && errno != EAGAIN) {
                clear();
                return false;
            }
            return true;
        }
        return true;
    }
    void clear()
    {
        bytes_.clear();
        sent_ = 0;
    }

private:
    void compact()
    {
        bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(sent_));
        sent_ = 0;
    }

    std::size_t bound_;
    std::vector<std::byte> bytes_;
    std::size_t sent_ = 0; ///< of bytes_
};

} // namespace vitrail::transport
