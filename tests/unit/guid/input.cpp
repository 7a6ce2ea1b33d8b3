#include "tests/unit/guid/recording_port.hpp"

#include <linux/input-event-codes.h>

#include <gtest/gtest.h>

#include <array>

namespace vitrail::test {

using wire::Type;

class InputOf1_8 : public testing::Test {
protected:
    InputOf1_8()
    {
        bench.connect(wire::version_1_8);
        bench.open(5);
        static_cast<void>(bench.take());
    }
    Bench bench;
    guid::Input& input = bench.session.input();
};

TEST_F(InputOf1_8, focus_comes_after_the_keys_that_are_down)
{
    std::array<std::uint32_t, 1> const keys{KEY_LEFTSHIFT};
    input.keyboard_enter(WindowId{5}, keys);
    auto const sent = bench.take();
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0].type, Type::keymap_notify);
    EXPECT_EQ(sent[0].as<wire::KeymapNotify>().keys[(KEY_LEFTSHIFT + 8) / 8],
              1 << (KEY_LEFTSHIFT + 8) % 8);
    EXPECT_EQ(sent[1].as<wire::Focus>().type, wire::event_focus_in);
}

TEST_F(InputOf1_8, a_key_carries_the_modifiers_before_it)
{
    input.keyboard_enter(WindowId{5}, {});
    static_cast<void>(bench.take());
    input.key(KEY_LEFTSHIFT, true);
    input.modifiers(1, 0, 0, 0);
    input.key(KEY_A, true);
    auto const sent = bench.take();
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0].as<wire::Keypress>().state, 0U);
    EXPECT_EQ(sent[1].as<wire::Keypress>().state, 1U);
    EXPECT_EQ(sent[1].as<wire::Keypress>().keycode, 38U);
}

TEST_F(InputOf1_8, losing_focus_releases_what_is_held_first)
{
    input.keyboard_enter(WindowId{5}, {});
    input.key(KEY_A, true);
    input.key(KEY_B, true);
    input.key(KEY_B, false);
    static_cast<void>(bench.take());
    input.keyboard_leave();
    auto const sent = bench.take();
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0].as<wire::Keypress>().type, wire::event_key_release);
    EXPECT_EQ(sent[0].as<wire::Keypress>().keycode, 38U);
    EXPECT_EQ(sent[1].as<wire::Focus>().type, wire::event_focus_out);
}

TEST_F(InputOf1_8, repeats_are_pairs_and_only_of_a_held_key)
{
    input.keyboard_enter(WindowId{5}, {});
    input.key(KEY_A, true);
    static_cast<void>(bench.take());
    input.key_repeat(KEY_A);
    input.key_repeat(KEY_B);
    EXPECT_EQ(bench.take_names(), "KEYPRESS KEYPRESS");
}

TEST_F(InputOf1_8, a_button_follows_the_motion_to_its_place)
{
    bench.session.handle_pointer_enter(WindowId{5}, 0, 0);
    static_cast<void>(bench.take());
    input.pointer_motion(1, 10 * 256, 0);
    input.pointer_motion(2, 20 * 256, 7 * 256);
    input.pointer_button(BTN_LEFT, true);
    input.pointer_button(BTN_LEFT, false);
    auto const sent = bench.take();
    ASSERT_EQ(sent.size(), 3U);
    EXPECT_EQ(sent[0].as<wire::Motion>().x, 20);
    EXPECT_EQ(sent[1].as<wire::Button>().button, 1U);
    EXPECT_EQ(sent[1].as<wire::Button>().state, 0U);
    EXPECT_EQ(sent[2].as<wire::Button>().state, 256U);
}

TEST_F(InputOf1_8, entering_says_the_keymap_then_crosses)
{
    bench.session.handle_pointer_enter(WindowId{5}, 0, 0);
    bench.turn();
    EXPECT_EQ(bench.take_names(), "KEYMAP_NOTIFY CROSSING MOTION");
    EXPECT_TRUE(bench.port.said("set_cursor 0 1"));
}

TEST_F(InputOf1_8, fine_wheel_steps_add_up_to_a_click)
{
    bench.session.handle_pointer_enter(WindowId{5}, 0, 0);
    bench.turn();
    static_cast<void>(bench.take());
    for (int i = 0; i < 7; ++i)
        input.pointer_axis(0, {.value_120 = 15});
    EXPECT_EQ(bench.take_names(), "");
    input.pointer_axis(0, {.value_120 = 15});
    auto const sent = bench.take();
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0].as<wire::Button>().button, 5U);
    input.pointer_axis(1, {.fixed_value = -30 * 256});
    EXPECT_EQ(bench.take_names(), "BUTTON BUTTON BUTTON BUTTON");
}

TEST(DelayedInput, comes_a_random_time_later_in_its_order_and_nothing_else_waits)
{
    guid::Profile profile;
    profile.events_max_delay = guid::Time(100);
    Bench bench(profile);
    bench.connect(wire::version_1_8);
    bench.open(5);
    bench.session.input().keyboard_enter(WindowId{5}, {});
    bench.session.input().key(KEY_A, true);
    bench.session.handle_close(WindowId{5});
    bench.turn();
    EXPECT_EQ(bench.take_names(), "CLOSE");
    ASSERT_TRUE(bench.session.deadline());
    bench.time += guid::Time(100);
    bench.turn();
    EXPECT_EQ(bench.take_names(), "KEYMAP_NOTIFY FOCUS KEYPRESS");
    EXPECT_FALSE(bench.session.deadline());
}

TEST_F(InputOf1_8, the_first_finger_is_the_pointer)
{
    input.touch(WindowId{5}, {1, 7, 10 * 256, 5 * 256, 0});
    input.touch(WindowId{5}, {1, 8, 0, 0, 0});
    input.touch(WindowId{5}, {2, 7, 11 * 256, 5 * 256, 0});
    input.touch(WindowId{5}, {0, 8, 0, 0, 0});
    input.touch(WindowId{5}, {0, 7, 0, 0, 0});
    EXPECT_EQ(bench.take_names(), "KEYMAP_NOTIFY CROSSING MOTION BUTTON MOTION BUTTON");
}

TEST_F(InputOf1_8, nothing_reaches_a_window_that_is_gone)
{
    bench.session.handle_pointer_enter(WindowId{5}, 0, 0);
    input.keyboard_enter(WindowId{5}, {});
    bench.tell_bare(Type::destroy, 5);
    bench.turn();
    static_cast<void>(bench.take());
    input.key(KEY_A, true);
    input.pointer_motion(0, 5, 5);
    input.pointer_button(BTN_LEFT, true);
    input.keyboard_leave();
    input.pointer_leave();
    bench.turn();
    EXPECT_EQ(bench.take_names(), "");
}

} // namespace vitrail::test
