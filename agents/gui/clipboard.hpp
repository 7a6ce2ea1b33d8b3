#pragma once

#include "agents/gui/wlr.hpp"
#include "lib/os/event_loop.hpp"
#include "lib/os/fd.hpp"
#include "lib/wire/types.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vitrail::agent {

class Agent;

/// The daemon's clipboard and the qube's: answers CLIPBOARD_REQ with the text that is selected in
/// the qube, offers CLIPBOARD_DATA to its applications as clipboard and primary selection
/// (fact sheet gui-protocol §8.6). Wayland and X11 applications share both (wlroots' bridge).
///
/// guid with extension 1 gets the types that are on offer instead, and fetches one of them, in
/// pieces as it takes them; a picture that it gives comes in pieces too
/// (docs/protocols/gui-extension-1.md). Where files are copied, which they are is written down in
/// the qube, for its service vitrail.SendFiles, before guid hears that there are any.
class Clipboard {
public:
    explicit Clipboard(Agent& agent) : agent_(agent) {}

    void handle_request(wire::from_daemon::ClipboardRequest const& request);
    void handle_fetch(wire::from_daemon::ClipboardFetch const& fetch);
    void handle_data(wire::from_daemon::ClipboardData const& data);
    void handle_offer(wire::ClipboardOffer const& offer);
    void handle_chunk(wire::ClipboardChunk const& chunk);
    /// The daemon took all that was sent.
    void handle_room();
    void handle_disconnected();

private:
    /// What the daemon pastes, until its last piece is there.
    struct Incoming {
        std::uint32_t serial = 0;
        std::vector<std::string> types;
        std::string data;
    };
    /// False when nothing can be read.
    [[nodiscard]] bool read_selection(char const* type);
    void handle_readable(std::uint32_t ready);
    void pass_on(std::span<char const> piece);
    void stop_reading();
    void send_offer();
    void keep_files();
    void finish();
    void send_text();
    void send_chunk(std::span<char const> piece, bool last);

    Agent& agent_;
    std::vector<std::string> offered_;                       ///< types, as guid counts them
    std::optional<wire::from_daemon::ClipboardFetch> fetch_; ///< what the reading is for, else text
    std::size_t fetched_ = 0;                                ///< bytes of it
    bool keeps_files_ = false;                               ///< the reading is for keep_files()
    bool paused_ = false;                                    ///< the daemon is behind
    std::optional<Incoming> incoming_;
    Fd pipe_;
    std::string text_;
    std::optional<FdSource<&Clipboard::handle_readable>> source_;
};

} // namespace vitrail::agent
