#include "guid/session.hpp"

#include "lib/base/assert.hpp"
#include "lib/wire/parse.hpp"

namespace vitrail::guid {

Session::Session(Peers const& peers, Profile const& profile)
    : profile_(profile),
      channel_(peers.channel),
      port_(peers.port),
      clipboard_(peers.clipboard),
      outbox_(peers.channel, trace_),
      input_(outbox_),
      buffers_(peers.reader, peers.port, profile.max_pages)
{
    outbox_.set_delay(profile.events_max_delay, peers.random);
}

// ---- bytes to messages ----

Verdict Session::handle_bytes(std::span<std::byte const> untrusted_bytes, Time now)
{
    now_ = now;
    while (true) {
        auto const event = TRY(splitter_.next(untrusted_bytes));
        if (!event)
            return {};
        if (auto const* const offer = std::get_if<wire::PeerVersion>(&*event))
            TRY_VOID(handle_version(offer->version));
        else if (auto const* const frame = std::get_if<wire::Frame>(&*event))
            TRY_VOID(handle_frame_of_agent(*frame));
    }
}

Verdict Session::handle_version(wire::ProtocolVersion offered)
{
    VITRAIL_ASSERT(layout_); // ready() said so
    version_ = TRY(wire::negotiate(offered));
    splitter_.set_version(*version_);
    if (wire::answers_version(*version_))
        outbox_.send_bare(version_->to_wire());
    auto const width = static_cast<std::uint32_t>(layout_->width + 7) & ~7U;
    auto const height = static_cast<std::uint32_t>(layout_->height);
    outbox_.send_bare(wire::XConf{width, height, 24, width * height / 256 + 1});
    if (!extended())
        return {};
    input_.set_extended(true);
    port_.set_extended();
    if (color_scheme_)
        outbox_.send(wire::Type::x_color_scheme, WindowId{0}, wire::XColorScheme{*color_scheme_});
    if (keyboard_layout_)
        outbox_.send(wire::Type::x_keyboard_layout, WindowId{0}, *keyboard_layout_);
    return {};
}

/// What a turn gathers into one commit (which is counted there) however many the agent sends.
static bool joins_others(wire::Header const& header)
{
    auto const type = static_cast<wire::Type>(header.type);
    return type == wire::Type::shmimage || type == wire::Type::x_commit;
}

Verdict Session::handle_frame_of_agent(wire::Frame const& frame)
{
    trace_.add(Trace::Direction::from_agent, frame.header, frame.body);
    handling_ = frame.header;
    if (!joins_others(frame.header))
        ++work_;
    auto const message = TRY(wire::parse_agent_message(frame.header, frame.body, *version_));
    return std::visit([this](auto const& checked) { return handle(checked); }, message);
}

std::expected<Window*, wire::Violation> Session::known(WindowId id)
{
    if (Window* const window = windows_.find(id))
        return window;
    return broken(wire::Rule::unknown_window, id.value);
}

std::unexpected<wire::Violation> Session::broken(wire::Rule rule, std::uint64_t value) const
{
    return std::unexpected(wire::Violation{rule, handling_.type, handling_.window, value});
}

// ---- turns ----

Verdict Session::finish_turn(Time now)
{
    now_ = now;
    for (auto& [id, window] : windows_) {
        auto const outcome = window.geometry.handle_time(now);
        apply(window, outcome);
        bool const worth = window.image_new || (!window.damage.empty() && !window.frame_pending);
        if (worth && window.visible() && window.image)
            commit(window);
    }
    send_acks();
    outbox_.finish_turn(now);
    if (outbox_.flooded())
        return std::unexpected(wire::Violation{wire::Rule::flood, 0, 0, channel_.queued()});
    return {};
}

std::optional<Time> Session::deadline()
{
    std::optional<Time> soonest = outbox_.deadline();
    for (auto const& [id, window] : windows_)
        if (auto const due = window.geometry.deadline(); due && (!soonest || *due < *soonest))
            soonest = due;
    return soonest;
}

// ---- what the compositor says to the whole qube ----

void Session::handle_layout(Size size)
{
    layout_ = size;
    if (work_area_.empty())
        work_area_ = {0, 0, size.width, size.height};
}

void Session::handle_work_area(Rect const& area)
{
    work_area_ = area;
}

void Session::handle_permissions(std::uint32_t flags, std::uint32_t max_clipboard)
{
    profile_.allow_fullscreen = (flags & 1) != 0;
    profile_.allow_utf8_titles = (flags & 2) != 0;
    if (max_clipboard >= 256 && max_clipboard <= wire::max_clipboard_1_8)
        profile_.max_clipboard_size = max_clipboard;
}

void Session::handle_keyboard_layout(std::string_view layout, std::string_view variant,
                                     std::string_view options)
{
    wire::XKeyboardLayout message{};
    layout.copy(message.layout, sizeof(message.layout) - 1);
    variant.copy(message.variant, sizeof(message.variant) - 1);
    options.copy(message.options, sizeof(message.options) - 1);
    keyboard_layout_ = message;
    if (extended())
        outbox_.send(wire::Type::x_keyboard_layout, WindowId{0}, message);
}

void Session::handle_color_scheme(bool dark)
{
    color_scheme_ = dark ? 1 : 0;
    if (extended())
        outbox_.send(wire::Type::x_color_scheme, WindowId{0}, wire::XColorScheme{*color_scheme_});
}

void Session::handle_pointer_enter(WindowId window, std::int32_t fixed_x, std::int32_t fixed_y)
{
    Window const* const entered = windows_.find(window);
    if (!entered)
        return;
    input_.pointer_enter(window, fixed_x, fixed_y);
    port_.set_cursor(entered->cursor);
}

} // namespace vitrail::guid
