// Focus, keys, pointer and what the pointer looks like, with an attacker beside a victim.

#include "tests/component/compositor_forgery.hpp"

#include <gtest/gtest.h>
#include <linux/input-event-codes.h>

namespace vitrail::test {
namespace {

using Key = QubeHand::Key;

class CompositorInput : public testing::Test {
protected:
    void open_attackers_window(Rect const& place = {40, 500, 160, 120})
    {
        scene.attacker->open(1, place, attack_color);
        scene.stage.settle();
        evil_content = scene.stage.window(evil, 1)->content;
    }
    [[nodiscard]] Point inside(Rect const& content) const
    {
        return {content.x + content.width / 2, content.y + content.height / 2};
    }
    void click_attacker() { scene.stage.click(inside(evil_content)); }
    void click_victim() { scene.stage.click({400, 400}); }
    void chord(std::initializer_list<std::uint32_t> keys)
    {
        for (std::uint32_t const key : keys)
            scene.stage.key(key, true);
        for (auto it = std::rbegin(keys); it != std::rend(keys); ++it)
            scene.stage.key(*it, false);
    }
    [[nodiscard]] bool focused(std::uint32_t origin, std::uint32_t window = 1)
    {
        auto const seen = scene.stage.window(origin, window);
        return seen && seen->focused;
    }

    Scene scene;
    Rect evil_content;
};

TEST_F(CompositorInput, keys_go_to_the_window_with_the_focus_and_to_no_other)
{
    open_attackers_window();
    scene.stage.tap(KEY_A);
    EXPECT_EQ(scene.victim->keys, (std::vector<Key>{{KEY_A, true}, {KEY_A, false}}));
    EXPECT_TRUE(scene.attacker->keys.empty());
    EXPECT_EQ(scene.attacker->modifiers, 0U);
}

TEST_F(CompositorInput, a_new_window_of_another_qube_never_takes_the_focus)
{
    for (std::uint32_t i = 1; i <= 60; ++i) {
        scene.attacker->open(i, {40, 500, 160, 120}, attack_color, i % 3 == 0);
        scene.attacker->flags(i, 2, 0);
        if (i % 2)
            scene.attacker->unmap(i);
        scene.stage.settle();
        ASSERT_TRUE(focused(bank));
        ASSERT_EQ(scene.attacker->keyboard_focus, nullptr);
    }
}

TEST_F(CompositorInput, a_new_window_of_the_same_qube_takes_the_focus_of_its_sibling)
{
    scene.victim->open(2, {100, 100, 100, 100}, victim_color);
    scene.stage.settle();
    EXPECT_TRUE(focused(bank, 2));
    EXPECT_EQ(scene.victim->keyboard_focus, scene.victim->at(2).surface);
}

TEST_F(CompositorInput, a_new_window_comes_to_lie_under_the_focused_one_and_its_dialogs)
{
    scene.victim->open(2, {420, 400, 100, 100}, 0x808000);
    scene.stage.settle();
    scene.stage.point_at({5, 700});
    Image const before = scene.stage.look();
    open_attackers_window({300, 300, 420, 260});
    Image const after = scene.stage.look();
    EXPECT_EQ(
        count_differences(before.crop({300, 300, 420, 260}), after.crop({300, 300, 420, 260})), 0);
}

TEST_F(CompositorInput, a_menu_of_the_victim_stays_over_its_window_when_the_attacker_opens_one)
{
    scene.victim->open(2, {420, 400, 100, 100}, 0x808000, true);
    Image const before = scene.stage.look();
    open_attackers_window({420, 400, 300, 200});
    Image const after = scene.stage.look();
    EXPECT_EQ(count_color(after, 0x808000, {420, 400, 100, 100}),
              count_color(before, 0x808000, {420, 400, 100, 100}));
}

TEST_F(CompositorInput, a_window_that_goes_by_itself_gives_the_keys_to_no_other_qube)
{
    open_attackers_window();
    click_attacker();
    ASSERT_TRUE(focused(evil));
    scene.attacker->unmap(1);
    scene.stage.settle();
    EXPECT_FALSE(focused(bank));
    scene.stage.tap(KEY_A);
    EXPECT_TRUE(scene.victim->keys.empty());
}

TEST_F(CompositorInput, focus_that_flickers_between_menus_and_windows_stays_with_the_victim)
{
    open_attackers_window();
    for (int i = 0; i < 50; ++i) {
        scene.attacker->flags(1, 4, 0);
        scene.attacker->flags(1, 0, 4);
        scene.attacker->flags(1, 2, 0);
    }
    scene.stage.settle();
    EXPECT_TRUE(focused(bank));
}

TEST_F(CompositorInput, a_key_held_while_the_focus_changes_is_not_told_to_the_new_window)
{
    open_attackers_window();
    scene.stage.key(KEY_ENTER, true);
    click_attacker();
    ASSERT_NE(scene.attacker->keyboard_focus, nullptr);
    EXPECT_TRUE(scene.attacker->held_at_enter.empty());
    scene.stage.key(KEY_ENTER, false);
    EXPECT_TRUE(scene.attacker->keys.empty());
    EXPECT_EQ(scene.victim->keys, (std::vector<Key>{{KEY_ENTER, true}}));
    scene.stage.tap(KEY_B);
    EXPECT_EQ(scene.attacker->keys, (std::vector<Key>{{KEY_B, true}, {KEY_B, false}}));
}

TEST_F(CompositorInput, modifiers_held_while_the_focus_changes_are_known_to_the_new_window)
{
    open_attackers_window();
    scene.stage.key(KEY_LEFTSHIFT, true);
    click_attacker();
    EXPECT_EQ(scene.attacker->modifiers, 1U);
    scene.stage.key(KEY_LEFTSHIFT, false);
    EXPECT_EQ(scene.attacker->modifiers, 0U);
}

TEST_F(CompositorInput, the_copy_chord_never_reaches_the_focused_qube)
{
    open_attackers_window();
    chord({KEY_LEFTCTRL, KEY_LEFTSHIFT, KEY_C});
    EXPECT_EQ(std::ranges::count_if(scene.victim->keys, [](Key k) { return k.code == KEY_C; }), 0);
}

TEST_F(CompositorInput, a_prompt_takes_the_keys_from_every_qube)
{
    auto prompt = scene.stage.add_shell();
    prompt->open(3, 0, {200, 100}, 0, 0xffffff, true);
    ASSERT_TRUE(scene.stage.run_until([&] { return prompt->shown; }));
    scene.stage.settle();
    scene.stage.tap(KEY_A);
    EXPECT_EQ(prompt->keys, std::vector<std::uint32_t>{KEY_A});
    EXPECT_TRUE(scene.victim->keys.empty());
    // And a qube's new window, or a click on one, does not take them back.
    open_attackers_window();
    click_attacker();
    scene.stage.tap(KEY_B);
    EXPECT_TRUE(scene.attacker->keys.empty());
    EXPECT_EQ(prompt->keys.size(), 2U);
    scene.stage.drop(prompt);
    scene.stage.tap(KEY_A);
    EXPECT_EQ(scene.attacker->keys.size(), 2U); // it was clicked meanwhile
}

TEST_F(CompositorInput, no_key_and_no_click_reaches_a_qube_while_the_screen_is_locked)
{
    open_attackers_window();
    scene.stage.lock();
    int const motions = scene.victim->motions + scene.attacker->motions;
    scene.stage.tap(KEY_A);
    click_victim();
    click_attacker();
    chord({KEY_LEFTCTRL, KEY_LEFTSHIFT, KEY_C});
    EXPECT_TRUE(scene.victim->keys.empty());
    EXPECT_TRUE(scene.attacker->keys.empty());
    EXPECT_TRUE(scene.attacker->buttons.empty());
    EXPECT_EQ(scene.victim->motions + scene.attacker->motions, motions);
    EXPECT_EQ(scene.victim->keyboard_focus, nullptr);
}

TEST_F(CompositorInput, a_locked_screen_shows_nothing_of_any_window_whatever_they_do)
{
    open_attackers_window();
    scene.stage.lock();
    Image const locked = scene.stage.look();
    Rect const all{0, 0, scene.screen.width, scene.screen.height};
    EXPECT_EQ(count_color(locked, victim_color, all), 0);
    EXPECT_EQ(count_color(locked, attack_color, all), 0);
    EXPECT_EQ(count_color(locked, panel_color, all), 0);
    scene.attacker->open(2, {0, 0, 1024, 700}, attack_color, true);
    scene.attacker->flags(1, 1, 0);
    scene.attacker->title(1, "unlocked");
    scene.attacker->create(3);
    vitrail_window_v1_dock(scene.attacker->at(3).role);
    scene.attacker->paint(3, {24, 24}, attack_color);
    EXPECT_EQ(count_differences(locked, scene.stage.look()), 0);
}

TEST(CompositorLock, the_end_of_sessiond_locks)
{
    Scene scene;
    scene.stage.end_session();
    EXPECT_TRUE(scene.stage.desktop().lock().locked());
    EXPECT_EQ(count_color(scene.stage.look(), victim_color, {0, 0, 1024, 768}), 0);
}

TEST(CompositorLock, started_locked_it_shows_and_tells_nothing_from_the_first_frame_on)
{
    Scene scene{{.locked = true}};
    EXPECT_TRUE(scene.stage.session().locked);
    EXPECT_EQ(count_color(scene.calm, victim_color, {0, 0, 1024, 768}), 0);
    scene.stage.tap(KEY_A);
    EXPECT_TRUE(scene.victim->keys.empty());
}

TEST(CompositorRepeat, stops_when_the_focus_changes)
{
    Scene scene{{.config = "[keyboard]\nrepeat-rate = 500\nrepeat-delay = 2\n"}};
    scene.attacker->open(1, {40, 500, 160, 120}, attack_color);
    scene.stage.key(KEY_A, true);
    auto& victims = scene.victim->at(1).repeats;
    auto& attackers = scene.attacker->at(1).repeats;
    ASSERT_TRUE(scene.stage.run_until([&] { return victims.size() >= 3; }));
    scene.stage.click({100, 550});
    std::size_t const before = victims.size();
    // The attacker's own key repeats from now on; by then the victim's would have had its turn.
    scene.stage.key(KEY_B, true);
    ASSERT_TRUE(scene.stage.run_until([&] { return attackers.size() >= 5; }));
    EXPECT_EQ(victims.size(), before);
    EXPECT_EQ(std::ranges::count(attackers, KEY_A), 0);
    scene.stage.key(KEY_B, false);
    scene.stage.key(KEY_A, false);
}

// Clicks

TEST_F(CompositorInput, a_click_through_an_empty_input_region_does_not_exist)
{
    open_attackers_window({100, 350, 400, 150}); // half of it over the victim's
    scene.stage.click({120, 400});
    wl_region* const nothing = wl_compositor_create_region(scene.attacker->compositor);
    wl_surface_set_input_region(scene.attacker->at(1).surface, nothing);
    wl_surface_commit(scene.attacker->at(1).surface);
    wl_region_destroy(nothing);
    std::size_t const before = scene.victim->buttons.size();
    scene.stage.click({400, 400});
    EXPECT_EQ(scene.victim->buttons.size(), before);
    EXPECT_TRUE(focused(evil));
}

TEST_F(CompositorInput, a_click_beside_the_picture_but_inside_of_the_frame_goes_to_nobody)
{
    open_attackers_window({100, 350, 400, 150});
    scene.stage.click({120, 400});
    scene.attacker->flags(1, 1, 0); // maximised, for want of permission
    scene.stage.settle();
    scene.attacker->paint(1, {10, 10}, attack_color);
    scene.stage.settle();
    std::size_t const before = scene.victim->buttons.size();
    scene.stage.click({400, 400});
    EXPECT_EQ(scene.victim->buttons.size(), before);
    EXPECT_TRUE(focused(evil));
}

TEST_F(CompositorInput, the_rim_of_a_menu_is_not_the_frame_of_the_window_under_it)
{
    Rect const v = scene.victim_content;
    // Its rim lies exactly over the victim's close button.
    scene.attacker->open(1, {v.x + v.width - 18, v.y - 30, 200, 200}, attack_color, true);
    scene.stage.settle();
    auto const menu = scene.stage.window(evil, 1);
    scene.stage.click({menu->frame.x, menu->frame.y + 5});
    EXPECT_EQ(scene.victim->at(1).closes, 0);
}

TEST_F(CompositorInput, buttons_of_the_frame_are_the_compositors)
{
    open_attackers_window();
    Rect const c = evil_content;
    scene.stage.click({c.x + c.width - 15, c.y - 15});
    EXPECT_EQ(scene.attacker->at(1).closes, 1);
    EXPECT_TRUE(scene.attacker->buttons.empty());
}

TEST_F(CompositorInput, a_press_elsewhere_ends_the_popups_that_grab)
{
    open_attackers_window();
    click_attacker();
    scene.attacker->create(2);
    scene.attacker->popup(
        2, {.parent = 1, .anchor_rect = {5, 5, 1, 1}, .size = {60, 40}, .grab = true});
    scene.attacker->paint(2, {60, 40}, attack_color);
    scene.attacker->map(2);
    scene.stage.settle();
    auto const popup = scene.stage.window(evil, 2);
    ASSERT_TRUE(popup && popup->visible);
    scene.stage.click(inside(popup->content));
    EXPECT_EQ(scene.attacker->at(2).popups_done, 0);
    click_victim();
    EXPECT_GE(scene.attacker->at(2).popups_done, 1);
}

TEST_F(CompositorInput, a_popup_follows_its_window_and_hides_with_it)
{
    open_attackers_window();
    scene.attacker->create(2);
    scene.attacker->popup(
        2, {.parent = 1, .anchor_rect = {5, 5, 1, 1}, .gravity = 8, .size = {60, 40}});
    scene.attacker->paint(2, {60, 40}, attack_color);
    scene.attacker->map(2);
    scene.stage.settle();
    Rect const before = scene.stage.window(evil, 2)->content;
    auto& desktop = scene.stage.desktop();
    compositor::FramedView* const view = desktop.view_of(
        scene.stage.desktop().stack().front()->surface()); // the attacker's lies under the victim's
    ASSERT_EQ(view->origin(), evil);
    desktop.move_view(*view, {evil_content.x + 100, evil_content.y - 50});
    EXPECT_EQ(scene.stage.window(evil, 2)->content,
              (Rect{before.x + 100, before.y - 50, before.width, before.height}));
    desktop.set_minimized(*view, true);
    EXPECT_FALSE(scene.stage.window(evil, 2)->visible);
    desktop.activate(*view);
    EXPECT_TRUE(scene.stage.window(evil, 2)->visible);
    desktop.set_workspace(2);
    EXPECT_FALSE(scene.stage.window(evil, 2)->visible);
}

// The pointer's picture

class CompositorCursor : public CompositorInput {
protected:
    void SetUp() override
    {
        open_attackers_window({40, 400, 200, 150});
        scene.stage.point_at(inside(evil_content));
    }
    /// Pixels of the attacker's cursor that lie outside of his content.
    [[nodiscard]] int strays()
    {
        Image const picture = scene.stage.look();
        Rect const all{0, 0, picture.width, picture.height};
        return count_color(picture, cursor_color, all) -
               count_color(picture, cursor_color, evil_content);
    }
    [[nodiscard]] int shown()
    {
        return count_color(scene.stage.look(), cursor_color, evil_content);
    }
    static constexpr std::uint32_t cursor_color = 0xffee00;
    static constexpr std::uint32_t opaque = 0xff000000 | cursor_color;
};

TEST_F(CompositorCursor, a_qubes_own_picture_is_shown_over_its_content)
{
    scene.attacker->cursor({16, 16}, opaque, {0, 0});
    EXPECT_EQ(shown(), 256);
    EXPECT_EQ(strays(), 0);
}

TEST_F(CompositorCursor, a_picture_over_the_edge_of_the_content_is_cut_there)
{
    scene.attacker->cursor({32, 32}, opaque, {16, 16});
    for (Point const p : {Point{evil_content.x, evil_content.y},
                          Point{evil_content.x + evil_content.width - 1, evil_content.y + 60},
                          Point{evil_content.x + 60, evil_content.y + evil_content.height - 1}}) {
        scene.stage.point_at(p);
        EXPECT_GT(shown(), 0);
        EXPECT_EQ(strays(), 0);
    }
}

TEST_F(CompositorCursor, a_huge_picture_is_not_shown)
{
    scene.attacker->cursor({1000, 700}, opaque, {500, 350});
    EXPECT_EQ(shown(), 0);
    EXPECT_EQ(strays(), 0);
}

TEST_F(CompositorCursor, a_picture_that_grows_after_it_was_set_is_not_shown)
{
    scene.attacker->cursor({16, 16}, opaque, {0, 0});
    ASSERT_EQ(shown(), 256);
    scene.attacker->repaint_cursor({900, 600}, opaque);
    EXPECT_EQ(shown(), 0);
    EXPECT_EQ(strays(), 0);
}

TEST_F(CompositorCursor, a_hotspot_far_away_brings_the_picture_over_no_frame)
{
    for (Point const hotspot : {Point{-300, -200}, Point{500, 300}, Point{0, 120},
                                Point{0x7fffff, -0x7fffff}, Point{-90, 0}}) {
        scene.attacker->cursor({64, 64}, opaque, hotspot);
        EXPECT_EQ(strays(), 0);
    }
}

TEST_F(CompositorCursor, an_offset_at_commit_brings_the_picture_over_no_frame)
{
    scene.attacker->cursor({64, 64}, opaque, {0, 0});
    for (int i = 0; i < 10; ++i) {
        scene.attacker->repaint_cursor({64, 64}, opaque);
        EXPECT_EQ(strays(), 0);
    }
}

TEST_F(CompositorCursor, a_picture_is_cut_where_another_qubes_window_lies_over_the_content)
{
    // The victim's window covers a part of the attacker's content; the pointer is just beside it.
    scene.attacker->geometry(1, {250, 400, 200, 150});
    scene.stage.settle();
    evil_content = scene.stage.window(evil, 1)->content;
    scene.stage.point_at({296 - 10, 450});
    scene.attacker->cursor({64, 64}, opaque, {0, 0});
    Image const picture = scene.stage.look();
    Rect const victims{scene.victim_content.x - 3, scene.victim_content.y - 32,
                       scene.victim_content.width + 6, scene.victim_content.height + 35};
    EXPECT_EQ(count_color(picture, cursor_color, victims), 0);
    EXPECT_GT(count_color(picture, cursor_color, evil_content), 0);
    EXPECT_EQ(strays(), 0);
}

TEST_F(CompositorCursor, the_picture_does_not_follow_the_pointer_into_another_window)
{
    scene.attacker->cursor({32, 32}, opaque, {0, 0});
    scene.stage.point_at({400, 400});
    Image const picture = scene.stage.look();
    EXPECT_EQ(count_color(picture, cursor_color, {0, 0, picture.width, picture.height}), 0);
    // Nor can he set one for there.
    scene.attacker->cursor({32, 32}, opaque, {0, 0});
    EXPECT_EQ(strays() + shown(), 0);
}

TEST_F(CompositorCursor, a_hidden_pointer_is_seen_again_over_every_other_window)
{
    Image const before = scene.stage.look();
    wl_pointer_set_cursor(scene.attacker->pointer, scene.attacker->enter_serial, nullptr, 0, 0);
    scene.stage.settle();
    EXPECT_GT(count_differences(before, scene.stage.look()), 0) << "it was not hidden at all";
    scene.stage.point_at({400, 400});
    Image const over = scene.stage.look();
    EXPECT_LT(count_color(over, victim_color, {390, 390, 40, 40}), 40 * 40);
}

TEST_F(CompositorCursor, the_picture_goes_when_its_window_or_its_qube_goes)
{
    scene.attacker->cursor({32, 32}, opaque, {16, 0});
    ASSERT_GT(shown(), 0);
    scene.attacker->unmap(1);
    EXPECT_EQ(strays() + shown(), 0);
    scene.attacker->map(1);
    scene.stage.settle();
    scene.stage.point_at({5, 700});
    scene.stage.point_at(inside(scene.stage.window(evil, 1)->content));
    scene.attacker->cursor({32, 32}, opaque, {16, 0});
    scene.stage.settle();
    scene.stage.drop(scene.attacker);
    EXPECT_EQ(strays() + shown(), 0);
    scene.attacker = scene.stage.add_qube(evil, 2);
}

TEST_F(CompositorCursor, a_shape_by_name_comes_from_the_theme)
{
    Image const arrow = scene.stage.look();
    scene.attacker->cursor_shape(WP_CURSOR_SHAPE_DEVICE_V1_SHAPE_TEXT);
    Image const text = scene.stage.look();
    EXPECT_EQ(count_differences(arrow, text, {evil_content}), 0);
}

// A qube that wants the pointer for itself

TEST_F(CompositorInput, a_pointer_lock_of_the_window_in_use_gives_relative_motion)
{
    open_attackers_window();
    click_attacker();
    vitrail_window_v1_set_pointer_lock(scene.attacker->at(1).role, 1);
    scene.stage.settle();
    double const x = scene.stage.desktop().cursor()->x;
    scene.stage.move_by(400, -300);
    EXPECT_EQ(scene.stage.desktop().cursor()->x, x);
    EXPECT_EQ(scene.attacker->at(1).relative_x, 400);
    EXPECT_EQ(scene.attacker->at(1).relative_y, -300);
}

TEST_F(CompositorInput, the_attention_chord_frees_a_locked_pointer)
{
    open_attackers_window();
    click_attacker();
    vitrail_window_v1_set_pointer_lock(scene.attacker->at(1).role, 1);
    scene.stage.settle();
    chord({KEY_LEFTMETA, KEY_ESC});
    scene.stage.move_by(50, 0);
    EXPECT_EQ(scene.attacker->at(1).relative_x, 0);
    EXPECT_TRUE(
        std::ranges::none_of(scene.attacker->keys, [](Key k) { return k.code == KEY_ESC; }));
}

TEST_F(CompositorInput, a_pointer_lock_without_focus_or_under_the_lock_is_refused)
{
    open_attackers_window();
    scene.stage.point_at(inside(evil_content));
    vitrail_window_v1_set_pointer_lock(scene.attacker->at(1).role, 1);
    scene.stage.settle();
    scene.stage.move_by(10, 0);
    EXPECT_EQ(scene.attacker->at(1).relative_x, 0);
    click_attacker();
    scene.stage.lock();
    vitrail_window_v1_set_pointer_lock(scene.attacker->at(1).role, 1);
    scene.stage.settle();
    scene.stage.move_by(10, 0);
    EXPECT_EQ(scene.attacker->at(1).relative_x, 0);
}

TEST_F(CompositorInput, a_locked_pointer_is_free_when_the_focus_moves_or_the_screen_locks)
{
    open_attackers_window();
    click_attacker();
    vitrail_window_v1_set_pointer_lock(scene.attacker->at(1).role, 1);
    scene.stage.settle();
    scene.stage.lock();
    scene.stage.move_by(10, 0);
    EXPECT_EQ(scene.attacker->at(1).relative_x, 0);
}

TEST_F(CompositorInput, a_confined_pointer_stays_in_the_content)
{
    open_attackers_window();
    click_attacker();
    vitrail_window_v1_set_pointer_lock(scene.attacker->at(1).role, 2);
    scene.stage.settle();
    scene.stage.move_by(4000, 4000);
    Point const p{static_cast<int>(scene.stage.desktop().cursor()->x),
                  static_cast<int>(scene.stage.desktop().cursor()->y)};
    EXPECT_TRUE(evil_content.contains(p)) << p.x << "," << p.y;
}

// Full screen

class CompositorFullscreen : public testing::Test {
protected:
    void SetUp() override
    {
        scene.attacker->open(1, {40, 500, 160, 120}, attack_color);
        scene.stage.settle();
        scene.stage.click({100, 550});
        scene.attacker->flags(1, 1, 0);
        scene.stage.settle();
        scene.attacker->paint_stretched(1, scene.screen, attack_color);
    }
    [[nodiscard]] bool fullscreen() { return scene.stage.window(evil, 1)->fullscreen; }
    void attention()
    {
        scene.stage.key(KEY_LEFTMETA, true);
        scene.stage.tap(KEY_ESC);
        scene.stage.key(KEY_LEFTMETA, false);
    }
    Scene scene{{}, 5}; ///< with the permission
};

TEST_F(CompositorFullscreen, says_whose_it_is_when_it_begins)
{
    ASSERT_TRUE(fullscreen());
    Image const picture = scene.stage.look();
    EXPECT_GT(count_color(picture, evil_rgb, {0, 0, 1024, 768}), 500) << "no banner in its colour";
    EXPECT_EQ(count_color(picture, panel_color, {0, 0, 1024, 768}), 0);
}

TEST_F(CompositorFullscreen, is_left_by_a_chord_that_the_qube_never_sees)
{
    attention();
    EXPECT_FALSE(fullscreen());
    EXPECT_TRUE(
        std::ranges::none_of(scene.attacker->keys, [](Key k) { return k.code == KEY_ESC; }));
    EXPECT_GT(count_color(scene.stage.look(), panel_color, {0, 0, 1024, 768}), 1000);
}

TEST_F(CompositorFullscreen, ends_when_the_permission_is_taken_away)
{
    scene.stage.set_origin(evil, {.name = "evil", .label = "red", .rgb = evil_rgb, .code = "EV"});
    EXPECT_FALSE(fullscreen());
}

TEST_F(CompositorFullscreen, makes_way_for_the_window_that_gets_the_focus)
{
    auto& desktop = scene.stage.desktop();
    for (compositor::FramedView* const view : std::vector(desktop.stack()))
        if (view->origin() == bank)
            desktop.activate(*view);
    Image const picture = scene.stage.look();
    EXPECT_GT(count_color(picture, victim_color, scene.victim_content),
              scene.victim_content.width * scene.victim_content.height * 9 / 10)
        << "keys go to a window that is hidden";
    EXPECT_GT(count_color(picture, panel_color, {0, 0, 1024, 768}), 1000);
}

TEST_F(CompositorFullscreen, shows_its_own_menus_over_itself_in_their_rim)
{
    scene.attacker->open(2, {200, 200, 100, 80}, 0x00ffff, true);
    Image const picture = scene.stage.look();
    EXPECT_EQ(count_color(picture, 0x00ffff, {200, 200, 100, 80}), 8000);
    EXPECT_EQ(count_color(picture, evil_rgb, {198, 198, 104, 2}), 208);
}

TEST_F(CompositorFullscreen, does_not_cover_a_prompt_or_the_lock)
{
    auto prompt = scene.stage.add_shell();
    prompt->open(3, 0, {200, 100}, 0, 0xabcdef, true);
    ASSERT_TRUE(scene.stage.run_until([&] { return prompt->shown; }));
    EXPECT_EQ(count_color(scene.stage.look(), 0xabcdef, {0, 0, 1024, 768}), 20000);
    scene.stage.lock();
    EXPECT_EQ(count_color(scene.stage.look(), attack_color, {0, 0, 1024, 768}), 0);
    scene.stage.drop(prompt);
}

TEST_F(CompositorFullscreen, another_qubes_menu_does_not_cover_it)
{
    scene.victim->open(7, {200, 200, 100, 80}, 0x00ffff, true);
    EXPECT_EQ(count_color(scene.stage.look(), 0x00ffff, {0, 0, 1024, 768}), 0);
}

// What each tier is shown

TEST(CompositorGlobals, a_qube_sees_four_and_no_other)
{
    Stage stage;
    stage.set_origin(3, {.name = "work", .label = "blue", .rgb = 0x3465a4, .code = "WO"});
    auto looker = stage.add<Onlooker>(VITRAIL_SESSION_V1_TIER_QUBE, 3, 1);
    auto seen = looker->globals();
    std::ranges::sort(seen);
    EXPECT_EQ(seen, (std::vector<std::string>{"vitrail_window_manager_v1", "wl_compositor",
                                              "wl_seat", "wp_cursor_shape_manager_v1"}));
    stage.drop(looker);
}

TEST(CompositorGlobals, a_panel_sees_neither_capture_nor_virtual_input_nor_the_session_protocol)
{
    Stage stage;
    auto looker = stage.add<Onlooker>(VITRAIL_SESSION_V1_TIER_SHELL, 0, 0);
    for (std::string const& name : looker->globals())
        for (char const* const part :
             {"screencopy", "virtual", "data_control", "vitrail_session", "vitrail_window",
              "session_lock", "wlr_output", "export", "gamma", "security_context"})
            EXPECT_EQ(name.find(part), std::string::npos) << name;
    EXPECT_NE(std::ranges::find(looker->globals(), "zwlr_layer_shell_v1"), looker->globals().end());
    stage.drop(looker);
}

TEST(CompositorGlobals, a_program_of_the_session_cannot_make_windows_of_qubes)
{
    Stage stage;
    auto looker = stage.add<Onlooker>(VITRAIL_SESSION_V1_TIER_SESSION, 0, 0);
    for (std::string const& name : looker->globals())
        EXPECT_EQ(name.find("vitrail"), std::string::npos) << name;
    EXPECT_NE(std::ranges::find(looker->globals(), "zwlr_screencopy_manager_v1"),
              looker->globals().end());
    stage.drop(looker);
}

} // namespace
} // namespace vitrail::test
