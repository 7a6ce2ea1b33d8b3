#include "tests/support/input_driver.hpp"

#include "lib/os/fd.hpp"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>

#include "virtual-keyboard-unstable-v1-client-protocol.h"
#include "wlr-virtual-pointer-unstable-v1-client-protocol.h"

namespace vitrail::test {
namespace {

constexpr std::uint32_t xkb_offset = 8;

struct Stroke {
    std::uint32_t key; ///< evdev
    bool shift;
};

/// The key of the first two levels that gives this character.
std::optional<Stroke> find_stroke(xkb_keymap* keymap, xkb_keysym_t wanted)
{
    for (xkb_keycode_t key = xkb_keymap_min_keycode(keymap); key <= xkb_keymap_max_keycode(keymap);
         ++key)
        for (xkb_level_index_t level = 0; level < 2; ++level) {
            xkb_keysym_t const* symbols = nullptr;
            int const count = xkb_keymap_key_get_syms_by_level(keymap, key, 0, level, &symbols);
            if (count == 1 && symbols[0] == wanted && key >= xkb_offset)
                return Stroke{key - xkb_offset, level == 1};
        }
    return std::nullopt;
}

/// The next code point of well-formed UTF-8; anything else counts byte by byte.
std::uint32_t take_code_point(std::string_view& text)
{
    auto const lead = static_cast<std::uint8_t>(text.front());
    std::size_t const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (length == 1 || text.size() < length) {
        text.remove_prefix(1);
        return lead;
    }
    std::uint32_t point = lead & (0x7fu >> length);
    for (std::size_t i = 1; i < length; ++i)
        point = point << 6 | (static_cast<std::uint8_t>(text[i]) & 0x3f);
    text.remove_prefix(length);
    return point;
}

xkb_keysym_t symbol_of(std::uint32_t point)
{
    if (point == '\n')
        return XKB_KEY_Return;
    if (point == '\t')
        return XKB_KEY_Tab;
    return xkb_utf32_to_keysym(point);
}

} // namespace

Result<std::unique_ptr<InputDriver>> InputDriver::create(SessionClient& client, Size layout)
{
    std::unique_ptr<InputDriver> driver(new InputDriver(client, layout));
    TRY_VOID(driver->set_up());
    return driver;
}

InputDriver::~InputDriver()
{
    if (keyboard_)
        zwp_virtual_keyboard_v1_destroy(keyboard_);
    if (pointer_)
        zwlr_virtual_pointer_v1_destroy(pointer_);
    wl_display_flush(client_.display());
}

Result<> InputDriver::set_up()
{
    context_.reset(xkb_context_new(XKB_CONTEXT_NO_FLAGS));
    xkb_rule_names const names{"evdev", "pc105", "us", "", ""};
    keymap_.reset(xkb_keymap_new_from_names(context_.get(), &names, XKB_KEYMAP_COMPILE_NO_FLAGS));
    if (!keymap_)
        return error("the US keyboard layout cannot be compiled: is xkb-data installed?");
    state_.reset(xkb_state_new(keymap_.get()));
    Handle<char, std::free> const text(
        xkb_keymap_get_as_string(keymap_.get(), XKB_KEYMAP_FORMAT_TEXT_V1));
    std::size_t const size = std::strlen(text.get()) + 1;
    Fd const memory(memfd_create("keymap", MFD_CLOEXEC));
    if (!memory || ::write(memory.get(), text.get(), size) != static_cast<ssize_t>(size))
        return errno_error("memfd for the keymap");
    keyboard_ =
        zwp_virtual_keyboard_manager_v1_create_virtual_keyboard(client_.keyboards, client_.seat);
    zwp_virtual_keyboard_v1_keymap(keyboard_, WL_KEYBOARD_KEYMAP_FORMAT_XKB_V1, memory.get(),
                                   static_cast<std::uint32_t>(size));
    pointer_ =
        zwlr_virtual_pointer_manager_v1_create_virtual_pointer(client_.pointers, client_.seat);
    return client_.roundtrip();
}

void InputDriver::key_event(std::uint32_t key, bool pressed)
{
    xkb_state_component const changed =
        xkb_state_update_key(state_.get(), key + xkb_offset, pressed ? XKB_KEY_DOWN : XKB_KEY_UP);
    zwp_virtual_keyboard_v1_key(keyboard_, next_time(), key, pressed ? 1 : 0);
    if (changed != 0)
        zwp_virtual_keyboard_v1_modifiers(
            keyboard_, xkb_state_serialize_mods(state_.get(), XKB_STATE_MODS_DEPRESSED),
            xkb_state_serialize_mods(state_.get(), XKB_STATE_MODS_LATCHED),
            xkb_state_serialize_mods(state_.get(), XKB_STATE_MODS_LOCKED),
            xkb_state_serialize_layout(state_.get(), XKB_STATE_LAYOUT_EFFECTIVE));
}

Result<> InputDriver::type(std::string_view utf8)
{
    while (!utf8.empty()) {
        std::uint32_t const point = take_code_point(utf8);
        auto const stroke = find_stroke(keymap_.get(), symbol_of(point));
        if (!stroke)
            return error("no key of the US layout gives code point " + std::to_string(point));
        if (stroke->shift)
            key_event(KEY_LEFTSHIFT, true);
        key_event(stroke->key, true);
        key_event(stroke->key, false);
        if (stroke->shift)
            key_event(KEY_LEFTSHIFT, false);
        TRY_VOID(client_.roundtrip());
    }
    return {};
}

Result<> InputDriver::chord(std::vector<std::uint32_t> const& keys)
{
    for (std::uint32_t key : keys)
        key_event(key, true);
    TRY_VOID(client_.roundtrip());
    for (auto key = keys.rbegin(); key != keys.rend(); ++key)
        key_event(*key, false);
    return client_.roundtrip();
}

void InputDriver::motion(Point where)
{
    zwlr_virtual_pointer_v1_motion_absolute(
        pointer_, next_time(), static_cast<std::uint32_t>(where.x),
        static_cast<std::uint32_t>(where.y), static_cast<std::uint32_t>(layout_.width),
        static_cast<std::uint32_t>(layout_.height));
    zwlr_virtual_pointer_v1_frame(pointer_);
}

void InputDriver::button_event(std::uint32_t button, bool pressed)
{
    zwlr_virtual_pointer_v1_button(pointer_, next_time(), button, pressed ? 1 : 0);
    zwlr_virtual_pointer_v1_frame(pointer_);
}

Result<> InputDriver::move_to(Point where)
{
    motion(where);
    return client_.roundtrip();
}

Result<> InputDriver::click(Point where, std::uint32_t button)
{
    TRY_VOID(move_to(where));
    button_event(button, true);
    TRY_VOID(client_.roundtrip());
    button_event(button, false);
    return client_.roundtrip();
}

Result<> InputDriver::drag(Point from, Point to, std::uint32_t button)
{
    constexpr int steps = 8;
    TRY_VOID(move_to(from));
    button_event(button, true);
    TRY_VOID(client_.roundtrip());
    for (int step = 1; step <= steps; ++step) {
        motion({from.x + (to.x - from.x) * step / steps, from.y + (to.y - from.y) * step / steps});
        TRY_VOID(client_.roundtrip());
    }
    button_event(button, false);
    return client_.roundtrip();
}

Result<> InputDriver::scroll(int notches)
{
    zwlr_virtual_pointer_v1_axis_source(pointer_, WL_POINTER_AXIS_SOURCE_WHEEL);
    zwlr_virtual_pointer_v1_axis_discrete(pointer_, next_time(), WL_POINTER_AXIS_VERTICAL_SCROLL,
                                          wl_fixed_from_int(15 * notches), notches);
    zwlr_virtual_pointer_v1_frame(pointer_);
    return client_.roundtrip();
}

} // namespace vitrail::test
