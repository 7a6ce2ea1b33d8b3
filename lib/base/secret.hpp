#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

namespace vitrail {

/// Overwrites bytes so that the compiler cannot leave it out.
inline void wipe(std::span<std::byte> bytes) noexcept
{
    if (!bytes.empty())
        explicit_bzero(bytes.data(), bytes.size());
}

/// Bytes that leave no copy behind: one allocation of a size fixed at its start, never moved in
/// memory, overwritten before it is given back.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::size_t capacity)
        : bytes_(std::make_unique_for_overwrite<std::byte[]>(capacity)), capacity_(capacity)
    {
    }
    Secret(Secret&& other) noexcept
        : bytes_(std::move(other.bytes_)),
          size_(std::exchange(other.size_, 0)),
          capacity_(std::exchange(other.capacity_, 0))
    {
    }
    Secret& operator=(Secret&& other) noexcept
    {
        if (this != &other) {
            clear();
            bytes_ = std::move(other.bytes_);
            size_ = std::exchange(other.size_, 0);
            capacity_ = std::exchange(other.capacity_, 0);
        }
        return *this;
    }
    ~Secret() { clear(); }

    /// False where there is no room for all of it: then nothing was added.
    [[nodiscard]] bool append(std::span<std::byte const> more) noexcept
    {
        if (more.size() > capacity_ - size_)
            return false;
        if (!more.empty())
            std::memcpy(bytes_.get() + size_, more.data(), more.size());
        size_ += more.size();
        return true;
    }
    void clear() noexcept
    {
        wipe({bytes_.get(), size_});
        size_ = 0;
    }
    [[nodiscard]] std::span<std::byte const> bytes() const { return {bytes_.get(), size_}; }
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    std::unique_ptr<std::byte[]> bytes_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

} // namespace vitrail
