#pragma once

#include "lib/call/local_stream.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace vitrail::call {

/// Frames over a pair of descriptors: each a little-endian u32 length, then so many bytes; and bare
/// words (u32) before them, where a protocol begins with such. What the frames mean is others' to
/// parse. Never blocks.
class FrameStream {
public:
    /// All from the loop; each may destroy the stream.
    struct Handlers {
        std::function<void(std::uint32_t)> word; ///< may be missing where none is expected
        std::function<void(std::span<std::byte const>)> frame;
        std::function<void()> end;     ///< once: no more to read, an error, or a frame too long
        std::function<void()> drained; ///< nothing is queued any more; may be missing
    };
    struct Ends {
        Fd input, output; ///< of a socket, two descriptors
    };
    /// `longest`: bytes of a frame that comes in.
    FrameStream(wl_event_loop* loop, Ends ends, std::size_t longest, Handlers handlers);
    ~FrameStream();
    FrameStream(FrameStream const&) = delete;
    FrameStream& operator=(FrameStream const&) = delete;

    /// The next four bytes that come in are a word.
    void expect_word() { expects_word_ = true; }
    void send_word(std::uint32_t word);
    void send_frame(std::span<std::byte const> frame);
    /// Bytes that wait to go out. Whoever sends more than the peer takes has to stop.
    [[nodiscard]] std::size_t queued() const { return output_.pending(); }
    /// False: leaves what comes where it is, and tells of no frame.
    void set_reading(bool reading);

private:
    void handle_input();
    void handle_output();
    [[nodiscard]] bool take_one(bool const& gone);
    void end(bool const& gone);
    void write(std::span<std::byte const> bytes);

    wl_event_loop* loop_;
    std::size_t longest_;
    Handlers handlers_;
    bool expects_word_ = false;
    bool reading_ = true;
    bool at_end_ = false;       ///< of the input; what came before may still be untold
    bool* gone_ = nullptr;      ///< set true by the destructor while a handler runs
    std::vector<std::byte> in_; ///< from taken_ on, not told yet
    std::size_t taken_ = 0;
    std::optional<std::uint32_t> length_; ///< of the frame that comes
    wl_event_source* again_ = nullptr;    ///< while what was read is told without more to come
    LocalStream input_;
    LocalStream output_;
};

/// A socket as both ends of a stream.
[[nodiscard]] FrameStream::Ends both_ways(Fd socket);

} // namespace vitrail::call
