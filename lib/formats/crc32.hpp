#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace vitrail::formats {

/// CRC-32 as in gzip: reflected, polynomial 0xEDB88320, all ones before and inverted after.
class Crc32 {
public:
    void add(std::span<std::byte const> bytes);
    [[nodiscard]] std::uint32_t value() const { return ~state_; }

private:
    std::uint32_t state_ = 0xffffffff;
};

} // namespace vitrail::formats
