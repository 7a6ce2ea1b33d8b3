#pragma once

#include "guid/image.hpp"
#include "guid/input.hpp"
#include "guid/outbox.hpp"
#include "guid/profile.hpp"
#include "guid/trace.hpp"
#include "guid/window_port.hpp"
#include "guid/window_table.hpp"
#include "lib/transport/channel.hpp"
#include "lib/transport/clipboard_port.hpp"
#include "lib/wire/framing.hpp"
#include "lib/wire/types.hpp"
#include "lib/wire/violation.hpp"

#include <deque>
#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace vitrail::guid {

using Verdict = std::expected<void, wire::Violation>;

/// One qube's windows: what its agent says, checked, to the compositor, and back.
///
/// Pure but for its peers: time comes as an argument, bytes through the channel. A Violation ends
/// the session; the caller then drops everything of it.
class Session {
public:
    struct Peers {
        transport::Channel& channel;
        transport::SharedPagesReader& reader;
        WindowPort& port;
        transport::ClipboardLink& clipboard;
        std::uint32_t (*random)(); ///< 32 bits that nobody can guess
    };
    Session(Peers const& peers, Profile const& profile);
    Session(Session const&) = delete;
    Session& operator=(Session const&) = delete;

    // ---- the agent ----
    /// Whether bytes may come: xconf needs the compositor's layout first.
    [[nodiscard]] bool ready() const { return layout_.has_value(); }
    /// Bytes of the channel, in any pieces.
    [[nodiscard]] Verdict handle_bytes(std::span<std::byte const> untrusted_bytes, Time now);
    /// After the handlers of one turn: commits, releases of buffers, the last motion.
    [[nodiscard]] Verdict finish_turn(Time now);
    [[nodiscard]] std::optional<Time> deadline();
    [[nodiscard]] bool connected() const { return version_.has_value(); }
    [[nodiscard]] Trace const& trace() const { return trace_; }
    /// What the agent caused so far that a throttle counts: a commit, and any message but those
    /// that only add damage to the next one.
    [[nodiscard]] std::uint64_t work() const { return work_; }

    // ---- the compositor: events of vitrail_window_manager_v1 ----
    void handle_layout(Size size);
    void handle_work_area(Rect const& area);
    void handle_permissions(std::uint32_t flags, std::uint32_t max_clipboard);
    void handle_keyboard_layout(std::string_view layout, std::string_view variant,
                                std::string_view options);
    void handle_color_scheme(bool dark);
    void handle_buffer_failed(PortBuffer buffer);
    void handle_buffer_released(PortBuffer buffer);

    // ---- of vitrail_window_v1 ----
    struct Configure {
        std::uint32_t serial = 0;
        Rect place; ///< width or height 0: the client chooses
        std::uint32_t states = 0;
        std::uint32_t token = 0;
    };
    void handle_configure(WindowId window, Configure const& configure);
    void handle_geometry_seen(WindowId window);
    void handle_close(WindowId window);
    void handle_popup_done(WindowId window);
    void handle_docked(WindowId window);
    void handle_visibility(WindowId window, bool visible);
    void handle_scale(WindowId window, std::uint32_t scale_120);
    void handle_presented(WindowId window, wire::XPresented const& presented);
    void handle_frame(WindowId window, std::uint32_t time_ms);

    // ---- of the seat ----
    [[nodiscard]] Input& input() { return input_; }
    void handle_pointer_enter(WindowId window, std::int32_t fixed_x, std::int32_t fixed_y);

    // ---- the clipboard broker ----
    /// `file`: the descriptor that came with it.
    void handle_clipboard_record(transport::ClipboardRecord const& record,
                                 std::span<std::byte const> payload, Fd file = {});
    /// Sends the next piece of what is pasted from a file; to be called while the agent takes all
    /// that it is sent. False: there is none.
    [[nodiscard]] bool continue_paste();

private:
    struct PendingAck {
        WindowId window;
        std::optional<PortBuffer> waits_for; ///< the image before it, while it is still read
    };

    // session.cpp
    [[nodiscard]] Verdict handle_version(wire::ProtocolVersion offered);
    [[nodiscard]] Verdict handle_frame_of_agent(wire::Frame const& frame);
    /// The window, or a violation that names the message being handled.
    [[nodiscard]] std::expected<Window*, wire::Violation> known(WindowId id);
    [[nodiscard]] std::unexpected<wire::Violation> broken(wire::Rule rule,
                                                          std::uint64_t value) const;
    [[nodiscard]] bool extended() const { return version_ && version_->extended(); }
    [[nodiscard]] std::uint16_t minor() const { return version_ ? version_->base_minor() : 0; }

    // session_windows.cpp
    [[nodiscard]] Verdict handle(wire::from_agent::Create const& create);
    [[nodiscard]] Verdict handle(wire::from_agent::Destroy const& destroy);
    [[nodiscard]] Verdict handle(wire::from_agent::Map const& map);
    [[nodiscard]] Verdict handle(wire::from_agent::Unmap const& unmap);
    [[nodiscard]] Verdict handle(wire::from_agent::Configure const& configure);
    [[nodiscard]] Verdict handle(wire::from_agent::Hints const& hints);
    [[nodiscard]] Verdict handle(wire::from_agent::Flags const& flags);
    [[nodiscard]] Verdict handle(wire::from_agent::Title const& title);
    [[nodiscard]] Verdict handle(wire::from_agent::Class const& names);
    [[nodiscard]] Verdict handle(wire::from_agent::Cursor const& cursor);
    [[nodiscard]] Verdict handle(wire::from_agent::Dock const& dock);
    [[nodiscard]] bool may_override_redirect(Window const& window, bool wanted) const;
    [[nodiscard]] bool may_be_parent(Window const& window, WindowId parent);
    void withdraw_override_redirect(Window& window);
    void apply(Window& window, GeometrySync::Outcome const& outcome);
    void send_configure(Window const& window);
    void update_flags(Window& window, std::uint32_t states);
    void show_cursor(Window const& window);

    // session_images.cpp
    [[nodiscard]] Verdict handle(wire::from_agent::Dump const& dump);
    [[nodiscard]] Verdict handle(wire::from_agent::Damage const& damage);
    void drop_images(Window& window);
    void commit(Window& window);
    void send_acks();

    // session_extension.cpp
    [[nodiscard]] Verdict handle(wire::from_agent::Buffer const& buffer);
    [[nodiscard]] Verdict handle(wire::from_agent::BufferDestroy const& destroy);
    [[nodiscard]] Verdict handle(wire::from_agent::Commit const& commit);
    [[nodiscard]] Verdict handle(wire::from_agent::Popup const& popup);
    [[nodiscard]] Verdict handle(wire::from_agent::CursorImage const& cursor);
    [[nodiscard]] Verdict handle(wire::from_agent::Request const& request);
    [[nodiscard]] Verdict handle(wire::from_agent::PointerLock const& lock);
    [[nodiscard]] Verdict handle(wire::from_agent::TextInput const& input);
    /// A commit that was never shown gives its buffer back.
    void give_back_unshown(Window& window);
    void send_x_configure(Window const& window, Configure const& configure);

    // session_clipboard.cpp
    void ask_for_clipboard(std::uint32_t serial);
    [[nodiscard]] Verdict handle(wire::from_agent::ClipboardData const& clipboard);
    [[nodiscard]] Verdict handle(wire::ClipboardOffer const& offer);
    [[nodiscard]] Verdict handle(wire::ClipboardChunk const& chunk);
    void paste(std::span<std::byte const> text);
    void fetch(transport::ClipboardRecord const& request, Fd file);
    void paste_file(transport::ClipboardRecord const& offer, std::span<std::byte const> types,
                    Fd file);
    [[nodiscard]] bool keep_fetched(wire::ClipboardChunk const& chunk);

    Profile profile_;
    transport::Channel& channel_;
    WindowPort& port_;
    transport::ClipboardLink& clipboard_;
    Trace trace_;
    Outbox outbox_;
    Input input_;
    BufferStore buffers_;
    WindowTable windows_;

    wire::Splitter splitter_{wire::From::agent};
    std::optional<wire::ProtocolVersion> version_; ///< agreed
    wire::Header handling_{};                      ///< of the message whose handler runs
    std::optional<Size> layout_;
    Rect work_area_;
    std::optional<std::uint32_t> color_scheme_;
    std::optional<wire::XKeyboardLayout> keyboard_layout_;
    Time now_{0};
    std::uint64_t work_ = 0;

    std::deque<PendingAck> acks_; ///< of dumps, in the order they came; the agent pops one an ACK
    std::optional<std::uint32_t> copy_serial_; ///< the user's copy chord that waits for data
    std::optional<wire::from_daemon::ClipboardFetch> fetch_; ///< the type the broker waits for
    std::size_t fetched_ = 0;                                ///< bytes of it
    Fd fetch_file_; ///< where they go instead of to the broker
    std::vector<std::byte> paste_;
    struct FilePaste {
        std::uint32_t serial = 0;
        std::size_t rest = 0; ///< bytes that the agent has not got yet
        Fd file;
    };
    std::optional<FilePaste> file_paste_;
};

} // namespace vitrail::guid
