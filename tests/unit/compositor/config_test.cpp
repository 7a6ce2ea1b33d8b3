#include "compositor/config.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace vitrail::compositor {
namespace {

std::string mistake(std::string_view text)
{
    auto const config = parse_config(text, "vitrail.toml");
    return config ? "accepted" : config.error().what;
}

TEST(Config, an_empty_file_is_the_defaults)
{
    auto const config = parse_config("", "vitrail.toml");
    ASSERT_TRUE(config);
    EXPECT_EQ(*config, Config{});
}

TEST(Config, a_missing_file_is_the_defaults)
{
    auto const config = load_config("/nonexistent/vitrail.toml");
    ASSERT_TRUE(config);
    EXPECT_EQ(*config, Config{});
}

TEST(Config, the_shipped_file_says_what_the_defaults_are)
{
    auto config = load_config(SHIPPED_CONFIG);
    ASSERT_TRUE(config) << config.error().what;
    Config defaults;
    EXPECT_TRUE(std::ranges::is_permutation(config->bindings, defaults.bindings));
    config->bindings = defaults.bindings;
    EXPECT_EQ(*config, defaults);
}

TEST(Config, every_setting_is_read)
{
    auto const config = parse_config(R"(
theme = "dark"
terminal = "foot -e fish"
[keyboard]
layout = "us,ru"
options = "grp:caps_toggle"
repeat-rate = 40
repeat-delay = 250
[windows]
focus = "follows-pointer"
gap = 0
workspaces = 9
[clipboard]
keep = 0
moment = 10000
[[output]]
name = "DP-1"
mode = "2560x1440@59.95"
scale = 1.5
position = [-1920, 0]
transform = 90
[[output]]
name = "*"
scale = 2
[bindings]
"Super+E" = "spawn thunar"
"Super+Q" = "none"
)",
                                     "vitrail.toml");
    ASSERT_TRUE(config) << config.error().what;
    EXPECT_EQ(config->theme, ThemeChoice::dark);
    EXPECT_EQ(config->keyboard.layout, "us,ru");
    EXPECT_EQ(config->keyboard.repeat_delay, 250);
    EXPECT_EQ(config->focus, FocusMode::follows_pointer);
    EXPECT_EQ(config->clipboard, (ClipboardConfig{.keep = 0, .moment = 10000}));
    EXPECT_EQ(config->output("DP-1")->mode->refresh, 59950);
    EXPECT_EQ(config->output("DP-1")->position, (Point{-1920, 0}));
    EXPECT_EQ(config->output("HDMI-A-1")->scale, 2.0);
    xkb_keysym_t const e = XKB_KEY_e;
    xkb_keysym_t const q = XKB_KEY_q;
    EXPECT_EQ(find_binding(config->bindings, Modifier::super, {&e, 1})->command, "thunar");
    EXPECT_EQ(find_binding(config->bindings, Modifier::super, {&q, 1}), nullptr);
}

TEST(Config, a_mistake_names_its_file_and_line)
{
    EXPECT_EQ(mistake("theme = \"dark\"\nworspaces = 3\n"),
              "vitrail.toml:2: unknown key \"worspaces\"");
    EXPECT_EQ(mistake("\n\ntheme = \"blue\""),
              "vitrail.toml:3: theme wants one of \"auto\", \"light\", \"dark\"");
    EXPECT_EQ(mistake("[windows]\ngap = 1000"),
              "vitrail.toml:2: gap wants a whole number from 0 to 100");
    EXPECT_EQ(mistake("[bindings]\n\"Hyper+Q\" = \"close\""),
              "vitrail.toml:2: unknown modifier \"Hyper\" in \"Hyper+Q\"");
    EXPECT_EQ(mistake("[bindings]\n\"Super+Q\" = \"explode\""),
              "vitrail.toml:2: unknown action \"explode\"");
    EXPECT_TRUE(mistake("theme = ").starts_with("vitrail.toml:1: "));
    EXPECT_TRUE(mistake("[[output]]\nscale = 0").starts_with("vitrail.toml:2: scale"));
    EXPECT_TRUE(mistake("[[output]]\nscale = nan").starts_with("vitrail.toml:2: scale"));
    EXPECT_TRUE(mistake("[[output]]\nscale = 1.5").starts_with("vitrail.toml:1: an output"));
    EXPECT_TRUE(mistake("keyboard = 3").starts_with("vitrail.toml:1: keyboard is a table"));
}

TEST(Bindings, chords_are_read)
{
    EXPECT_EQ(*parse_chord("Super+Shift+Left"),
              (Chord{Modifier::super | Modifier::shift, XKB_KEY_Left}));
    EXPECT_EQ(*parse_chord("Ctrl+C"), (Chord{Modifier::ctrl, XKB_KEY_c}));
    EXPECT_EQ(*parse_chord("Alt++"), (Chord{Modifier::alt, XKB_KEY_plus}));
    EXPECT_EQ(*parse_chord("F11"), (Chord{0, XKB_KEY_F11}));
    EXPECT_FALSE(parse_chord(""));
    EXPECT_FALSE(parse_chord("Super+"));
    EXPECT_FALSE(parse_chord("Super+Nonsense"));
}

TEST(Bindings, no_chord_stands_twice_in_the_defaults)
{
    auto const bindings = default_bindings();
    for (std::size_t i = 0; i < bindings.size(); ++i)
        for (std::size_t j = i + 1; j < bindings.size(); ++j)
            EXPECT_NE(bindings[i].chord, bindings[j].chord);
}

class Keymap : public testing::Test {
protected:
    Keymap()
    {
        context_ = xkb_context_new(XKB_CONTEXT_NO_FLAGS);
        xkb_rule_names const names{nullptr, nullptr, "ru,us", nullptr, nullptr};
        keymap_ = xkb_keymap_new_from_names(context_, &names, XKB_KEYMAP_COMPILE_NO_FLAGS);
        state_ = xkb_state_new(keymap_);
    }
    ~Keymap() override
    {
        xkb_state_unref(state_);
        xkb_keymap_unref(keymap_);
        xkb_context_unref(context_);
    }
    xkb_context* context_;
    xkb_keymap* keymap_;
    xkb_state* state_;
};

TEST_F(Keymap, super_q_closes_while_a_cyrillic_layout_is_active)
{
    auto const keysyms = binding_keysyms(state_, 24); // the key of Q
    auto const bindings = default_bindings();
    Binding const* const found = find_binding(bindings, Modifier::super, keysyms);
    EXPECT_TRUE(found);
}

TEST_F(Keymap, shift_does_not_change_which_key_it_is)
{
    auto const bindings = default_bindings();
    xkb_state_update_key(state_, 50, XKB_KEY_DOWN);   // left Shift
    auto const keysyms = binding_keysyms(state_, 10); // the key of 1
    Binding const* const found = find_binding(bindings, Modifier::super | Modifier::shift, keysyms);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->action, Action::move_to_workspace);
    EXPECT_EQ(found->number, 1);
}

} // namespace
} // namespace vitrail::compositor
