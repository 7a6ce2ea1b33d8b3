#include "lib/wire/build.hpp"

#include "lib/base/assert.hpp"
#include "lib/base/utf8.hpp"

#include <algorithm>
#include <cstring>

namespace vitrail::wire {

namespace {

void append(Bytes& out, std::span<std::byte const> bytes)
{
    out.insert(out.end(), bytes.begin(), bytes.end());
}

template <Pod T> void append_value(Bytes& out, T const& value)
{
    append(out, std::as_bytes(std::span(&value, 1)));
}

std::uint32_t unsigned_of(std::int32_t value)
{
    return static_cast<std::uint32_t>(std::max(value, 0));
}

void build_bare(Bytes& out, Type type, WindowId window)
{
    build_raw(out, static_cast<std::uint32_t>(type), window.value, {});
}

std::span<std::byte const> bytes_of(std::vector<std::uint32_t> const& refs)
{
    VITRAIL_ASSERT(refs.size() <= max_grant_refs);
    return std::as_bytes(std::span(refs));
}

/// Zero-filled to the end of the field. Too long: cut between characters, with the ellipsis that
/// the original daemon knows (fact sheet gui-protocol §6.5).
template <std::size_t N> void put_text(char (&field)[N], std::string_view text)
{
    constexpr std::string_view ellipsis = "\xe2\x80\xa6";
    std::memset(field, 0, N);
    bool const fits = text.size() < N;
    std::string_view const kept = fits ? text : cut_utf8(text, N - 1 - ellipsis.size());
    std::ranges::copy(kept, field);
    if (!fits)
        std::ranges::copy(ellipsis, field + kept.size());
}

std::uint32_t flag_bits(StateFlags const& flags)
{
    return (flags.fullscreen ? flag_fullscreen : 0) |
           (flags.demands_attention ? flag_demands_attention : 0) |
           (flags.minimize ? flag_minimize : 0);
}

} // namespace

void build_raw(Bytes& out, std::uint32_t type, std::uint32_t window,
               std::span<std::byte const> body)
{
    append_value(out, Header{type, window, static_cast<std::uint32_t>(body.size())});
    append(out, body);
}

void build_version(Bytes& out, ProtocolVersion version)
{
    append_value(out, version.to_wire());
}

void build_xconf(Bytes& out, Size screen)
{
    std::uint32_t const width = (unsigned_of(screen.width) + 7) / 8 * 8;
    std::uint32_t const height = unsigned_of(screen.height);
    append_value(out, XConf{width, height, 24, width * height * 4 / 1024 + 1});
}

// ---- agent to guid ---------------------------------------------------------------------------

void build_message(Bytes& out, from_agent::Create const& message)
{
    auto const& [x, y, width, height] = message.geometry;
    build_raw(out, Type::create, message.window.value,
              Create{x, y, unsigned_of(width), unsigned_of(height), 0,
                     message.override_redirect ? 1u : 0u});
}

void build_message(Bytes& out, from_agent::Destroy const& message)
{
    build_bare(out, Type::destroy, message.window);
}

void build_message(Bytes& out, from_agent::Map const& message)
{
    build_raw(out, Type::map, message.window.value,
              Map{message.transient_for.value_or(WindowId(0)).value,
                  message.override_redirect ? 1u : 0u});
}

void build_message(Bytes& out, from_agent::Unmap const& message)
{
    build_bare(out, Type::unmap, message.window);
}

void build_message(Bytes& out, from_agent::Configure const& message)
{
    auto const& [x, y, width, height] = message.geometry;
    build_raw(out, Type::configure, message.window.value,
              Configure{x, y, unsigned_of(width), unsigned_of(height), 0});
}

void build_message(Bytes& out, from_agent::Damage const& message)
{
    auto const& [x, y, width, height] = message.area;
    build_raw(out, Type::shmimage, message.window.value,
              ShmImage{x, y, unsigned_of(width), unsigned_of(height)});
}

void build_message(Bytes& out, from_agent::ClipboardData const& message)
{
    build_raw(out, static_cast<std::uint32_t>(Type::clipboard_data), 0, message.data);
}

void build_message(Bytes& out, from_agent::Title const& message)
{
    WmName body;
    put_text(body.data, message.title.untrusted_bytes());
    build_raw(out, Type::wmname, message.window.value, body);
}

void build_message(Bytes& out, from_agent::Dock const& message)
{
    build_bare(out, Type::dock, message.window);
}

void build_message(Bytes& out, from_agent::Hints const& message)
{
    WindowHints body{};
    auto const put = [&](std::optional<Size> const& size, std::uint32_t flag, std::uint32_t& width,
                         std::uint32_t& height) {
        if (!size)
            return;
        body.flags |= flag;
        width = unsigned_of(size->width);
        height = unsigned_of(size->height);
    };
    put(message.min, hint_p_min_size, body.min_width, body.min_height);
    put(message.max, hint_p_max_size, body.max_width, body.max_height);
    put(message.increment, hint_p_resize_inc, body.width_inc, body.height_inc);
    put(message.base, hint_p_base_size, body.base_width, body.base_height);
    body.flags |= message.us_position ? hint_us_position : 0;
    body.flags |= message.p_position ? hint_p_position : 0;
    build_raw(out, Type::window_hints, message.window.value, body);
}

void build_message(Bytes& out, from_agent::Flags const& message)
{
    build_raw(out, Type::window_flags, message.window.value,
              WindowFlags{flag_bits(message.set), flag_bits(message.unset)});
}

void build_message(Bytes& out, from_agent::Class const& message)
{
    WmClass body;
    put_text(body.res_class, message.res_class.untrusted_bytes());
    put_text(body.res_name, message.res_name.untrusted_bytes());
    build_raw(out, Type::wmclass, message.window.value, body);
}

void build_message(Bytes& out, from_agent::Dump const& message)
{
    build_raw(out, Type::window_dump, message.window.value,
              WindowDump{dump_type_grant_refs, unsigned_of(message.size.width),
                         unsigned_of(message.size.height), 24},
              bytes_of(message.refs));
}

void build_message(Bytes& out, from_agent::Cursor const& message)
{
    build_raw(out, Type::cursor, message.window.value,
              Cursor{message.glyph ? cursor_x11 + *message.glyph : cursor_default});
}

void build_message(Bytes& out, from_agent::Buffer const& message)
{
    build_raw(out, Type::x_buffer, message.window.value,
              XBuffer{message.buffer.value, unsigned_of(message.size.width),
                      unsigned_of(message.size.height), message.stride,
                      static_cast<std::uint32_t>(message.format)},
              bytes_of(message.refs));
}

void build_message(Bytes& out, from_agent::BufferDestroy const& message)
{
    build_raw(out, Type::x_buffer_destroy, message.window.value,
              XBufferDestroy{message.buffer.value});
}

void build_message(Bytes& out, from_agent::Commit const& message)
{
    Bytes tail;
    for (Rect const& rect : message.damage.list())
        append_value(tail,
                     Rectangle{rect.x, rect.y, unsigned_of(rect.width), unsigned_of(rect.height)});
    build_raw(out, Type::x_commit, message.window.value,
              XCommit{message.buffer.value, message.serial, unsigned_of(message.size.width),
                      unsigned_of(message.size.height)},
              tail);
}

void build_message(Bytes& out, from_agent::Popup const& message)
{
    auto const& anchor = message.anchor_rect;
    build_raw(out, Type::x_popup, message.window.value,
              XPopup{message.parent.value, anchor.x, anchor.y, unsigned_of(anchor.width),
                     unsigned_of(anchor.height), message.anchor, message.gravity,
                     message.constraint_adjustment, message.offset.x, message.offset.y,
                     unsigned_of(message.size.width), unsigned_of(message.size.height),
                     message.token, message.grab ? 1u : 0u});
}

void build_message(Bytes& out, from_agent::CursorImage const& message)
{
    XCursorImage body{};
    if (message.image)
        body = {message.image->buffer.value, unsigned_of(message.image->size.width),
                unsigned_of(message.image->size.height), message.image->hotspot.x,
                message.image->hotspot.y};
    build_raw(out, Type::x_cursor_image, message.window.value, body);
}

void build_message(Bytes& out, from_agent::Request const& message)
{
    build_raw(out, Type::x_request, message.window.value,
              XRequest{static_cast<std::uint32_t>(message.kind), message.edges});
}

void build_message(Bytes& out, from_agent::PointerLock const& message)
{
    build_raw(out, Type::x_pointer_lock, message.window.value,
              XPointerLock{static_cast<std::uint32_t>(message.mode)});
}

void build_message(Bytes& out, from_agent::TextInput const& message)
{
    auto const& [x, y, width, height] = message.cursor;
    build_raw(
        out, Type::x_text_input, message.window.value,
        XTextInput{message.enabled ? 1u : 0u, message.purpose, message.hints, x, y, width, height});
}

// ---- both directions -------------------------------------------------------------------------

void build_message(Bytes& out, ClipboardOffer const& message)
{
    Bytes tail;
    for (std::string const& mime_type : message.mime_types)
        append(tail, std::as_bytes(std::span(mime_type.c_str(), mime_type.size() + 1)));
    VITRAIL_ASSERT(tail.size() <= max_mime_bytes);
    build_raw(out, Type::x_clipboard_offer, 0, XClipboardOffer{message.serial}, tail);
}

void build_message(Bytes& out, ClipboardChunk const& message)
{
    VITRAIL_ASSERT(message.data.size() <= max_clipboard_chunk);
    build_raw(out, Type::x_clipboard_chunk, 0,
              XClipboardChunk{message.serial, message.mime, message.last ? 1u : 0u}, message.data);
}

// ---- guid to agent ---------------------------------------------------------------------------

void build_message(Bytes& out, from_daemon::Keypress const& message)
{
    build_raw(out, Type::keypress, message.window.value,
              Keypress{message.pressed ? event_key_press : event_key_release, message.position.x,
                       message.position.y, message.state, message.keycode});
}

void build_message(Bytes& out, from_daemon::Button const& message)
{
    build_raw(out, Type::button, message.window.value,
              Button{message.pressed ? event_button_press : event_button_release,
                     message.position.x, message.position.y, message.state, message.button});
}

void build_message(Bytes& out, from_daemon::Motion const& message)
{
    build_raw(out, Type::motion, message.window.value,
              Motion{message.position.x, message.position.y, message.state, 0});
}

void build_message(Bytes& out, from_daemon::Crossing const& message)
{
    build_raw(out, Type::crossing, message.window.value,
              Crossing{message.entered ? event_enter : event_leave, message.position.x,
                       message.position.y, message.state, message.mode, message.detail,
                       message.focus ? 1u : 0u});
}

void build_message(Bytes& out, from_daemon::Focus const& message)
{
    build_raw(out, Type::focus, message.window.value,
              Focus{message.focused ? event_focus_in : event_focus_out, 0, message.detail});
}

void build_message(Bytes& out, from_daemon::Destroy const& message)
{
    build_bare(out, Type::destroy, message.window);
}

void build_message(Bytes& out, from_daemon::Map const& message)
{
    build_raw(out, Type::map, message.window.value, Map{0, message.override_redirect ? 1u : 0u});
}

void build_message(Bytes& out, from_daemon::Configure const& message)
{
    auto const& [x, y, width, height] = message.geometry;
    build_raw(out, Type::configure, message.window.value,
              Configure{x, y, unsigned_of(width), unsigned_of(height), 0});
}

void build_message(Bytes& out, from_daemon::Close const& message)
{
    build_bare(out, Type::close, message.window);
}

void build_message(Bytes& out, from_daemon::ClipboardRequest const& message)
{
    build_bare(out, Type::clipboard_req, message.window);
}

void build_message(Bytes& out, from_daemon::ClipboardData const& message, ProtocolVersion version)
{
    auto const length = static_cast<std::uint32_t>(message.data.size());
    build_raw(out, static_cast<std::uint32_t>(Type::clipboard_data),
              version.minor < 2 ? length : message.window.value, message.data);
}

void build_message(Bytes& out, from_daemon::Keymap const& message)
{
    KeymapNotify body;
    std::ranges::copy(message.keys, body.keys);
    build_raw(out, Type::keymap_notify, 0, body);
}

void build_message(Bytes& out, from_daemon::Flags const& message)
{
    build_raw(out, Type::window_flags, message.window.value,
              WindowFlags{flag_bits(message.set), flag_bits(message.unset)});
}

void build_message(Bytes& out, from_daemon::DumpAck const& message)
{
    build_bare(out, Type::window_dump_ack, message.window);
}

void build_message(Bytes& out, from_daemon::BufferRelease const& message)
{
    build_raw(out, Type::x_buffer_release, message.window.value,
              XBufferRelease{message.buffer.value});
}

void build_message(Bytes& out, from_daemon::FrameDone const& message)
{
    build_raw(out, Type::x_frame_done, message.window.value, XFrameDone{message.time_ms});
}

void build_message(Bytes& out, from_daemon::Presented const& message)
{
    build_raw(out, Type::x_presented, message.window.value,
              XPresented{static_cast<std::uint32_t>(message.seconds >> 32),
                         static_cast<std::uint32_t>(message.seconds), message.nanoseconds,
                         message.refresh_ns, message.flags});
}

void build_message(Bytes& out, from_daemon::Visibility const& message)
{
    build_raw(out, Type::x_visibility, message.window.value,
              XVisibility{message.visible ? 1u : 0u});
}

void build_message(Bytes& out, from_daemon::Scale const& message)
{
    build_raw(out, Type::x_scale, message.window.value, XScale{message.scale_120});
}

void build_message(Bytes& out, from_daemon::ConfigureX const& message)
{
    build_raw(out, Type::x_configure, message.window.value,
              XConfigure{message.serial, unsigned_of(message.size.width),
                         unsigned_of(message.size.height), message.states,
                         unsigned_of(message.bounds.width), unsigned_of(message.bounds.height)});
}

void build_message(Bytes& out, from_daemon::PopupConfigure const& message)
{
    auto const& [x, y, width, height] = message.geometry;
    build_raw(out, Type::x_popup_configure, message.window.value,
              XPopupConfigure{message.serial, message.token, x, y, unsigned_of(width),
                              unsigned_of(height)});
}

void build_message(Bytes& out, from_daemon::PopupDone const& message)
{
    build_bare(out, Type::x_popup_done, message.window);
}

void build_message(Bytes& out, from_daemon::MotionX const& message)
{
    build_raw(out, Type::x_motion, message.window.value,
              XMotion{message.time_ms, message.x.value, message.y.value});
}

void build_message(Bytes& out, from_daemon::Axis const& message)
{
    build_raw(out, Type::x_axis, message.window.value,
              XAxis{message.time_ms, static_cast<std::uint32_t>(message.axis), message.value.value,
                    message.value_120, message.source, message.direction});
}

void build_message(Bytes& out, from_daemon::Touch const& message)
{
    build_raw(out, Type::x_touch, message.window.value,
              XTouch{static_cast<std::uint32_t>(message.kind), message.id, message.x.value,
                     message.y.value, message.time_ms});
}

void build_message(Bytes& out, from_daemon::Gesture const& message)
{
    build_raw(out, Type::x_gesture, message.window.value,
              XGesture{static_cast<std::uint32_t>(message.kind),
                       static_cast<std::uint32_t>(message.phase), message.fingers, message.dx.value,
                       message.dy.value, message.scale.value, message.rotation.value,
                       message.time_ms});
}

void build_message(Bytes& out, from_daemon::ColorScheme const& message)
{
    build_raw(out, Type::x_color_scheme, 0, XColorScheme{message.dark ? 1u : 0u});
}

void build_message(Bytes& out, from_daemon::KeyboardLayout const& message)
{
    XKeyboardLayout body;
    put_text(body.layout, message.layout);
    put_text(body.variant, message.variant);
    put_text(body.options, message.options);
    build_raw(out, Type::x_keyboard_layout, 0, body);
}

void build_message(Bytes& out, from_daemon::ClipboardFetch const& message)
{
    build_raw(out, Type::x_clipboard_request, 0, XClipboardRequest{message.serial, message.mime});
}

void build_message(Bytes& out, from_daemon::RelativeMotion const& message)
{
    build_raw(out, Type::x_relative_motion, message.window.value,
              XRelativeMotion{message.time_ms, message.dx.value, message.dy.value});
}

void build_message(Bytes& out, from_daemon::TextInputEvent const& message)
{
    std::string_view const text = cut_utf8(message.text, max_mime_bytes);
    build_raw(out, Type::x_text_input_event, message.window.value,
              XTextInputEvent{message.commit ? 1u : 0u, message.cursor_begin, message.cursor_end},
              std::as_bytes(std::span(text)));
}

} // namespace vitrail::wire
