#include "lib/call/frame_stream.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace vitrail::call {
namespace {

constexpr std::size_t read_at_once = 65536;

Fd never_blocking(Fd fd)
{
    fcntl(fd.get(), F_SETFL, fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
    return fd;
}

} // namespace

FrameStream::Ends both_ways(Fd socket)
{
    Fd output(fcntl(socket.get(), F_DUPFD_CLOEXEC, 3));
    return {std::move(socket), std::move(output)};
}

FrameStream::FrameStream(wl_event_loop* loop, Ends ends, std::size_t longest, Handlers handlers)
    : loop_(loop),
      longest_(longest),
      handlers_(std::move(handlers)),
      input_(loop, never_blocking(std::move(ends.input)), WL_EVENT_READABLE,
             [this] { handle_input(); }),
      output_(loop, never_blocking(std::move(ends.output)), WL_EVENT_WRITABLE,
              [this] { handle_output(); })
{
    input_.want(true);
}

FrameStream::~FrameStream()
{
    if (gone_)
        *gone_ = true;
    if (again_)
        wl_event_source_remove(again_);
}

void FrameStream::set_reading(bool reading)
{
    if (std::exchange(reading_, reading) == reading)
        return;
    input_.want(reading);
    if (!reading || again_ || in_.empty())
        return;
    again_ = wl_event_loop_add_idle( // nothing new need come for what is here already
        loop_,
        [](void* data) noexcept {
            auto* const self = static_cast<FrameStream*>(data);
            self->again_ = nullptr; // the loop has removed it
            self->handle_input();
        },
        this);
}

void FrameStream::handle_input()
{
    if (!reading_ || at_end_)
        return;
    bool gone = false;
    gone_ = &gone;
    std::array<std::byte, read_at_once> bytes;
    auto const got = input_.read(bytes);
    if (got > 0)
        in_.insert(in_.end(), bytes.begin(), bytes.begin() + got);
    while (reading_ && take_one(gone))
        if (gone)
            return;
    if (gone)
        return;
    in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(taken_));
    taken_ = 0;
    if (got == 0 && reading_)
        return end(gone);
    gone_ = nullptr;
}

/// Whether a word or a frame was told.
bool FrameStream::take_one(bool const& gone)
{
    std::span<std::byte const> const rest = std::span(in_).subspan(taken_);
    if (!length_) {
        std::uint32_t word = 0;
        if (rest.size() < sizeof word)
            return false;
        std::memcpy(&word, rest.data(), sizeof word);
        taken_ += sizeof word;
        if (std::exchange(expects_word_, false)) {
            handlers_.word(word);
            return true;
        }
        if (word > longest_) {
            end(gone);
            return false;
        }
        length_ = word;
        return true;
    }
    if (rest.size() < *length_)
        return false;
    std::size_t const size = *std::exchange(length_, std::nullopt);
    taken_ += size;
    handlers_.frame(rest.first(size));
    return true;
}

void FrameStream::end(bool const& gone)
{
    if (std::exchange(at_end_, true))
        return;
    input_.close();
    auto const handle = handlers_.end; // it may destroy us and with us itself
    handle();
    if (!gone)
        gone_ = nullptr;
}

void FrameStream::write(std::span<std::byte const> bytes)
{
    output_.write(bytes);
    output_.want(output_.has_pending());
}

void FrameStream::send_word(std::uint32_t word)
{
    write(std::as_bytes(std::span(&word, 1)));
}

void FrameStream::send_frame(std::span<std::byte const> frame)
{
    send_word(static_cast<std::uint32_t>(frame.size()));
    write(frame);
}

void FrameStream::handle_output()
{
    output_.flush();
    if (output_.has_pending())
        return;
    output_.want(false);
    if (handlers_.drained)
        handlers_.drained();
}

} // namespace vitrail::call
