#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

namespace vitrail::test {

using Bytes = std::vector<std::byte>;

/// One of the fuzz target's pictures (tests/fuzz/corpus/image).
inline Bytes picture_file(std::string const& name)
{
    std::ifstream stream(std::filesystem::path(VITRAIL_PICTURES) / name, std::ios::binary);
    std::string const text{std::istreambuf_iterator<char>(stream), {}};
    auto const bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

constexpr std::uint32_t width = 8, height = 6;

/// What those pictures show: red grows to the right, green downwards. `alpha`: it grows too.
inline Bytes shown_pixels(bool alpha = false)
{
    Bytes pixels;
    for (std::uint32_t y = 0; y < height; ++y)
        for (std::uint32_t x = 0; x < width; ++x)
            for (std::uint32_t const part : {x * 30, y * 40, 128U, alpha ? 40 + x * 20 : 255U})
                pixels.push_back(static_cast<std::byte>(part));
    return pixels;
}

} // namespace vitrail::test
