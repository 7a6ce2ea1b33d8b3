// What has the pointer: while it stands still and the scene changes, while a button is held, while
// a menu or a program holds it.

#include "tests/component/compositor_stage.hpp"
#include "tests/component/session_program.hpp"
#include "xdg-shell-client-protocol.h"

#include <gtest/gtest.h>
#include <linux/input-event-codes.h>

namespace vitrail::test {
namespace {

class CompositorPointer : public testing::Test {
protected:
    CompositorPointer()
    {
        stage.set_origin(1, {.name = "work", .label = "blue", .rgb = 0x2060c0, .code = "WO"});
        program = stage.add<ProgramHand>(VITRAIL_SESSION_V1_TIER_SESSION, 0, 0);
    }
    ~CompositorPointer() override
    {
        stage.drop(program);
        if (qube)
            stage.drop(qube);
    }
    void open_qube(Rect const& place)
    {
        qube = stage.add_qube(1);
        qube->open(1, place, 0x20c060);
        stage.settle();
    }
    /// The view of a program's window, by the order in which they were opened.
    [[nodiscard]] compositor::FramedView& view(std::size_t index = 0)
    {
        std::vector<compositor::FramedView*> found;
        for (compositor::FramedView* const each : stage.desktop().stack())
            if (each->origin() == 0)
                found.push_back(each);
        std::ranges::sort(found, {}, &compositor::FramedView::id);
        return *found.at(index);
    }
    void open(int number, Size size, Point place)
    {
        program->open(number, size);
        stage.settle();
        stage.desktop().move_view(view(static_cast<std::size_t>(number) - 1), place);
        stage.settle();
    }
    [[nodiscard]] bool pointed(int number)
    {
        return stage.run_until([&] { return program->pointed() == number; });
    }

    Stage stage;
    std::unique_ptr<ProgramHand> program;
    std::unique_ptr<QubeHand> qube;
};

// It stands still

TEST_F(CompositorPointer, enters_a_window_that_opens_under_it_and_leaves_it_when_it_hides)
{
    stage.point_at({512, 384});
    program->open(1, {900, 600});
    ASSERT_TRUE(pointed(1));
    Rect const content = view().state().content;
    EXPECT_EQ(program->x, 512 - content.x);
    EXPECT_EQ(program->y, 384 - content.y);
    program->hide(1);
    EXPECT_TRUE(pointed(0));
}

TEST_F(CompositorPointer, goes_to_the_window_below_when_the_one_above_is_destroyed)
{
    open(1, {300, 200}, {100, 100});
    open(2, {300, 200}, {100, 100});
    stage.point_at({150, 150});
    ASSERT_EQ(program->pointed(), 2);
    program->destroy(2);
    EXPECT_TRUE(pointed(1));
}

TEST_F(CompositorPointer, moves_within_a_window_that_is_moved_under_it)
{
    open(1, {300, 200}, {100, 100});
    stage.point_at({150, 150});
    ASSERT_EQ(program->x, 50);
    int const frames = program->frames;
    stage.desktop().move_view(view(), {120, 110});
    ASSERT_TRUE(stage.run_until([&] { return program->x == 30; }));
    EXPECT_EQ(program->y, 40);
    stage.settle();
    EXPECT_EQ(program->frames, frames + 1);
    stage.desktop().move_view(view(), {400, 400});
    EXPECT_TRUE(pointed(0));
}

TEST_F(CompositorPointer, enters_a_window_that_grows_under_it)
{
    open(1, {300, 200}, {100, 100});
    stage.point_at({450, 200});
    ASSERT_EQ(program->pointed(), 0);
    program->paint(1, {500, 300});
    stage.settle();
    EXPECT_EQ(program->pointed(), 1);
}

TEST_F(CompositorPointer, follows_the_input_region_of_what_it_is_over)
{
    open(1, {300, 200}, {100, 100});
    stage.point_at({150, 150});
    ASSERT_EQ(program->pointed(), 1);
    program->input_region(1, {200, 0, 100, 200});
    stage.settle();
    EXPECT_EQ(program->pointed(), 0);
    program->input_region(1, {0, 0, 300, 200});
    stage.settle();
    EXPECT_EQ(program->pointed(), 1);
}

TEST_F(CompositorPointer, follows_subsurfaces_that_come_move_and_go)
{
    open(1, {300, 200}, {100, 100});
    stage.point_at({150, 150});
    program->open_subsurface(2, 1, {40, 40}, {50, 50});
    ASSERT_TRUE(pointed(2));
    EXPECT_EQ(program->x, 10);
    program->move_subsurface(2, {100, 100});
    program->commit(1);
    EXPECT_TRUE(pointed(1));
    program->move_subsurface(2, {20, 20});
    program->commit(1);
    EXPECT_TRUE(pointed(2));
    program->destroy(2);
    EXPECT_TRUE(pointed(1));
}

TEST_F(CompositorPointer, enters_a_menu_that_opens_under_it)
{
    open(1, {300, 200}, {100, 100});
    stage.point_at({150, 150});
    program->open_menu(2, 1, {20, 20, 100, 100}, false);
    EXPECT_TRUE(pointed(2));
    program->destroy(2);
    EXPECT_TRUE(pointed(1));
}

TEST_F(CompositorPointer, is_nowhere_when_the_workspace_changes_and_back_when_it_comes_back)
{
    open(1, {300, 200}, {100, 100});
    stage.point_at({150, 150});
    stage.desktop().set_workspace(2);
    EXPECT_TRUE(pointed(0));
    stage.desktop().set_workspace(1);
    EXPECT_TRUE(pointed(1));
}

TEST_F(CompositorPointer, says_nothing_to_a_window_that_only_redraws)
{
    open(1, {300, 200}, {100, 100});
    stage.point_at({150, 150});
    int const frames = program->frames;
    int const motions = program->motions;
    for (int i = 0; i < 5; ++i) {
        program->paint(1, {300, 200});
        (void)stage.look();
    }
    EXPECT_EQ(program->frames, frames);
    EXPECT_EQ(program->motions, motions);
}

TEST_F(CompositorPointer, presses_what_lies_under_it_now)
{
    open(1, {300, 200}, {100, 100});
    open(2, {300, 200}, {500, 400});
    stage.point_at({150, 150});
    ASSERT_EQ(program->pointed(), 1);
    // In the same turn of the loop: nobody had time to look again.
    stage.desktop().move_view(view(1), {100, 100});
    stage.desktop().activate(view(1));
    stage.press();
    stage.release();
    EXPECT_EQ(program->buttons, (std::vector<ProgramHand::Button>{{2, true}, {2, false}}));
}

// A button is held

TEST_F(CompositorPointer, stays_with_the_window_that_was_pressed_until_the_button_is_released)
{
    open_qube({500, 300, 300, 200});
    open(1, {300, 200}, {100, 100});
    Rect const other = stage.window(1, 1)->content;
    stage.point_at({150, 150});
    stage.press();
    stage.point_at({other.x + 20, other.y + 30});
    EXPECT_EQ(qube->pointer_focus, nullptr);
    EXPECT_EQ(program->pointed(), 1);
    EXPECT_EQ(program->x, other.x + 20 - 100);
    EXPECT_EQ(program->y, other.y + 30 - 100);
    stage.release();
    EXPECT_EQ(program->buttons, (std::vector<ProgramHand::Button>{{1, true}, {1, false}}));
    EXPECT_EQ(program->pointed(), 0);
    EXPECT_NE(qube->pointer_focus, nullptr);
    EXPECT_TRUE(qube->buttons.empty());
}

TEST_F(CompositorPointer, gives_nobody_the_release_of_a_button_whose_window_has_gone)
{
    open_qube({100, 100, 300, 200});
    open(1, {300, 200}, {100, 100});
    stage.desktop().activate(view());
    stage.point_at({150, 150});
    ASSERT_EQ(program->pointed(), 1);
    stage.press();
    program->hide(1);
    stage.settle();
    EXPECT_EQ(program->pointed(), 0);
    EXPECT_EQ(qube->pointer_focus, nullptr);
    stage.release();
    EXPECT_NE(qube->pointer_focus, nullptr);
    EXPECT_TRUE(qube->buttons.empty());
}

TEST_F(CompositorPointer, a_window_that_asks_to_be_moved_hears_the_release_and_then_nothing)
{
    open(1, {300, 200}, {100, 100});
    stage.point_at({150, 150});
    stage.press();
    program->begin_move(1);
    stage.settle();
    EXPECT_EQ(program->buttons, (std::vector<ProgramHand::Button>{{1, true}, {1, false}}));
    EXPECT_EQ(program->pointed(), 0);
    stage.point_at({250, 180});
    EXPECT_EQ(view().state().content.x, 200);
    stage.release();
    EXPECT_EQ(program->buttons.size(), 2U);
    EXPECT_EQ(program->pointed(), 1);
    // And the next press counts as the first: a move may be asked for again.
    stage.press();
    program->begin_move(1);
    stage.settle();
    stage.point_at({260, 180});
    stage.release();
    EXPECT_EQ(view().state().content.x, 210);
}

// A menu is open

class CompositorMenu : public CompositorPointer {
protected:
    void open_menu()
    {
        open(1, {300, 200}, {100, 100});
        stage.click({150, 150});
        ASSERT_EQ(program->typed(), 1);
        program->open_menu(2, 1, {100, 50, 80, 80}, true);
        stage.settle();
        program->keys.clear();
        stage.tap(KEY_A);
        ASSERT_EQ(program->keys.size(), 1U);
    }
};

TEST_F(CompositorMenu, closes_at_a_press_on_a_frame)
{
    open_menu();
    stage.click({200, 90});
    EXPECT_EQ(program->at(2).popups_done, 1);
}

TEST_F(CompositorMenu, closes_and_gives_up_the_keys_when_another_window_is_clicked)
{
    open_qube({500, 300, 300, 200});
    stage.desktop().set_minimized(*stage.desktop().stack().front(), true);
    open_menu();
    compositor::FramedView* other = nullptr;
    for (compositor::FramedView* const each : stage.desktop().stack())
        if (each->origin() == 1)
            other = each;
    ASSERT_NE(other, nullptr);
    stage.desktop().activate(*other); // alt-tab
    stage.settle();
    EXPECT_EQ(program->at(2).popups_done, 1);
    stage.tap(KEY_B);
    EXPECT_EQ(program->keys.size(), 1U);
    EXPECT_NE(qube->keyboard_focus, nullptr);
    EXPECT_FALSE(qube->keys.empty());
}

TEST_F(CompositorMenu, gets_no_key_once_the_screen_is_locked)
{
    open_menu();
    stage.lock();
    stage.tap(KEY_B);
    EXPECT_EQ(program->keys.size(), 1U);
    EXPECT_EQ(program->at(2).popups_done, 1);
    EXPECT_EQ(program->typed(), 0);
    EXPECT_EQ(program->pointed(), 0);
}

TEST_F(CompositorMenu, gives_up_the_keys_to_a_prompt)
{
    open_menu();
    auto prompt = stage.add_shell();
    prompt->open(3, 0, {200, 100}, 0, 0xffffff, true);
    ASSERT_TRUE(stage.run_until([&] { return prompt->shown; }));
    stage.settle();
    stage.tap(KEY_B);
    EXPECT_EQ(prompt->keys, std::vector<std::uint32_t>{KEY_B});
    EXPECT_EQ(program->keys.size(), 1U);
    stage.drop(prompt);
}

TEST_F(CompositorMenu, the_window_has_the_keys_again_when_its_menu_has_gone)
{
    open_menu();
    program->destroy(2);
    stage.settle();
    stage.tap(KEY_B);
    EXPECT_EQ(program->keys.size(), 2U);
    EXPECT_EQ(program->typed(), 1);
}

TEST_F(CompositorMenu, has_the_keys_while_it_is_shown)
{
    open_menu();
    EXPECT_EQ(program->typed(), 2);
    program->open_menu(3, 2, {10, 10, 40, 40}, true);
    stage.settle();
    EXPECT_EQ(program->typed(), 3);
    program->destroy(3);
    stage.settle();
    EXPECT_EQ(program->typed(), 2);
}

TEST_F(CompositorMenu, is_told_once_that_it_is_over_and_the_press_that_ends_it_is_nobodys)
{
    open_qube({500, 300, 300, 200});
    stage.desktop().set_minimized(*stage.desktop().stack().front(), true);
    open(1, {300, 200}, {100, 100});
    stage.click({150, 150});
    program->open_menu(2, 1, {100, 50, 80, 80}, true);
    stage.settle();
    std::size_t const buttons = program->buttons.size();
    stage.click({900, 700}); // nothing is there
    EXPECT_EQ(program->at(2).popups_done, 1);
    EXPECT_EQ(program->buttons.size(), buttons);
}

// A panel that takes the keys on demand

TEST_F(CompositorPointer, a_clicked_panel_keeps_the_keys_when_the_qube_in_use_opens_a_window)
{
    open_qube({500, 300, 300, 200});
    ASSERT_NE(qube->keyboard_focus, nullptr);
    auto panel = stage.add_shell();
    panel->open(2, 1, {1024, 40}, 40, 0x102030, 2);
    ASSERT_TRUE(stage.run_until([&] { return panel->shown; }));
    stage.click({500, 20});
    qube->open(2, {100, 100, 200, 100}, 0x20c060);
    stage.settle();
    stage.tap(KEY_A);
    EXPECT_EQ(panel->keys, std::vector<std::uint32_t>{KEY_A});
    EXPECT_TRUE(qube->keys.empty());
    Rect const content = stage.window(1, 1)->content;
    stage.click({content.x + 5, content.y + 5});
    stage.tap(KEY_B);
    EXPECT_EQ(qube->keys.size(), 2U);
    EXPECT_EQ(panel->keys.size(), 1U);
    stage.drop(panel);
}

TEST_F(CompositorPointer, a_layer_surface_without_size_or_anchors_is_an_error)
{
    auto panel = stage.add_shell();
    panel->open(2, 1, {0, 40}, 0, 0x102030);
    EXPECT_TRUE(stage.run_until([&] { return panel->ended(); }));
    EXPECT_TRUE(panel->error().has_value());
    stage.drop(panel);
}

// A program holds it

TEST_F(CompositorPointer, stands_still_while_a_program_has_locked_it_in_the_window_in_use)
{
    open_qube({500, 300, 300, 200});
    open(1, {300, 200}, {100, 100});
    stage.click({150, 150});
    program->lock_pointer(1);
    stage.settle();
    ASSERT_EQ(program->at(1).held, 1);
    stage.move_by(40, 30);
    EXPECT_EQ(stage.desktop().cursor()->x, 150);
    EXPECT_EQ(program->x, 50);
    // Another window comes into use: free again. Back: locked again.
    compositor::FramedView* other = nullptr;
    for (compositor::FramedView* const each : stage.desktop().stack())
        if (each->origin() == 1)
            other = each;
    stage.desktop().activate(*other);
    stage.settle();
    EXPECT_EQ(program->at(1).freed, 1);
    stage.move_by(10, 0);
    EXPECT_EQ(stage.desktop().cursor()->x, 160);
    stage.desktop().activate(view());
    stage.settle();
    EXPECT_EQ(program->at(1).held, 2);
    stage.lock();
    EXPECT_EQ(program->at(1).freed, 2);
}

TEST_F(CompositorPointer, stays_within_the_region_that_a_program_confines_it_to)
{
    open(1, {300, 200}, {100, 100});
    stage.click({110, 110});
    program->confine_pointer(1, {50, 50, 100, 100});
    stage.settle();
    EXPECT_EQ(program->at(1).held, 0) << "it is not inside yet";
    stage.point_at({160, 160});
    ASSERT_EQ(program->at(1).held, 1);
    stage.move_by(500, 20);
    EXPECT_EQ(program->x, 149);
    EXPECT_EQ(program->y, 80);
    stage.move_by(-500, -500);
    EXPECT_EQ(program->x, 50);
    EXPECT_EQ(program->y, 50);
    program->free_pointer(1);
    stage.settle();
    stage.move_by(-20, 0);
    EXPECT_EQ(program->x, 30);
}

TEST_F(CompositorPointer, is_not_locked_by_a_window_that_is_not_in_use)
{
    open(1, {300, 200}, {100, 100});
    open(2, {300, 200}, {500, 400}); // has the keys
    stage.point_at({150, 150});
    program->lock_pointer(1);
    stage.settle();
    EXPECT_EQ(program->at(1).held, 0);
    stage.click({150, 150});
    EXPECT_EQ(program->at(1).held, 1);
}

// A finger

TEST_F(CompositorPointer, a_finger_on_a_window_that_ends_is_told_so)
{
    wlr_seat_set_capabilities(stage.desktop().seat(), WL_SEAT_CAPABILITY_POINTER |
                                                          WL_SEAT_CAPABILITY_KEYBOARD |
                                                          WL_SEAT_CAPABILITY_TOUCH);
    program->watch_touch();
    open(1, {300, 200}, {100, 100});
    stage.desktop().touch_down(1, 0, 150, 150);
    stage.settle();
    ASSERT_EQ(program->touches, 1);
    program->destroy(1);
    stage.settle();
    EXPECT_EQ(program->touches_ended, 1);
}

// Where windows are

TEST_F(CompositorPointer, a_window_that_was_hidden_comes_back_where_it_was)
{
    open(1, {300, 200}, {321, 234});
    program->hide(1);
    stage.settle();
    program->commit(1); // as the protocol has it: configured and drawn anew
    stage.settle();
    EXPECT_EQ(view().state().content, (Rect{321, 234, 300, 200}));
}

TEST_F(CompositorPointer, a_subsurface_that_sticks_out_at_the_left_moves_nothing_of_its_window)
{
    open(1, {300, 200}, {200, 200});
    stage.point_at({250, 250});
    program->open_subsurface(2, 1, {-40, 0}, {30, 30});
    stage.settle();
    EXPECT_EQ(program->x, 50);
    EXPECT_EQ(view().state().content, (Rect{160, 200, 340, 200}));
}

TEST_F(CompositorPointer, a_minimised_window_that_wants_to_be_large_is_shown_but_not_focused)
{
    open_qube({500, 300, 300, 200});
    open(1, {300, 200}, {100, 100});
    stage.desktop().set_minimized(view(), true);
    xdg_toplevel_set_maximized(program->at(1).toplevel);
    stage.settle();
    EXPECT_FALSE(view().state().minimized);
    EXPECT_TRUE(program->at(1).maximized);
    EXPECT_EQ(program->typed(), 0);
}

// First sizes

TEST_F(CompositorPointer, a_window_that_starts_maximised_is_told_its_size_at_once)
{
    program->create(1, {200, 100});
    xdg_toplevel_set_maximized(program->at(1).toplevel);
    program->commit(1);
    stage.settle();
    Rect const content = view().state().content;
    EXPECT_TRUE(program->at(1).maximized);
    EXPECT_GT(content.width, 900);
    EXPECT_EQ(program->at(1).all_asked.front(), (Size{content.width, content.height}));
    xdg_toplevel_unset_maximized(program->at(1).toplevel);
    stage.settle();
    EXPECT_FALSE(program->at(1).maximized);
    EXPECT_LT(view().state().content.width, content.width);
    EXPECT_LT(view().state().content.height, content.height);
}

TEST_F(CompositorPointer, a_window_that_starts_full_screen_is_told_its_size_at_once)
{
    program->create(1, {200, 100});
    xdg_toplevel_set_fullscreen(program->at(1).toplevel, nullptr);
    program->commit(1);
    stage.settle();
    EXPECT_TRUE(program->at(1).fullscreen);
    EXPECT_EQ(program->at(1).all_asked.front(), (Size{1024, 768}));
}

} // namespace
} // namespace vitrail::test
