#pragma once

#include "lib/wire/message.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace vitrail::wire {

/// The last messages of one connection in both directions, headers only: what a broken session
/// leaves for the log. No allocation after construction.
class Trace {
public:
    static constexpr std::size_t capacity = 256;

    /// `at`: the caller's clock, so that tests need none.
    void add(From sender, Header const& header, std::chrono::nanoseconds at) noexcept;
    [[nodiscard]] std::size_t size() const noexcept
    {
        return count_ < capacity ? count_ : capacity;
    }
    /// Oldest first, one line a message: "12.345678 agent CREATE(130) window 0x5 length 24".
    /// Numbers and our own words only, nothing of the peer's text.
    [[nodiscard]] std::string dump() const;
    /// The same, written to a descriptor without allocating: for an assertion's hook.
    void dump_to(int fd) const noexcept;

private:
    struct Entry {
        std::chrono::nanoseconds at{};
        Header header{};
        From sender = From::agent;
    };
    static constexpr std::size_t line_size = 128;
    static std::size_t print(Entry const& entry, std::array<char, line_size>& line) noexcept;
    [[nodiscard]] Entry const& nth(std::size_t i) const noexcept;

    std::array<Entry, capacity> entries_{};
    std::size_t count_ = 0; ///< ever added
};

} // namespace vitrail::wire
