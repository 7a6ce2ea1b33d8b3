#include "compositor/bindings.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace vitrail::compositor {

namespace {

struct ActionName {
    std::string_view name;
    Action action;
};

constexpr std::array action_names{
    ActionName{"none", Action::none},
    ActionName{"terminal", Action::terminal},
    ActionName{"launcher", Action::launcher},
    ActionName{"copy", Action::copy},
    ActionName{"paste", Action::paste},
    ActionName{"lock", Action::lock},
    ActionName{"quit", Action::quit},
    ActionName{"close", Action::close},
    ActionName{"minimize", Action::minimize},
    ActionName{"maximize", Action::maximize},
    ActionName{"fullscreen", Action::fullscreen},
    ActionName{"attention", Action::attention},
    ActionName{"switch-next", Action::switch_next},
    ActionName{"switch-previous", Action::switch_previous},
    ActionName{"snap-left", Action::snap_left},
    ActionName{"snap-right", Action::snap_right},
    ActionName{"snap-up", Action::snap_up},
    ActionName{"snap-down", Action::snap_down},
    ActionName{"next-workspace", Action::next_workspace},
    ActionName{"previous-workspace", Action::previous_workspace},
    ActionName{"reload", Action::reload},
    ActionName{"next-layout", Action::next_layout},
};

std::uint32_t modifier_named(std::string_view name)
{
    if (name == "Super" || name == "Logo" || name == "Mod4")
        return Modifier::super;
    if (name == "Alt" || name == "Mod1")
        return Modifier::alt;
    if (name == "Ctrl" || name == "Control")
        return Modifier::ctrl;
    return name == "Shift" ? Modifier::shift : 0;
}

std::string quoted(std::string_view text)
{
    return "\"" + std::string(text) + "\"";
}

} // namespace

Result<Chord> parse_chord(std::string_view text)
{
    Chord chord;
    std::string_view rest = text;
    while (true) {
        std::size_t const plus = rest.find('+');
        if (plus == std::string_view::npos || plus + 1 == rest.size())
            break;
        std::uint32_t const modifier = modifier_named(rest.substr(0, plus));
        if (modifier == 0)
            return error("unknown modifier " + quoted(rest.substr(0, plus)) + " in " +
                         quoted(text));
        chord.modifiers |= modifier;
        rest.remove_prefix(plus + 1);
    }
    std::string name(rest);
    if (chord.modifiers == 0 && modifier_named(name) == Modifier::super)
        name = "Super_L";
    else if (name == "Enter")
        name = "Return";
    else if (name == "+")
        name = "plus";
    chord.keysym =
        xkb_keysym_to_lower(xkb_keysym_from_name(name.c_str(), XKB_KEYSYM_CASE_INSENSITIVE));
    if (chord.keysym == XKB_KEY_NoSymbol)
        return error("unknown key " + quoted(rest) + " in " + quoted(text));
    return chord;
}

Result<Binding> parse_action(std::string_view text)
{
    Binding binding;
    std::size_t const space = text.find(' ');
    std::string_view const verb = text.substr(0, space);
    std::string_view const argument =
        space == std::string_view::npos ? std::string_view{} : text.substr(space + 1);
    if (verb == "spawn") {
        if (argument.empty())
            return error("\"spawn\" wants a command");
        binding.action = Action::spawn;
        binding.command = argument;
        return binding;
    }
    if (verb == "workspace" || verb == "move-to-workspace") {
        auto const [end, failure] =
            std::from_chars(argument.data(), argument.data() + argument.size(), binding.number);
        if (failure != std::errc{} || end != argument.data() + argument.size() ||
            binding.number < 1 || binding.number > 99)
            return error(quoted(verb) + " wants a number from 1 to 99");
        binding.action = verb == "workspace" ? Action::workspace : Action::move_to_workspace;
        return binding;
    }
    for (ActionName const& known : action_names)
        if (known.name == text) {
            binding.action = known.action;
            return binding;
        }
    return error("unknown action " + quoted(text));
}

std::vector<Binding> default_bindings()
{
    using M = Modifier;
    std::vector<Binding> bindings{
        {{M::super, XKB_KEY_Return}, Action::terminal},
        {{0, XKB_KEY_Super_L}, Action::launcher},
        {{M::super, XKB_KEY_space}, Action::launcher},
        {{M::alt, XKB_KEY_Tab}, Action::switch_next},
        {{M::alt | M::shift, XKB_KEY_Tab}, Action::switch_previous},
        {{M::super, XKB_KEY_Tab}, Action::switch_next},
        {{M::super | M::shift, XKB_KEY_Tab}, Action::switch_previous},
        {{M::super, XKB_KEY_q}, Action::close},
        {{M::alt, XKB_KEY_F4}, Action::close},
        {{M::super, XKB_KEY_f}, Action::fullscreen},
        {{M::super, XKB_KEY_m}, Action::maximize},
        {{M::super, XKB_KEY_n}, Action::minimize},
        {{M::super, XKB_KEY_Left}, Action::snap_left},
        {{M::super, XKB_KEY_Right}, Action::snap_right},
        {{M::super, XKB_KEY_Up}, Action::snap_up},
        {{M::super, XKB_KEY_Down}, Action::snap_down},
        {{M::super, XKB_KEY_Next}, Action::next_workspace},
        {{M::super, XKB_KEY_Prior}, Action::previous_workspace},
        {{M::super, XKB_KEY_l}, Action::lock},
        {{M::super, XKB_KEY_Escape}, Action::attention},
        {{M::super | M::shift, XKB_KEY_r}, Action::reload},
        {{M::super | M::shift, XKB_KEY_e}, Action::quit},
        {{M::ctrl | M::shift, XKB_KEY_c}, Action::copy},
        {{M::ctrl | M::shift, XKB_KEY_v}, Action::paste},
    };
    for (int i = 1; i <= 9; ++i) {
        auto const digit = static_cast<xkb_keysym_t>(XKB_KEY_0 + i);
        bindings.push_back({{M::super, digit}, Action::workspace, i});
        bindings.push_back({{M::super | M::shift, digit}, Action::move_to_workspace, i});
    }
    return bindings;
}

void set_binding(std::vector<Binding>& bindings, Binding binding)
{
    std::erase_if(bindings, [&](Binding const& old) { return old.chord == binding.chord; });
    if (binding.action != Action::none)
        bindings.push_back(std::move(binding));
}

Binding const* find_binding(std::span<Binding const> bindings, std::uint32_t modifiers,
                            std::span<xkb_keysym_t const> keysyms)
{
    for (xkb_keysym_t const keysym : keysyms) {
        Chord const pressed{modifiers & Modifier::all, xkb_keysym_to_lower(keysym)};
        auto const found = std::ranges::find(bindings, pressed, &Binding::chord);
        if (found != bindings.end())
            return &*found;
    }
    return nullptr;
}

std::vector<xkb_keysym_t> binding_keysyms(xkb_state* state, xkb_keycode_t key)
{
    std::vector<xkb_keysym_t> keysyms;
    xkb_keymap* const keymap = xkb_state_get_keymap(state);
    xkb_layout_index_t const active = xkb_state_key_get_layout(state, key);
    auto const add = [&](xkb_layout_index_t layout) {
        xkb_keysym_t const* symbols = nullptr;
        int const count = xkb_keymap_key_get_syms_by_level(keymap, key, layout, 0, &symbols);
        keysyms.insert(keysyms.end(), symbols, symbols + count);
    };
    if (active == XKB_LAYOUT_INVALID)
        return keysyms;
    add(active);
    for (xkb_layout_index_t i = 0; i < xkb_keymap_num_layouts_for_key(keymap, key); ++i)
        if (i != active)
            add(i);
    return keysyms;
}

} // namespace vitrail::compositor
