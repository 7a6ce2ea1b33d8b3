#pragma once

#include "lib/base/result.hpp"

#include <xkbcommon/xkbcommon.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::compositor {

/// Modifier keys of a chord, as bits; Caps Lock and Num Lock never count. The values are those of
/// wlr_keyboard_modifier.
struct Modifier {
    static constexpr std::uint32_t shift = 1;
    static constexpr std::uint32_t ctrl = 4;
    static constexpr std::uint32_t alt = 8;
    static constexpr std::uint32_t super = 64;
    static constexpr std::uint32_t all = shift | ctrl | alt | super;
};

/// A key with the modifiers held. The keysym is lower case and without Shift's level: Super+Shift+1
/// is (super|shift, XKB_KEY_1) in every layout.
struct Chord {
    std::uint32_t modifiers = 0;
    xkb_keysym_t keysym = XKB_KEY_NoSymbol;
    friend bool operator==(Chord const&, Chord const&) = default;
};

enum class Action {
    none,
    spawn,    ///< argument: command
    terminal, ///< the configured terminal
    launcher, ///< to sessiond
    copy,     ///< clipboard chords, to the broker by sessiond
    paste,
    lock,
    quit,
    close,
    minimize,
    maximize,
    fullscreen,
    attention, ///< leave full screen, dim all and name all
    switch_next,
    switch_previous,
    snap_left,
    snap_right,
    snap_up,
    snap_down,
    workspace,         ///< number
    move_to_workspace, ///< number
    next_workspace,
    previous_workspace,
    reload,
    next_layout, ///< of the keyboard
};

struct Binding {
    Chord chord;
    Action action = Action::none;
    int number = 0;      ///< workspace, from 1
    std::string command; ///< of spawn

    friend bool operator==(Binding const&, Binding const&) = default;
};

/// "Super+Shift+Left", names of xkb keysyms, modifiers Super (Logo, Mod4), Alt, Ctrl (Control),
/// Shift. "Super" alone is that key pressed and released with nothing between. Fails with a
/// sentence that names the part not understood.
[[nodiscard]] Result<Chord> parse_chord(std::string_view text);

/// "close", "workspace 3", "spawn foot -e top", "none".
[[nodiscard]] Result<Binding> parse_action(std::string_view text);

/// What the desktop has without any configuration.
[[nodiscard]] std::vector<Binding> default_bindings();

/// Puts a binding in, in place of one with the same chord; Action::none takes it out.
void set_binding(std::vector<Binding>& bindings, Binding binding);

/// The binding of a key: `keysyms` are the key's symbols without modifiers in the active layout,
/// then those in the other layouts, so that Super+Q works while a Cyrillic layout is active.
[[nodiscard]] Binding const* find_binding(std::span<Binding const> bindings,
                                          std::uint32_t modifiers,
                                          std::span<xkb_keysym_t const> keysyms);

/// The symbols for find_binding() of a key (xkb keycode): first level of the active layout, then of
/// each other one.
[[nodiscard]] std::vector<xkb_keysym_t> binding_keysyms(xkb_state* state, xkb_keycode_t key);

} // namespace vitrail::compositor
