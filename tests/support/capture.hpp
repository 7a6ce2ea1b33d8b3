#pragma once

#include "lib/base/result.hpp"
#include "lib/wire/message.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace vitrail::test {

/// One message of a recording, its body unparsed.
struct CapturedMessage {
    bool from_agent = false;
    wire::Header header{};
    std::vector<std::byte> body;
    std::chrono::nanoseconds at{0}; ///< since the recorder's start

    /// The fixed part; zeros where the body is too short.
    template <typename T> [[nodiscard]] T as() const
    {
        T value{};
        std::memcpy(&value, body.data(), std::min(sizeof(T), body.size()));
        return value;
    }
    [[nodiscard]] wire::Type type() const { return static_cast<wire::Type>(header.type); }
};

/// What a window showed at that moment: 0x00RRGGBB a pixel.
struct CapturedPixels {
    std::uint32_t window = 0;
    int width = 0, height = 0;
    std::vector<std::uint32_t> pixels;
};

/// What the person who recorded did next.
struct CapturedMarker {
    std::string text;
};

/// A recording of an original agent and daemon, in order; the handshake is left out. Source: the
/// captures' own page: records of u64 ns, u8 kind, u32 length.
using CapturedEvent = std::variant<CapturedMessage, CapturedPixels, CapturedMarker>;

/// Reads tests/golden/captures/NAME.qpcap.xz. Only the last connection of a recording counts.
[[nodiscard]] Result<std::vector<CapturedEvent>> read_capture(std::string const& name);

} // namespace vitrail::test
