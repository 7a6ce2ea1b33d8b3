#include "lib/formats/crc32.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace vitrail::formats {
namespace {

constexpr std::size_t slices = 16;
using Tables = std::array<std::array<std::uint32_t, 256>, slices>;

/// tables[k][b]: what byte b contributes after k more bytes; sixteen bytes a step.
constexpr Tables tables = [] {
    Tables all{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t value = byte;
        for (int i = 0; i < 8; ++i)
            value = (value & 1) != 0 ? value >> 1 ^ 0xedb88320 : value >> 1;
        all[0][byte] = value;
    }
    for (std::size_t k = 1; k < slices; ++k)
        for (std::size_t byte = 0; byte < 256; ++byte)
            all[k][byte] = all[k - 1][byte] >> 8 ^ all[0][all[k - 1][byte] & 0xff];
    return all;
}();

static_assert(std::endian::native == std::endian::little);

} // namespace

void Crc32::add(std::span<std::byte const> bytes)
{
    std::uint32_t state = state_;
    while (bytes.size() >= slices) {
        std::uint64_t words[2]; // filled by memcpy
        std::memcpy(words, bytes.data(), slices);
        words[0] ^= state;
        std::uint32_t next = 0;
        for (std::size_t i = 0; i < slices; ++i)
            next ^= tables[slices - 1 - i][words[i / 8] >> (8 * (i % 8)) & 0xff];
        state = next;
        bytes = bytes.subspan(slices);
    }
    for (std::byte const one : bytes)
        state = state >> 8 ^ tables[0][(state ^ std::to_integer<std::uint32_t>(one)) & 0xff];
    state_ = state;
}

} // namespace vitrail::formats
