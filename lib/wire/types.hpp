#pragma once

#include "lib/base/geometry.hpp"
#include "lib/base/strong.hpp"
#include "lib/base/text.hpp"
#include "lib/wire/message.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

/// Messages after the check: what parse_… returns and build_message takes.
///
/// Every number here is in range: sizes are at least 1 and at most the limits of message.hpp unless
/// the comment says otherwise, positions within ±16384 x ±6144, enums have one of their values.
/// What depends on state (does the window exist, is the buffer known) is the caller's to check.
/// Two namespaces, because the same name means different things in each direction.
namespace vitrail::wire {

/// 24.8 fixed point, as wl_fixed_t.
using Fixed = Strong<std::int32_t, struct FixedTag>;

/// Bits of WINDOW_FLAGS; unknown ones are dropped (fact sheet gui-protocol §5.7).
struct StateFlags {
    bool fullscreen = false;
    bool demands_attention = false;
    bool minimize = false;
    friend bool operator==(StateFlags const&, StateFlags const&) = default;
};

/// Damage of one commit, in pixels of the buffer; empty rectangles are possible. None at all: the
/// whole buffer.
struct DamageList {
    std::array<Rect, max_commit_rects> rects{};
    std::uint32_t count = 0;

    [[nodiscard]] std::span<Rect const> list() const { return std::span(rects).first(count); }
    void add(Rect const& rect) { rects[count++] = rect; }
    friend bool operator==(DamageList const& a, DamageList const& b)
    {
        return std::ranges::equal(a.list(), b.list());
    }
};

enum class BufferFormat : std::uint32_t { xrgb8888 = 0, argb8888 = 1 };
enum class PointerLockMode : std::uint32_t { none = 0, locked, confined };

/// A piece of a typed clipboard; `data` points into the frame.
struct ClipboardChunk {
    std::uint32_t serial = 0;
    std::uint32_t mime = 0; ///< index in the offer
    bool last = false;
    std::span<std::byte const> data;
};
/// Types on offer: printable ASCII of 1 to 255 bytes each, at most 64 of them; none: cleared.
struct ClipboardOffer {
    std::uint32_t serial = 0;
    std::vector<std::string> mime_types;
    friend bool operator==(ClipboardOffer const&, ClipboardOffer const&) = default;
};

/// What an agent sends: guid reads it.
namespace from_agent {

/// Content geometry in the qube's screen; clamped. A size of 0 or below is a violation.
struct Create {
    WindowId window;
    Rect geometry;
    bool override_redirect = false;
    friend bool operator==(Create const&, Create const&) = default;
};
struct Destroy {
    WindowId window;
    friend bool operator==(Destroy const&, Destroy const&) = default;
};
struct Map {
    WindowId window;
    std::optional<WindowId> transient_for; ///< may be unknown or the window itself: then ignore it
    bool override_redirect = false;
    friend bool operator==(Map const&, Map const&) = default;
};
struct Unmap {
    WindowId window;
    friend bool operator==(Unmap const&, Unmap const&) = default;
};
/// Request or acknowledgement (fact sheet gui-protocol §5.3). Too large is clamped, 0 a violation.
/// With the extension a size is a client's wish only; the commit says what the content covers.
struct Configure {
    WindowId window;
    Rect geometry;
    friend bool operator==(Configure const&, Configure const&) = default;
};
/// SHMIMAGE: this part of the image changed. Empty for a message to ignore; not yet clipped to the
/// image. Window-relative.
struct Damage {
    WindowId window;
    Rect area;
    friend bool operator==(Damage const&, Damage const&) = default;
};
/// Answer to CLIPBOARD_REQ; names no window (agents send a number of their own). `data` points into
/// the frame. At 1.8 one byte over the limit means "the selection is too large".
struct ClipboardData {
    std::span<std::byte const> data;
    bool too_large = false;
};
/// WMNAME: the bytes up to the first NUL, at most 127.
struct Title {
    WindowId window;
    UntrustedText title;
    friend bool operator==(Title const&, Title const&) = default;
};
struct Dock {
    WindowId window;
    friend bool operator==(Dock const&, Dock const&) = default;
};
/// WINDOW_HINTS: groups absent or out of range are nullopt (dropped: fact sheet gui-protocol §3.2).
/// Minimum, base and increment may be 0 in a dimension.
struct Hints {
    WindowId window;
    std::optional<Size> min, max, increment, base;
    bool us_position = false; ///< the user chose the position
    bool p_position = false;  ///< the program chose it
    friend bool operator==(Hints const&, Hints const&) = default;
};
/// WINDOW_FLAGS; no flag is both set and unset. Unset never holds minimize.
struct Flags {
    WindowId window;
    StateFlags set, unset;
    friend bool operator==(Flags const&, Flags const&) = default;
};
/// WMCLASS: each at most 63 bytes.
struct Class {
    WindowId window;
    UntrustedText res_class, res_name;
    friend bool operator==(Class const&, Class const&) = default;
};
/// WINDOW_DUMP: the window's image is now these pages: XRGB, stride 4 * width, offset 0. There are
/// enough references; whether they can be mapped is the transport's to say. One ACK each from 1.7.
struct Dump {
    WindowId window;
    Size size;
    std::vector<std::uint32_t> refs;
    friend bool operator==(Dump const&, Dump const&) = default;
};
/// glyph: even number of X's cursor font (fact sheet gui-protocol §13), or none: the default.
struct Cursor {
    WindowId window;
    std::optional<std::uint8_t> glyph;
    friend bool operator==(Cursor const&, Cursor const&) = default;
};

// ---- extension 1 (docs/protocols/gui-extension-1.md) -----------------------------------------

/// stride >= 4 * width, a multiple of 4; the references cover stride * height. argb8888 is at most
/// max_cursor_side in both dimensions.
struct Buffer {
    WindowId window;
    BufferId buffer;
    Size size;
    std::uint32_t stride = 0;
    BufferFormat format = BufferFormat::xrgb8888;
    std::vector<std::uint32_t> refs;
    friend bool operator==(Buffer const&, Buffer const&) = default;
};
struct BufferDestroy {
    WindowId window;
    BufferId buffer;
    friend bool operator==(BufferDestroy const&, BufferDestroy const&) = default;
};
struct Commit {
    WindowId window;
    BufferId buffer;
    std::uint32_t serial = 0;
    Size size; ///< layout units
    DamageList damage;
    friend bool operator==(Commit const&, Commit const&) = default;
};
/// anchor, gravity: 0 to 8; constraint_adjustment: 6 bits, as in xdg_positioner. The anchor's size
/// may be 0. Everything relative to the parent's content.
struct Popup {
    WindowId window;
    WindowId parent; ///< another window than `window`
    Rect anchor_rect;
    std::uint32_t anchor = 0, gravity = 0, constraint_adjustment = 0;
    Point offset;
    Size size;
    std::uint32_t token = 0;
    bool grab = false;
    friend bool operator==(Popup const&, Popup const&) = default;
};
struct CursorImage {
    struct Image {
        BufferId buffer;
        Size size; ///< layout units, at most max_cursor_side
        Point hotspot;
        friend bool operator==(Image const&, Image const&) = default;
    };
    WindowId window;
    std::optional<Image> image; ///< none: hide the cursor over this window
    friend bool operator==(CursorImage const&, CursorImage const&) = default;
};
/// edges: as in xdg_toplevel.resize; 0 unless kind is resize.
struct Request {
    WindowId window;
    RequestKind kind = RequestKind::move;
    std::uint32_t edges = 0;
    friend bool operator==(Request const&, Request const&) = default;
};
struct PointerLock {
    WindowId window;
    PointerLockMode mode = PointerLockMode::none;
    friend bool operator==(PointerLock const&, PointerLock const&) = default;
};
/// purpose, hints: as in zwp_text_input_v3. cursor: layout units of the window, may be empty.
struct TextInput {
    WindowId window;
    bool enabled = false;
    std::uint32_t purpose = 0, hints = 0;
    Rect cursor;
    friend bool operator==(TextInput const&, TextInput const&) = default;
};

} // namespace from_agent

using AgentMessage =
    std::variant<from_agent::Create, from_agent::Destroy, from_agent::Map, from_agent::Unmap,
                 from_agent::Configure, from_agent::Damage, from_agent::ClipboardData,
                 from_agent::Title, from_agent::Dock, from_agent::Hints, from_agent::Flags,
                 from_agent::Class, from_agent::Dump, from_agent::Cursor, from_agent::Buffer,
                 from_agent::BufferDestroy, from_agent::Commit, from_agent::Popup,
                 from_agent::CursorImage, from_agent::Request, ClipboardOffer, ClipboardChunk,
                 from_agent::PointerLock, from_agent::TextInput>;

/// What guid (or an original daemon) sends: the agent reads it.
namespace from_daemon {

/// state: X11 modifier mask before the event. keycode: evdev + 8, 8 to 255.
struct Keypress {
    WindowId window;
    bool pressed = false;
    Point position;
    std::uint32_t state = 0;
    std::uint32_t keycode = 8;
    friend bool operator==(Keypress const&, Keypress const&) = default;
};
/// button: 1 left, 2 middle, 3 right, 4-7 wheel, 8 back, 9 forward; 1 to 255.
struct Button {
    WindowId window;
    bool pressed = false;
    Point position;
    std::uint32_t state = 0;
    std::uint32_t button = 1;
    friend bool operator==(Button const&, Button const&) = default;
};
/// Window-relative; negative or beyond the size during a grab.
struct Motion {
    WindowId window;
    Point position;
    std::uint32_t state = 0;
    friend bool operator==(Motion const&, Motion const&) = default;
};
/// mode, detail: X11 numbers; agents act on mode 0 only.
struct Crossing {
    WindowId window;
    bool entered = false;
    Point position;
    std::uint32_t state = 0, mode = 0, detail = 0;
    bool focus = false;
    friend bool operator==(Crossing const&, Crossing const&) = default;
};
struct Focus {
    WindowId window;
    bool focused = false;
    std::uint32_t detail = 3; ///< X11: nonlinear
    friend bool operator==(Focus const&, Focus const&) = default;
};
/// Answer to the agent's DESTROY (from 1.5).
struct Destroy {
    WindowId window;
    friend bool operator==(Destroy const&, Destroy const&) = default;
};
/// Only for docked icons. The original leaves transient_for uninitialised: it is not read.
struct Map {
    WindowId window;
    bool override_redirect = false;
    friend bool operator==(Map const&, Map const&) = default;
};
struct Configure {
    WindowId window;
    Rect geometry;
    friend bool operator==(Configure const&, Configure const&) = default;
};
struct Close {
    WindowId window;
    friend bool operator==(Close const&, Close const&) = default;
};
struct ClipboardRequest {
    WindowId window; ///< the one with focus
    friend bool operator==(ClipboardRequest const&, ClipboardRequest const&) = default;
};
/// A paste. `data` points into the frame.
struct ClipboardData {
    WindowId window;
    std::span<std::byte const> data;
};
/// Keys that are down, by X keycode.
struct Keymap {
    std::array<std::uint8_t, 32> keys{};
    [[nodiscard]] bool down(std::uint8_t keycode) const
    {
        return (keys[keycode / 8u] >> (keycode % 8u) & 1u) != 0;
    }
    void set_down(std::uint8_t keycode)
    {
        keys[keycode / 8u] = static_cast<std::uint8_t>(keys[keycode / 8u] | 1u << (keycode % 8u));
    }
    friend bool operator==(Keymap const&, Keymap const&) = default;
};
struct Flags {
    WindowId window;
    StateFlags set, unset;
    friend bool operator==(Flags const&, Flags const&) = default;
};
struct DumpAck {
    WindowId window;
    friend bool operator==(DumpAck const&, DumpAck const&) = default;
};

// ---- extension 1 -----------------------------------------------------------------------------

struct BufferRelease {
    WindowId window;
    BufferId buffer;
    friend bool operator==(BufferRelease const&, BufferRelease const&) = default;
};
struct FrameDone {
    WindowId window;
    std::uint32_t time_ms = 0;
    friend bool operator==(FrameDone const&, FrameDone const&) = default;
};
struct Presented {
    WindowId window;
    std::uint64_t seconds = 0;
    std::uint32_t nanoseconds = 0, refresh_ns = 0, flags = 0;
    friend bool operator==(Presented const&, Presented const&) = default;
};
struct Visibility {
    WindowId window;
    bool visible = false;
    friend bool operator==(Visibility const&, Visibility const&) = default;
};
/// 30 to 1920 (a quarter to 16 times).
struct Scale {
    WindowId window;
    std::uint32_t scale_120 = 120;
    friend bool operator==(Scale const&, Scale const&) = default;
};
/// Width or height 0: the client chooses. bounds: the work area, 0 when unknown. states: bits
/// state_… of message.hpp.
struct ConfigureX {
    WindowId window;
    std::uint32_t serial = 0;
    Size size;
    std::uint32_t states = 0;
    Size bounds;
    friend bool operator==(ConfigureX const&, ConfigureX const&) = default;
};
struct PopupConfigure {
    WindowId window;
    std::uint32_t serial = 0, token = 0;
    Rect geometry; ///< relative to the parent's content
    friend bool operator==(PopupConfigure const&, PopupConfigure const&) = default;
};
struct PopupDone {
    WindowId window;
    friend bool operator==(PopupDone const&, PopupDone const&) = default;
};
struct MotionX {
    WindowId window;
    std::uint32_t time_ms = 0;
    Fixed x, y;
    friend bool operator==(MotionX const&, MotionX const&) = default;
};
enum class AxisKind : std::uint32_t { vertical = 0, horizontal = 1 };
/// source: 0 wheel, 1 finger, 2 continuous, 3 tilt; direction: 0 identical, 1 inverted.
struct Axis {
    WindowId window;
    std::uint32_t time_ms = 0;
    AxisKind axis = AxisKind::vertical;
    Fixed value;
    std::int32_t value_120 = 0;
    std::uint32_t source = 0, direction = 0;
    friend bool operator==(Axis const&, Axis const&) = default;
};
enum class TouchKind : std::uint32_t { up = 0, down, motion, frame, cancel };
struct Touch {
    WindowId window;
    TouchKind kind = TouchKind::up;
    std::int32_t id = 0;
    Fixed x, y;
    std::uint32_t time_ms = 0;
    friend bool operator==(Touch const&, Touch const&) = default;
};
enum class GestureKind : std::uint32_t { swipe = 0, pinch, hold };
enum class GesturePhase : std::uint32_t { begin = 0, update, end, cancelled };
struct Gesture {
    WindowId window;
    GestureKind kind = GestureKind::swipe;
    GesturePhase phase = GesturePhase::begin;
    std::uint32_t fingers = 0;
    Fixed dx, dy, scale, rotation;
    std::uint32_t time_ms = 0;
    friend bool operator==(Gesture const&, Gesture const&) = default;
};
struct ColorScheme {
    bool dark = false;
    friend bool operator==(ColorScheme const&, ColorScheme const&) = default;
};
/// Names of xkeyboard-config: letters, digits and _-,:()+. only.
struct KeyboardLayout {
    std::string layout, variant, options;
    friend bool operator==(KeyboardLayout const&, KeyboardLayout const&) = default;
};
/// The data of one type of the agent's offer is wanted.
struct ClipboardFetch {
    std::uint32_t serial = 0, mime = 0;
    friend bool operator==(ClipboardFetch const&, ClipboardFetch const&) = default;
};
struct RelativeMotion {
    WindowId window;
    std::uint32_t time_ms = 0;
    Fixed dx, dy;
    friend bool operator==(RelativeMotion const&, RelativeMotion const&) = default;
};
/// Preedit or commit of an input method; valid UTF-8. Cursor in bytes of the text, -1: hidden.
struct TextInputEvent {
    WindowId window;
    bool commit = false;
    std::int32_t cursor_begin = 0, cursor_end = 0;
    std::string text;
    friend bool operator==(TextInputEvent const&, TextInputEvent const&) = default;
};

} // namespace from_daemon

using DaemonMessage = std::variant<
    from_daemon::Keypress, from_daemon::Button, from_daemon::Motion, from_daemon::Crossing,
    from_daemon::Focus, from_daemon::Destroy, from_daemon::Map, from_daemon::Configure,
    from_daemon::Close, from_daemon::ClipboardRequest, from_daemon::ClipboardData,
    from_daemon::Keymap, from_daemon::Flags, from_daemon::DumpAck, from_daemon::BufferRelease,
    from_daemon::FrameDone, from_daemon::Presented, from_daemon::Visibility, from_daemon::Scale,
    from_daemon::ConfigureX, from_daemon::PopupConfigure, from_daemon::PopupDone,
    from_daemon::MotionX, from_daemon::Axis, from_daemon::Touch, from_daemon::Gesture,
    from_daemon::ColorScheme, from_daemon::KeyboardLayout, from_daemon::ClipboardFetch,
    from_daemon::RelativeMotion, from_daemon::TextInputEvent, ClipboardOffer, ClipboardChunk>;

/// `std::visit(Overloaded{[&](from_agent::Create const& m) { … }, …}, message);`
template <typename... F> struct Overloaded : F... {
    using F::operator()...;
};

} // namespace vitrail::wire
