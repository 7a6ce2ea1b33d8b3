// The chords of the clipboard between qubes: whom they reach, and what the user sees. The broker is
// this test's.

#include "tests/component/compositor_forgery.hpp"

#include "lib/transport/struct_link.hpp"
#include "tests/component/session_program.hpp"

#include <gtest/gtest.h>
#include <linux/input-event-codes.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>

namespace vitrail::test {
namespace {

using namespace transport;
using Kind = ClipboardChordKind;

class CompositorClipboard : public testing::Test {
protected:
    void SetUp() override { connect(); }
    void connect()
    {
        std::array<int, 2> made{};
        ASSERT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, made.data()), 0);
        broker.reset(made[0]);
        Fd const theirs(made[1]);
        vitrail_session_v1_set_clipboard(scene.stage.session().session, theirs.get());
        scene.stage.settle();
    }
    /// What the compositor said since, the settings aside.
    std::vector<ClipboardChord> chords()
    {
        scene.stage.settle();
        std::vector<ClipboardChord> all;
        ClipboardChord chord;
        while (receive_struct(broker.get(), chord) == StructReceive::message)
            if (chord.kind == Kind::settings)
                settings = chord;
            else
                all.push_back(chord);
        return all;
    }
    std::vector<Kind> kinds()
    {
        std::vector<Kind> all;
        for (ClipboardChord const& chord : chords())
            all.push_back(chord.kind);
        return all;
    }
    void press(std::initializer_list<std::uint32_t> keys)
    {
        for (std::uint32_t const key : keys)
            scene.stage.key(key, true);
        for (auto it = std::rbegin(keys); it != std::rend(keys); ++it)
            scene.stage.key(*it, false);
    }
    void press_copy() { press({KEY_LEFTCTRL, KEY_LEFTSHIFT, KEY_C}); }
    void press_paste() { press({KEY_LEFTCTRL, KEY_LEFTSHIFT, KEY_V}); }
    void say(ClipboardNotice const& notice)
    {
        auto const before = seen();
        ASSERT_TRUE(send_struct(broker.get(), notice));
        ASSERT_TRUE(scene.stage.run_until([&] { return seen() != before; }));
    }
    nlohmann::json state()
    {
        return nlohmann::json::parse(scene.stage.inspect("clipboard"), nullptr, false);
    }
    std::int64_t seen() { return state().value("notices", std::int64_t{-1}); }
    static int count(std::vector<QubeHand::Key> const& keys, std::uint32_t code)
    {
        return static_cast<int>(std::ranges::count(keys, code, &QubeHand::Key::code));
    }

    Scene scene;
    Fd broker;
    std::optional<ClipboardChord> settings;
};

TEST_F(CompositorClipboard, the_broker_hears_the_users_settings_first)
{
    EXPECT_TRUE(chords().empty());
    ASSERT_TRUE(settings);
    EXPECT_EQ(settings->keep_s, 300U);
    EXPECT_EQ(settings->moment_ms, 800U);
}

TEST_F(CompositorClipboard, the_chords_name_the_focused_qube_which_never_sees_them)
{
    static_cast<void>(chords());
    press_copy();
    press_paste();
    auto const heard = chords();
    ASSERT_EQ(heard.size(), 5U); // the paste chord's two modifiers went on before it
    EXPECT_EQ(heard[0].kind, Kind::copy);
    EXPECT_EQ(heard[0].origin, bank);
    EXPECT_EQ(heard[4].kind, Kind::paste);
    EXPECT_EQ(heard[4].origin, bank);
    EXPECT_EQ(count(scene.victim->keys, KEY_C) + count(scene.victim->keys, KEY_V), 0);
    EXPECT_TRUE(scene.stage.session().chords.empty());
}

TEST_F(CompositorClipboard, the_time_a_qube_has_had_the_keyboard_counts_across_its_own_windows)
{
    ASSERT_TRUE(scene.stage.run_until([&] { return state().value("keyboard_ms", 0) >= 40; }));
    scene.victim->open(2, {600, 300, 100, 80}, 0x123456);
    scene.stage.settle();
    scene.stage.click({650, 340});
    static_cast<void>(chords());
    press_copy();
    auto const heard = chords();
    ASSERT_EQ(heard.size(), 1U);
    EXPECT_EQ(heard[0].origin, bank);
    EXPECT_GE(heard[0].focused_ms, 40U);
}

TEST_F(CompositorClipboard,
       a_qube_that_gets_the_keyboard_just_before_the_chord_has_it_no_longer_than_that)
{
    ASSERT_TRUE(scene.stage.run_until([&] { return state().value("keyboard_ms", 0) >= 40; }));
    scene.attacker->open(1, {40, 500, 160, 120}, attack_color);
    scene.stage.settle();
    Rect const content = scene.stage.window(evil, 1)->content;
    static_cast<void>(chords());
    auto const begin = std::chrono::steady_clock::now();
    scene.stage.click({content.x + 80, content.y + 60});
    press_copy();
    auto const end = std::chrono::steady_clock::now();
    auto const heard = chords();
    ASSERT_EQ(heard.size(), 1U);
    EXPECT_EQ(heard[0].origin, evil);
    EXPECT_LE(std::chrono::milliseconds(heard[0].focused_ms), end - begin);
}

TEST_F(CompositorClipboard, escape_cancels_what_waits_and_is_the_qubes_at_every_other_time)
{
    static_cast<void>(chords());
    scene.stage.tap(KEY_ESC);
    EXPECT_EQ(count(scene.victim->keys, KEY_ESC), 2);
    EXPECT_TRUE(chords().empty());
    press_paste();
    scene.stage.tap(KEY_ESC);
    EXPECT_EQ(kinds(), (std::vector{Kind::paste, Kind::cancel}));
    EXPECT_EQ(count(scene.victim->keys, KEY_ESC), 2);
    scene.stage.tap(KEY_ESC);
    EXPECT_EQ(count(scene.victim->keys, KEY_ESC), 4);
    EXPECT_TRUE(chords().empty());
}

TEST_F(CompositorClipboard, the_next_key_or_button_goes_to_the_qube_and_ends_the_moment)
{
    static_cast<void>(chords());
    press_paste();
    scene.stage.tap(KEY_A);
    EXPECT_EQ(kinds(), (std::vector{Kind::paste, Kind::proceed}));
    EXPECT_EQ(count(scene.victim->keys, KEY_A), 2);
    say({.kind = ClipboardNoticeKind::given, .target = bank});
    scene.stage.tap(KEY_A);
    EXPECT_TRUE(chords().empty()) << "the broker waits for nothing any more";
    press_paste();
    say({.kind = ClipboardNoticeKind::naming, .target = bank, .pending = 1});
    scene.stage.click({400, 400});
    EXPECT_EQ(kinds(), (std::vector{Kind::paste, Kind::proceed}));
}

TEST_F(CompositorClipboard, locking_cancels_and_no_chord_counts_while_it_is_locked)
{
    static_cast<void>(chords());
    press_paste();
    scene.stage.lock();
    press_copy();
    press_paste();
    EXPECT_EQ(kinds(), (std::vector{Kind::paste, Kind::cancel}));
}

TEST_F(CompositorClipboard, a_program_of_the_session_has_the_chord_for_itself)
{
    static_cast<void>(chords());
    auto program = scene.stage.add<ProgramHand>(VITRAIL_SESSION_V1_TIER_SESSION, 0, 0);
    program->open(1, {200, 100});
    scene.stage.settle();
    auto const all = scene.stage.windows();
    auto const own = std::ranges::find(all, 0U, &Seen::origin);
    ASSERT_NE(own, all.end());
    scene.stage.click({own->content.x + 100, own->content.y + 50});
    ASSERT_EQ(program->typed(), 1);
    press_copy();
    EXPECT_EQ(std::ranges::count(program->keys, KEY_C), 1);
    EXPECT_TRUE(chords().empty());
    scene.stage.drop(program);
}

TEST_F(CompositorClipboard, a_chord_with_no_window_at_all_names_no_qube)
{
    static_cast<void>(chords());
    scene.victim->unmap(1);
    scene.stage.settle();
    press_copy();
    auto const heard = chords();
    ASSERT_EQ(heard.size(), 1U);
    EXPECT_EQ(heard[0].origin, 0U);
}

TEST_F(CompositorClipboard, what_the_broker_says_is_shown_in_the_qubes_own_colour_and_goes_away)
{
    Image const before = scene.stage.look();
    ClipboardNotice notice{.kind = ClipboardNoticeKind::copied,
                           .type = ClipboardType::text,
                           .bytes = 12,
                           .source = bank,
                           .held_type = ClipboardType::text,
                           .held_bytes = 12,
                           .source_name = name_field("bank"),
                           .held_name = name_field("bank")};
    say(notice);
    Image const after = scene.stage.look();
    EXPECT_GT(count_differences(before, after), 500);
    // Nothing but the banner's place changed: the top of the screen, in its middle.
    Rect const banner{0, 40, scene.screen.width, 150};
    for (Rect const& rest : {Rect{0, 0, scene.screen.width, 40},
                             Rect{0, 190, scene.screen.width, scene.screen.height - 190}})
        EXPECT_EQ(count_differences(before.crop(rest), after.crop(rest)), 0);
    EXPECT_GT(count_differences(before.crop(banner), after.crop(banner)), 500);
    auto const now = state();
    EXPECT_EQ(now.value("source", ""), "bank");
    EXPECT_EQ(now.value("bytes", 0), 12);
    EXPECT_EQ(now["last"].value("event", ""), "copied");
    EXPECT_TRUE(
        scene.stage.run_until([&] { return count_differences(before, scene.stage.look()) == 0; }));
}

TEST_F(CompositorClipboard, without_a_broker_a_chord_reaches_nobody_and_escape_is_the_qubes)
{
    broker.reset();
    scene.stage.settle();
    press_copy();
    scene.stage.tap(KEY_ESC);
    EXPECT_EQ(count(scene.victim->keys, KEY_C), 0);
    EXPECT_EQ(count(scene.victim->keys, KEY_ESC), 2);
    connect(); // and the next one is heard
    press_copy();
    EXPECT_EQ(kinds(), std::vector{Kind::copy});
}

} // namespace
} // namespace vitrail::test
