#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace vitrail::images {

/// Where an encoded picture goes. Implementations: a file; memory in the tests.
class ByteSink {
public:
    virtual ~ByteSink() = default;
    /// False: there is no room for it.
    virtual bool write(std::span<std::byte const> bytes) = 0;
};

/// Encodes pixels as a PNG, row by row, with no other chunk than a PNG needs. Each call is false
/// once the sink took no more, or libpng could not go on; then nothing else may be called.
class PngWriter {
public:
    explicit PngWriter(ByteSink& sink);
    ~PngWriter();
    PngWriter(PngWriter const&) = delete;
    PngWriter& operator=(PngWriter const&) = delete;

    [[nodiscard]] bool begin(std::uint32_t width, std::uint32_t height);
    /// One row: red, green, blue, alpha a pixel, as many as begin() said.
    [[nodiscard]] bool write_row(std::span<std::byte const> row);
    [[nodiscard]] bool end();

private:
    struct Png; // libpng's own
    std::unique_ptr<Png> png_;
};

} // namespace vitrail::images
