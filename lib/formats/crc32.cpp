#include "lib/formats/crc32.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

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

std::uint32_t add_by_tables(std::uint32_t state, std::span<std::byte const> bytes)
{
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
    return state;
}

#if defined(__x86_64__)
#define VITRAIL_FOLDS __attribute__((target("pclmul,sse4.1")))

constexpr std::size_t lane = 16;
constexpr std::size_t block = 4 * lane;

VITRAIL_FOLDS __m128i load_lane(std::span<std::byte const> bytes)
{
    __m128i value;
    std::memcpy(&value, bytes.data(), lane);
    return value;
}

/// `value`, as many bits further on as the constants `by` are for, and `next`.
VITRAIL_FOLDS __m128i fold(__m128i value, __m128i by, __m128i next)
{
    return _mm_xor_si128(
        _mm_xor_si128(_mm_clmulepi64_si128(value, by, 0x00), _mm_clmulepi64_si128(value, by, 0x11)),
        next);
}

/// Multiplication without carry takes 64 bytes a step. Takes what is a multiple of 16 and at least
/// 64 bytes. The constants are powers of x modulo the polynomial, reflected: Gopal et al., Fast CRC
/// Computation for Generic Polynomials Using PCLMULQDQ (Intel, 2009).
VITRAIL_FOLDS std::uint32_t add_by_folding(std::uint32_t state, std::span<std::byte const> bytes)
{
    __m128i const by_block = _mm_set_epi64x(0x01c6e41596, 0x0154442bd4);
    __m128i const by_lane = _mm_set_epi64x(0x00ccaa009e, 0x01751997d0);
    __m128i part[4]; // filled below
    for (std::size_t i = 0; i < 4; ++i)
        part[i] = load_lane(bytes.subspan(i * lane));
    part[0] = _mm_xor_si128(part[0], _mm_cvtsi32_si128(static_cast<int>(state)));
    for (bytes = bytes.subspan(block); bytes.size() >= block; bytes = bytes.subspan(block))
        for (std::size_t i = 0; i < 4; ++i)
            part[i] = fold(part[i], by_block, load_lane(bytes.subspan(i * lane)));
    __m128i sum = part[0];
    for (std::size_t i = 1; i < 4; ++i)
        sum = fold(sum, by_lane, part[i]);
    for (; bytes.size() >= lane; bytes = bytes.subspan(lane))
        sum = fold(sum, by_lane, load_lane(bytes));
    // 128 bits to 64, to 32: the last by Barrett's reduction.
    __m128i const low = _mm_setr_epi32(~0, 0, ~0, 0);
    sum = _mm_xor_si128(_mm_srli_si128(sum, 8), _mm_clmulepi64_si128(sum, by_lane, 0x10));
    sum = _mm_xor_si128(
        _mm_srli_si128(sum, 4),
        _mm_clmulepi64_si128(_mm_and_si128(sum, low), _mm_set_epi64x(0, 0x0163cd6124), 0x00));
    __m128i const reduction = _mm_set_epi64x(0x01f7011641, 0x01db710641);
    __m128i quotient = _mm_clmulepi64_si128(_mm_and_si128(sum, low), reduction, 0x10);
    quotient = _mm_clmulepi64_si128(_mm_and_si128(quotient, low), reduction, 0x00);
    return static_cast<std::uint32_t>(_mm_extract_epi32(_mm_xor_si128(sum, quotient), 1));
}

bool can_fold()
{
    static bool const can =
        __builtin_cpu_supports("pclmul") != 0 && __builtin_cpu_supports("sse4.1") != 0;
    return can;
}
#endif

} // namespace

void Crc32::add(std::span<std::byte const> bytes)
{
#if defined(__x86_64__)
    if (bytes.size() >= block && can_fold()) {
        std::size_t const folded = bytes.size() - bytes.size() % lane;
        state_ = add_by_folding(state_, bytes.first(folded));
        bytes = bytes.subspan(folded);
    }
#endif
    state_ = add_by_tables(state_, bytes);
}

} // namespace vitrail::formats
