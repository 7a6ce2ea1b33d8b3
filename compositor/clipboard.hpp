#pragma once

#include "compositor/config.hpp"
#include "compositor/notices.hpp"
#include "lib/os/event_loop.hpp"
#include "lib/os/fd.hpp"
#include "lib/transport/clipboard_control.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace vitrail::compositor {

/// The clipboard's chords to the broker, and what the broker has to say to the user. No byte of a
/// clipboard comes by here.
class Clipboard {
public:
    struct Owner {
        /// Of an origin; null when it has ended.
        [[nodiscard]] virtual Badge const* badge_of(std::uint32_t origin) const = 0;
        [[nodiscard]] virtual Badge const& machine() const = 0;
        /// What is held, or what the user was told last.
        virtual void handle_clipboard_changed() = 0;

    protected:
        ~Owner() = default;
    };
    Clipboard(wl_event_loop* loop, Notices& notices, Owner& owner);

    /// The connection to a broker, in place of the one before.
    void set_link(Fd link);
    void set_config(ClipboardConfig const& config);
    /// Which origin has the keyboard from now on; 0: none, or a program of the session.
    void set_typed(std::uint32_t origin);
    [[nodiscard]] std::uint32_t typed() const { return typed_; }
    /// For how long: a change between windows of the same origin is none.
    [[nodiscard]] std::chrono::milliseconds typed_for() const;

    void copy() { send_chord(transport::ClipboardChordKind::copy); }
    void paste() { send_chord(transport::ClipboardChordKind::paste); }
    /// The broker waits for something: Escape is for cancel(), other keys and buttons go on to the
    /// qube after proceed().
    [[nodiscard]] bool waits() const { return waits_; }
    void cancel();
    void proceed();

    /// What it said last; nothing yet: empty.
    [[nodiscard]] std::optional<transport::ClipboardNotice> const& last() const { return last_; }
    [[nodiscard]] std::uint32_t notices_seen() const { return seen_; }

private:
    void handle_link(std::uint32_t ready);
    void show(transport::ClipboardNotice const& notice);
    void send_chord(transport::ClipboardChordKind kind);
    void send(transport::ClipboardChord const& chord);

    wl_event_loop* loop_;
    Notices& notices_;
    Owner& owner_;
    ClipboardConfig config_;
    std::uint32_t typed_ = 0;
    std::chrono::steady_clock::time_point typed_since_;
    bool waits_ = false;
    std::optional<transport::ClipboardNotice> last_;
    std::uint32_t seen_ = 0;
    Fd link_;
    std::optional<FdSource<&Clipboard::handle_link>> source_;
};

} // namespace vitrail::compositor
