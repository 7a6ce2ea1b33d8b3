#pragma once

#include "lib/wire/message.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace vitrail::guid {

/// The last messages of a session, for the log when a rule was broken.
///
/// Keeps numbers only: what a qube calls its windows never gets here.
class Trace {
public:
    enum class Direction : std::uint8_t { from_agent, to_agent };

    void add(Direction direction, wire::Header const& header, std::span<std::byte const> body);
    /// One line a message, oldest first.
    [[nodiscard]] std::string dump() const;

private:
    struct Entry {
        Direction direction;
        wire::Header header;
        std::array<std::uint32_t, 5> words; ///< of the body, as far as it goes
        std::uint32_t word_count;
    };
    std::array<Entry, 128> entries_{};
    std::size_t count_ = 0; ///< ever added
};

} // namespace vitrail::guid
