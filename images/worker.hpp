#pragma once

#include "lib/os/sandbox.hpp"

#include <cstdint>

namespace vitrail::images {

/// What the two programs have from sessiond, and nothing beside it.
inline constexpr int decoder_original_fd = 3; ///< the qube's bytes, read-only
inline constexpr int decoder_broker_fd = 4;   ///< says when they are there (ImageStart)
inline constexpr int decoder_pixels_fd = 5;   ///< a pipe to the encoder
inline constexpr int encoder_pixels_fd = 3;
inline constexpr int encoder_file_fd = 4;   ///< where the PNG goes, of a fixed size
inline constexpr int encoder_broker_fd = 5; ///< who is told (ImageResult)

/// Bytes of address space: a picture of most_image_pixels once, and as much again that libwebp
/// takes beside it.
inline constexpr std::uint64_t decoder_memory = std::uint64_t{768} << 20;
inline constexpr std::uint64_t encoder_memory = std::uint64_t{64} << 20;

/// Confines this process (lib/os/sandbox.hpp): it may read and write what it has, and end; the list
/// of calls and its reasons: docs/internals/guid-sandbox.md.
[[nodiscard]] Result<Missing> confine_worker(std::uint64_t memory);
/// The same; says on stderr what is missing. False: it must not go on.
[[nodiscard]] bool enter_worker_sandbox(char const* program, std::uint64_t memory);

} // namespace vitrail::images
