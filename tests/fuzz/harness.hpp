#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>

/// A fuzz target is one function. libFuzzer calls it in the fuzz build; in every other build
/// replay.cpp gives it each file of its corpus.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

namespace vitrail::fuzz {

inline std::span<std::byte const> bytes_of(std::uint8_t const* data, std::size_t size)
{
    return std::as_bytes(std::span(data, size));
}

/// A property that has to hold for every input.
inline void require(bool holds, char const* what)
{
    if (!holds) {
        std::fprintf(stderr, "does not hold: %s\n", what);
        std::abort();
    }
}

} // namespace vitrail::fuzz
