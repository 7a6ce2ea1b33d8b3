#pragma once

#include "lib/base/untrusted.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <string_view>

/// The GUI protocol: every message of versions 1.0 to 1.8 and of Vitrail's extension 1, as data.
///
/// One struct for the fixed part of each message, one row in `messages` for who sends it and how
/// long it is. Framing, names, tests, traces and fuzz dictionaries are read from that table.
/// All integers are little-endian, no struct has padding.
/// Source: fact sheet gui-protocol §2 and §3; the extension: docs/protocols/gui-extension-1.md.
namespace vitrail::wire {

inline constexpr std::uint32_t max_window_width = 16384;
inline constexpr std::uint32_t max_window_height = 6144;
inline constexpr std::uint32_t max_grant_refs = 98304;
inline constexpr std::uint32_t page_size = 4096;
/// Up to version 1.7, and from 1.8 on. At 1.8 one byte more is accepted on the wire: it says
/// "too large" (fact sheet gui-protocol §8.3).
inline constexpr std::uint32_t max_clipboard_1_7 = 65000;
inline constexpr std::uint32_t max_clipboard_1_8 = 256000;
inline constexpr std::uint32_t max_commit_rects = 32;
inline constexpr std::uint32_t max_mime_bytes = 4096;
inline constexpr std::uint32_t max_clipboard_chunk = 65536;
/// Pictures: the most that is worth sending to guid, and the most that an agent takes.
inline constexpr std::uint32_t max_image_copied = std::uint32_t{16} << 20;
inline constexpr std::uint32_t max_image_pasted = std::uint32_t{64} << 20;
/// Pixels of one side of a cursor image of the extension.
inline constexpr std::uint32_t max_cursor_side = 256;

/// major << 16 | minor on the wire. Minor 0x8008 is 1.8 plus extension 1 (design.md §5).
struct ProtocolVersion {
    std::uint16_t major = 1;
    std::uint16_t minor = 8;

    [[nodiscard]] static constexpr ProtocolVersion from_wire(std::uint32_t packed)
    {
        return {static_cast<std::uint16_t>(packed >> 16), static_cast<std::uint16_t>(packed)};
    }
    [[nodiscard]] constexpr std::uint32_t to_wire() const
    {
        return std::uint32_t{major} << 16 | minor;
    }
    [[nodiscard]] constexpr bool extended() const { return minor >= 0x8000; }
    /// The version of the original protocol that this one contains.
    [[nodiscard]] constexpr std::uint16_t base_minor() const
    {
        return static_cast<std::uint16_t>(minor & 0x7fff);
    }
    friend constexpr bool operator==(ProtocolVersion const&, ProtocolVersion const&) = default;
};
inline constexpr ProtocolVersion version_1_8{1, 8};
inline constexpr ProtocolVersion version_extended{1, 0x8008};

enum class Type : std::uint32_t {
    keypress = 124,
    button = 125,
    motion = 126,
    crossing = 127,
    focus = 128,
    resize = 129, ///< dead: never sent
    create = 130,
    destroy = 131,
    map = 132,
    unmap = 133,
    configure = 134,
    mfndump = 135, ///< deprecated since 1.2
    shmimage = 136,
    close = 137,
    execute = 138, ///< dead: never sent
    clipboard_req = 139,
    clipboard_data = 140,
    wmname = 141,
    keymap_notify = 142,
    dock = 143,
    window_hints = 144,
    window_flags = 145,
    wmclass = 146,
    window_dump = 147,
    cursor = 148,
    window_dump_ack = 149,
    // Extension 1, agent to guid.
    x_buffer = 0x5600,
    x_buffer_destroy = 0x5601,
    x_commit = 0x5602,
    x_popup = 0x5603,
    x_cursor_image = 0x5604,
    x_request = 0x5605,
    x_clipboard_offer = 0x5606, ///< both directions
    x_clipboard_chunk = 0x5607, ///< both directions
    x_pointer_lock = 0x5608,
    x_text_input = 0x5609,
    // Extension 1, guid to agent.
    x_buffer_release = 0x5680,
    x_frame_done = 0x5681,
    x_presented = 0x5682,
    x_visibility = 0x5683,
    x_scale = 0x5684,
    x_configure = 0x5685,
    x_popup_configure = 0x5686,
    x_popup_done = 0x5687,
    x_motion = 0x5688,
    x_axis = 0x5689,
    x_touch = 0x568a,
    x_gesture = 0x568b,
    x_color_scheme = 0x568c,
    x_keyboard_layout = 0x568d,
    x_clipboard_request = 0x568e,
    x_relative_motion = 0x568f,
    x_text_input_event = 0x5690,
};

struct Header {
    std::uint32_t type;
    std::uint32_t window;
    std::uint32_t length; ///< bytes of the body that follow
};

/// Sent by guid right after the versions, without a header. width is a multiple of 8; mem in KiB.
struct XConf {
    std::uint32_t width, height, depth, mem;
};

// ---- 1.0 to 1.8 ----------------------------------------------------------------------------

/// type: 2 press, 3 release (X11 numbers). state: modifiers before the event. keycode: evdev + 8.
struct Keypress {
    std::uint32_t type;
    std::int32_t x, y;
    std::uint32_t state, keycode;
};
/// type: 4 press, 5 release. button: 1 left, 2 middle, 3 right, 4-7 wheel, 8 back, 9 forward.
struct Button {
    std::uint32_t type;
    std::int32_t x, y;
    std::uint32_t state, button;
};
struct Motion {
    std::int32_t x, y;
    std::uint32_t state, is_hint;
};
/// type: 7 enter, 8 leave. mode 0 is normal, the only one agents act on.
struct Crossing {
    std::uint32_t type;
    std::int32_t x, y;
    std::uint32_t state, mode, detail, focus;
};
/// type: 9 in, 10 out.
struct Focus {
    std::uint32_t type, mode, detail;
};
struct Resize {
    std::uint32_t width, height;
};
/// Position of the content (no frame) in the coordinates of the qube's screen.
struct Create {
    std::int32_t x, y;
    std::uint32_t width, height, parent, override_redirect;
};
struct Map {
    std::uint32_t transient_for, override_redirect;
};
struct Configure {
    std::int32_t x, y;
    std::uint32_t width, height, override_redirect;
};
/// Followed by num_mfn frame numbers.
struct MfnDump {
    std::uint32_t shmid, width, height, bpp, offset, num_mfn, domid;
};
struct ShmImage {
    std::int32_t x, y;
    std::uint32_t width, height;
};
struct Execute {
    char command[255];
};
struct WmName {
    char data[128];
};
struct KeymapNotify {
    std::uint8_t keys[32]; ///< bit k % 8 of byte k / 8: X keycode k is down
};
struct WindowHints {
    std::uint32_t flags, min_width, min_height, max_width, max_height, width_inc, height_inc,
        base_width, base_height;
};
struct WindowFlags {
    std::uint32_t flags_set, flags_unset;
};
struct WmClass {
    char res_class[64], res_name[64];
};
/// Followed by grant references, in image order.
struct WindowDump {
    std::uint32_t type, width, height, bpp;
};
struct Cursor {
    std::uint32_t cursor;
};

inline constexpr std::uint32_t event_key_press = 2, event_key_release = 3, event_button_press = 4,
                               event_button_release = 5, event_enter = 7, event_leave = 8,
                               event_focus_in = 9, event_focus_out = 10;
inline constexpr std::uint32_t flag_fullscreen = 1, flag_demands_attention = 2, flag_minimize = 4;
inline constexpr std::uint32_t cursor_default = 0, cursor_x11 = 0x100, cursor_x11_max = 0x19a;
inline constexpr std::uint32_t hint_us_position = 1, hint_p_position = 4, hint_p_min_size = 16,
                               hint_p_max_size = 32, hint_p_resize_inc = 64, hint_p_base_size = 256;
inline constexpr std::uint32_t dump_type_grant_refs = 0;

// ---- extension 1 ----------------------------------------------------------------------------

/// Names a buffer of the header's window; followed by grant references. format: 0 XRGB8888,
/// 1 ARGB8888 premultiplied (cursor images only; windows are opaque). stride in bytes.
struct XBuffer {
    std::uint32_t buffer, width, height, stride, format;
};
/// The agent will not commit this buffer again. Its pages stay granted until the release.
struct XBufferDestroy {
    std::uint32_t buffer;
};
/// The window now shows `buffer`; followed by at most max_commit_rects damage rectangles
/// (Rectangle) in pixels of the buffer; none means all of it. serial: of the last XConfigure or
/// XPopupConfigure applied, else 0. width, height: the layout units that the buffer's content
/// covers.
struct XCommit {
    std::uint32_t buffer, serial, width, height;
};
struct Rectangle {
    std::int32_t x, y;
    std::uint32_t width, height;
};
/// Where a popup wants to be, as xdg_positioner says it, relative to the content of `parent`.
/// Sent between CREATE (override_redirect 1) and MAP, and again to reposition. anchor, gravity and
/// constraint_adjustment have xdg_positioner's numbers. grab: 1 when it was opened with one.
struct XPopup {
    std::uint32_t parent;
    std::int32_t anchor_x, anchor_y;
    std::uint32_t anchor_width, anchor_height, anchor, gravity, constraint_adjustment;
    std::int32_t offset_x, offset_y;
    std::uint32_t width, height, token, grab;
};
/// The cursor over the header's window: a buffer of it, covering width x height layout units.
/// buffer 0 hides the cursor.
struct XCursorImage {
    std::uint32_t buffer, width, height;
    std::int32_t hotspot_x, hotspot_y;
};
/// The window asks for something that a user's click in it began. kind: RequestKind; edges: as in
/// xdg_toplevel.resize.
struct XRequest {
    std::uint32_t kind, edges;
};
enum class RequestKind : std::uint32_t { move = 1, resize, maximize, unmaximize, show_menu };
/// Followed by mime types, each with its NUL.
struct XClipboardOffer {
    std::uint32_t serial;
};
/// A piece of the data of `serial` in mime type number `mime`; last: 1 for the final piece.
struct XClipboardChunk {
    std::uint32_t serial, mime, last;
};
/// mode: 0 none, 1 locked, 2 confined.
struct XPointerLock {
    std::uint32_t mode;
};
/// Whether a text field has focus, and its cursor rectangle in layout units of the window.
struct XTextInput {
    std::uint32_t enabled, purpose, hints;
    std::int32_t x, y, width, height;
};
/// guid does not read the buffer any more.
struct XBufferRelease {
    std::uint32_t buffer;
};
/// A good moment to draw the next frame; at most one commit is expected for it.
struct XFrameDone {
    std::uint32_t time_ms;
};
/// The last commit of the window was shown. flags: as in wp_presentation_feedback.
struct XPresented {
    std::uint32_t seconds_high, seconds_low, nanoseconds, refresh_ns, flags;
};
struct XVisibility {
    std::uint32_t visible;
};
struct XScale {
    std::uint32_t scale_120;
};
/// states: bits of ToplevelState. width or height 0: the client chooses. bounds: the work area.
struct XConfigure {
    std::uint32_t serial, width, height, states, bounds_width, bounds_height;
};
inline constexpr std::uint32_t state_maximized = 1, state_fullscreen = 2, state_activated = 4,
                               state_resizing = 8, state_tiled = 16;
/// Where the popup was placed, relative to the content of its parent. token: of the XPopup.
struct XPopupConfigure {
    std::uint32_t serial, token;
    std::int32_t x, y;
    std::uint32_t width, height;
};
/// Window-relative, 24.8 fixed point; takes the place of MOTION.
struct XMotion {
    std::uint32_t time_ms;
    std::int32_t x, y;
};
/// Takes the place of buttons 4 to 7. axis: 0 vertical, 1 horizontal; value 24.8 fixed point.
/// source, direction: as in wl_pointer.
struct XAxis {
    std::uint32_t time_ms, axis;
    std::int32_t value, value_120;
    std::uint32_t source, direction;
};
/// kind: 0 up, 1 down, 2 motion, 3 frame, 4 cancel. x, y: 24.8 fixed point.
struct XTouch {
    std::uint32_t kind;
    std::int32_t id, x, y;
    std::uint32_t time_ms;
};
/// kind: 0 swipe, 1 pinch, 2 hold; phase: 0 begin, 1 update, 2 end, 3 cancelled. 24.8 fixed point.
struct XGesture {
    std::uint32_t kind, phase, fingers;
    std::int32_t dx, dy, scale, rotation;
    std::uint32_t time_ms;
};
struct XColorScheme {
    std::uint32_t dark;
};
struct XKeyboardLayout {
    char layout[64], variant[64], options[128];
};
struct XClipboardRequest {
    std::uint32_t serial, mime;
};
struct XRelativeMotion {
    std::uint32_t time_ms;
    std::int32_t dx, dy;
};
/// kind: 0 preedit, 1 commit; followed by UTF-8 text of at most max_mime_bytes.
struct XTextInputEvent {
    std::uint32_t kind;
    std::int32_t cursor_begin, cursor_end;
};

// ---- the table --------------------------------------------------------------------------------

enum class From : std::uint8_t { agent, daemon, both };

/// One row a message: the only place where its facts stand.
struct Message {
    Type type;
    std::string_view name;
    From from;
    std::uint32_t fixed;     ///< bytes of the struct
    std::uint32_t unit;      ///< bytes of one element of the variable tail, 0 without one
    std::uint32_t max_units; ///< of the tail
    std::uint16_t since;     ///< minor version; 0x8008 for extension 1
};

namespace detail {
template <typename T>
consteval Message row(Type type, std::string_view name, From from, std::uint16_t since,
                      std::uint32_t unit = 0, std::uint32_t max_units = 0)
{
    static_assert(Pod<T>);
    return {type, name, from, sizeof(T), unit, max_units, since};
}
consteval Message bare(Type type, std::string_view name, From from, std::uint16_t since,
                       std::uint32_t unit = 0, std::uint32_t max_units = 0)
{
    return {type, name, from, 0, unit, max_units, since};
}
inline constexpr std::uint16_t ext = 0x8008;
} // namespace detail

inline constexpr std::array messages{
    detail::row<Keypress>(Type::keypress, "KEYPRESS", From::daemon, 0),
    detail::row<Button>(Type::button, "BUTTON", From::daemon, 0),
    detail::row<Motion>(Type::motion, "MOTION", From::daemon, 0),
    detail::row<Crossing>(Type::crossing, "CROSSING", From::daemon, 0),
    detail::row<Focus>(Type::focus, "FOCUS", From::daemon, 0),
    detail::row<Resize>(Type::resize, "RESIZE", From::daemon, 0),
    detail::row<Create>(Type::create, "CREATE", From::agent, 0),
    detail::bare(Type::destroy, "DESTROY", From::both, 0),
    detail::row<Map>(Type::map, "MAP", From::both, 0),
    detail::bare(Type::unmap, "UNMAP", From::agent, 0),
    detail::row<Configure>(Type::configure, "CONFIGURE", From::both, 0),
    detail::row<MfnDump>(Type::mfndump, "MFNDUMP", From::agent, 0, 4, max_grant_refs),
    detail::row<ShmImage>(Type::shmimage, "SHMIMAGE", From::agent, 0),
    detail::bare(Type::close, "CLOSE", From::daemon, 0),
    detail::row<Execute>(Type::execute, "EXECUTE", From::daemon, 0),
    detail::bare(Type::clipboard_req, "CLIPBOARD_REQ", From::daemon, 0),
    detail::bare(Type::clipboard_data, "CLIPBOARD_DATA", From::both, 0, 1, max_clipboard_1_8 + 1),
    detail::row<WmName>(Type::wmname, "WMNAME", From::agent, 0),
    detail::row<KeymapNotify>(Type::keymap_notify, "KEYMAP_NOTIFY", From::daemon, 0),
    detail::bare(Type::dock, "DOCK", From::agent, 0),
    detail::row<WindowHints>(Type::window_hints, "WINDOW_HINTS", From::agent, 0),
    detail::row<WindowFlags>(Type::window_flags, "WINDOW_FLAGS", From::both, 0),
    detail::row<WmClass>(Type::wmclass, "WMCLASS", From::agent, 1),
    detail::row<WindowDump>(Type::window_dump, "WINDOW_DUMP", From::agent, 2, 4, max_grant_refs),
    detail::row<Cursor>(Type::cursor, "CURSOR", From::agent, 3),
    detail::bare(Type::window_dump_ack, "WINDOW_DUMP_ACK", From::daemon, 7),
    detail::row<XBuffer>(Type::x_buffer, "X_BUFFER", From::agent, detail::ext, 4, max_grant_refs),
    detail::row<XBufferDestroy>(Type::x_buffer_destroy, "X_BUFFER_DESTROY", From::agent,
                                detail::ext),
    detail::row<XCommit>(Type::x_commit, "X_COMMIT", From::agent, detail::ext, sizeof(Rectangle),
                         max_commit_rects),
    detail::row<XPopup>(Type::x_popup, "X_POPUP", From::agent, detail::ext),
    detail::row<XCursorImage>(Type::x_cursor_image, "X_CURSOR_IMAGE", From::agent, detail::ext),
    detail::row<XRequest>(Type::x_request, "X_REQUEST", From::agent, detail::ext),
    detail::row<XClipboardOffer>(Type::x_clipboard_offer, "X_CLIPBOARD_OFFER", From::both,
                                 detail::ext, 1, max_mime_bytes),
    detail::row<XClipboardChunk>(Type::x_clipboard_chunk, "X_CLIPBOARD_CHUNK", From::both,
                                 detail::ext, 1, max_clipboard_chunk),
    detail::row<XPointerLock>(Type::x_pointer_lock, "X_POINTER_LOCK", From::agent, detail::ext),
    detail::row<XTextInput>(Type::x_text_input, "X_TEXT_INPUT", From::agent, detail::ext),
    detail::row<XBufferRelease>(Type::x_buffer_release, "X_BUFFER_RELEASE", From::daemon,
                                detail::ext),
    detail::row<XFrameDone>(Type::x_frame_done, "X_FRAME_DONE", From::daemon, detail::ext),
    detail::row<XPresented>(Type::x_presented, "X_PRESENTED", From::daemon, detail::ext),
    detail::row<XVisibility>(Type::x_visibility, "X_VISIBILITY", From::daemon, detail::ext),
    detail::row<XScale>(Type::x_scale, "X_SCALE", From::daemon, detail::ext),
    detail::row<XConfigure>(Type::x_configure, "X_CONFIGURE", From::daemon, detail::ext),
    detail::row<XPopupConfigure>(Type::x_popup_configure, "X_POPUP_CONFIGURE", From::daemon,
                                 detail::ext),
    detail::bare(Type::x_popup_done, "X_POPUP_DONE", From::daemon, detail::ext),
    detail::row<XMotion>(Type::x_motion, "X_MOTION", From::daemon, detail::ext),
    detail::row<XAxis>(Type::x_axis, "X_AXIS", From::daemon, detail::ext),
    detail::row<XTouch>(Type::x_touch, "X_TOUCH", From::daemon, detail::ext),
    detail::row<XGesture>(Type::x_gesture, "X_GESTURE", From::daemon, detail::ext),
    detail::row<XColorScheme>(Type::x_color_scheme, "X_COLOR_SCHEME", From::daemon, detail::ext),
    detail::row<XKeyboardLayout>(Type::x_keyboard_layout, "X_KEYBOARD_LAYOUT", From::daemon,
                                 detail::ext),
    detail::row<XClipboardRequest>(Type::x_clipboard_request, "X_CLIPBOARD_REQUEST", From::daemon,
                                   detail::ext),
    detail::row<XRelativeMotion>(Type::x_relative_motion, "X_RELATIVE_MOTION", From::daemon,
                                 detail::ext),
    detail::row<XTextInputEvent>(Type::x_text_input_event, "X_TEXT_INPUT_EVENT", From::daemon,
                                 detail::ext, 1, max_mime_bytes),
};

/// The row of a type number, or null.
[[nodiscard]] constexpr Message const* find_message(std::uint32_t type)
{
    for (auto const& message : messages)
        if (static_cast<std::uint32_t>(message.type) == type)
            return &message;
    return nullptr;
}
[[nodiscard]] constexpr Message const& message(Type type)
{
    return *find_message(static_cast<std::uint32_t>(type));
}

/// Whether a body of `length` bytes is possible for this message by the strict rule (from 1.6 on).
[[nodiscard]] constexpr bool accepts(Message const& message, std::uint32_t length)
{
    if (length < message.fixed)
        return false;
    std::uint32_t const tail = length - message.fixed;
    if (message.unit == 0)
        return tail == 0;
    return tail % message.unit == 0 && tail / message.unit <= message.max_units;
}

static_assert(sizeof(Header) == 12 && sizeof(XConf) == 16);
static_assert(accepts(message(Type::create), 24) && !accepts(message(Type::create), 25));
static_assert(accepts(message(Type::window_dump), 16 + 4 * max_grant_refs));
static_assert(!accepts(message(Type::window_dump), 16 + 4 * max_grant_refs + 4));
static_assert(accepts(message(Type::clipboard_data), max_clipboard_1_8 + 1));
static_assert(message(Type::wmclass).fixed == 128 && message(Type::crossing).fixed == 28);
static_assert(message(Type::window_hints).fixed == 36 && message(Type::x_popup).fixed == 56);

} // namespace vitrail::wire
