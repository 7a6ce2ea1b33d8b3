#pragma once

#include "lib/base/result.hpp"
#include "lib/os/event_loop.hpp"
#include "lib/os/process.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace vitrail::session {

/// One picture on its way from qube to qube: the two processes that make another of it
/// (images/README.md), started with all that they ever have. Whatever they do, they are gone after
/// a time, and with this object.
class ImageJob {
public:
    struct Programs {
        std::string decoder, encoder, log;
    };
    /// What the broker gets, in the order of ClipboardOrderKind::image.
    using Ends = std::array<Fd, 4>;

    /// `limit`: bytes of the qube's picture; the one made of it may have image_growth times as
    /// many. Fails when a process or a file could not be made.
    [[nodiscard]] static Result<std::unique_ptr<ImageJob>>
    start(wl_event_loop* loop, Programs const& programs, std::uint32_t limit, Ends& ends);
    ~ImageJob();
    ImageJob(ImageJob const&) = delete;
    ImageJob& operator=(ImageJob const&) = delete;

private:
    explicit ImageJob(wl_event_loop* loop) : timer_(loop, *this) {}
    void handle_decoder_end(std::uint32_t) { decoder_source_.reset(), decoder_.reap(); }
    void handle_encoder_end(std::uint32_t) { encoder_source_.reset(), encoder_.reap(); }
    void handle_time();

    Process decoder_, encoder_;
    std::optional<FdSource<&ImageJob::handle_decoder_end>> decoder_source_; ///< until its end
    std::optional<FdSource<&ImageJob::handle_encoder_end>> encoder_source_;
    Timer<&ImageJob::handle_time> timer_;
};

} // namespace vitrail::session
