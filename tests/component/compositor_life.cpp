// What happens to windows when a guid, an output, a label or a page goes and comes.

#include "compositor/lost_view.hpp"
#include "tests/component/compositor_forgery.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <cmath>

namespace vitrail::test {
namespace {

constexpr std::uint32_t work = 3;
constexpr std::uint32_t work_rgb = 0x3465a4;
constexpr std::uint32_t content_color = 0x40d0e0;

OriginSetup work_setup()
{
    return {.name = "work", .label = "blue", .rgb = work_rgb, .code = "WO"};
}

class CompositorLife : public testing::Test {
protected:
    CompositorLife() { stage.set_origin(work, work_setup()); }
    [[nodiscard]] int color_count(std::uint32_t color)
    {
        Image const picture = stage.look();
        return count_color(picture, color, {0, 0, picture.width, picture.height});
    }
    Stage stage;
};

// Seen or not

TEST_F(CompositorLife, a_window_that_another_covers_is_told_that_it_cannot_be_seen)
{
    auto qube = stage.add_qube(work);
    qube->open(1, {200, 200, 200, 100}, content_color);
    qube->open(2, {500, 350, 300, 200}, 0x101010);
    stage.settle();
    EXPECT_EQ(qube->at(1).visible, true);
    auto& desktop = stage.desktop();
    compositor::FramedView& lid = *desktop.stack().back();
    ASSERT_EQ(lid.state().content.width, 300);
    desktop.move_view(lid, {150, 150});
    EXPECT_TRUE(stage.run_until([&] { return qube->at(1).visible == false; }));
    EXPECT_EQ(qube->at(2).visible, true);
    desktop.move_view(lid, {500, 350});
    EXPECT_TRUE(stage.run_until([&] { return qube->at(1).visible == true; }));
}

TEST_F(CompositorLife, a_window_that_is_minimised_or_on_another_workspace_is_told_so)
{
    auto qube = stage.add_qube(work);
    qube->open(1, {200, 200, 200, 100}, content_color);
    stage.settle();
    auto& desktop = stage.desktop();
    compositor::FramedView& view = *desktop.stack().back();
    auto const told = [&](bool visible) {
        return stage.run_until([&] { return qube->at(1).visible == visible; });
    };
    desktop.set_minimized(view, true);
    EXPECT_TRUE(told(false));
    desktop.activate(view);
    EXPECT_TRUE(told(true));
    desktop.set_workspace(2);
    EXPECT_TRUE(told(false));
    desktop.set_workspace(1);
    EXPECT_TRUE(told(true));
}

// Lost and found

TEST_F(CompositorLife, a_lost_qubes_window_is_grey_in_its_frame_in_the_very_next_frame)
{
    auto qube = stage.add_qube(work);
    qube->open(1, {100, 100, 300, 200}, content_color);
    qube->title(1, "Report");
    stage.settle();
    stage.drop(qube);
    Image const picture = stage.look();
    auto const seen = stage.window(work, 1);
    ASSERT_TRUE(seen);
    EXPECT_TRUE(seen->lost);
    EXPECT_EQ(seen->title, "Report");
    EXPECT_EQ(seen->content, (Rect{100, 100, 300, 200}));
    EXPECT_EQ(count_color(picture, content_color, {100, 100, 300, 200}), 0);
    EXPECT_EQ(count_color(picture, work_rgb, {97, 110, 3, 180}), 3 * 180) << "without its frame";
}

TEST_F(CompositorLife, a_lost_qubes_menus_go_at_once)
{
    auto qube = stage.add_qube(work);
    qube->open(1, {100, 100, 300, 200}, content_color);
    qube->open(2, {600, 600, 50, 50}, content_color, true);
    stage.settle();
    stage.drop(qube);
    EXPECT_FALSE(stage.window(work, 2));
}

TEST_F(CompositorLife, a_window_that_comes_back_takes_place_size_stacking_and_focus)
{
    auto qube = stage.add_qube(work);
    qube->open(1, {100, 100, 300, 200}, content_color);
    qube->open(2, {150, 150, 300, 200}, 0x111111);
    stage.settle();
    stage.click({110, 110});
    auto const before = stage.windows();
    stage.drop(qube);
    auto again = stage.add_qube(work);
    again->open(2, {10, 10, 300, 200}, 0x111111);
    again->open(1, {500, 500, 300, 200}, content_color);
    stage.settle();
    auto const after = stage.windows();
    ASSERT_EQ(after.size(), before.size());
    for (std::size_t i = 0; i < after.size(); ++i) {
        EXPECT_EQ(after[i].window, before[i].window);
        EXPECT_EQ(after[i].content, before[i].content);
        EXPECT_EQ(after[i].focused, before[i].focused);
        EXPECT_FALSE(after[i].lost);
    }
    EXPECT_EQ(again->keyboard_focus, again->at(1).surface);
    stage.point_at({5, 700});
    EXPECT_EQ(color_count(content_color), 300 * 200);
    stage.drop(again);
}

TEST_F(CompositorLife, the_windows_of_another_life_of_the_agent_take_no_old_place)
{
    auto qube = stage.add_qube(work, 1);
    qube->open(1, {100, 100, 300, 200}, content_color);
    stage.settle();
    stage.drop(qube);
    auto next = stage.add_qube(work, 2);
    next->open(1, {500, 400, 300, 200}, content_color);
    stage.settle();
    int lost = 0;
    for (Seen const& one : stage.windows()) {
        lost += one.lost;
        if (!one.lost) {
            EXPECT_EQ(one.content, (Rect{500, 400, 300, 200}));
        }
    }
    EXPECT_EQ(lost, 1);
    stage.drop(next);
}

TEST_F(CompositorLife, a_window_destroyed_before_its_guid_went_does_not_come_back_as_a_picture)
{
    auto qube = stage.add_qube(work);
    qube->open(1, {100, 100, 300, 200}, content_color);
    stage.settle();
    qube->destroy(1);
    stage.settle();
    stage.drop(qube);
    EXPECT_TRUE(stage.windows().empty());
}

TEST_F(CompositorLife, an_origin_that_is_removed_takes_its_pictures_along)
{
    auto qube = stage.add_qube(work);
    qube->open(1, {100, 100, 300, 200}, content_color);
    stage.settle();
    stage.drop(qube);
    stage.remove_origin(work);
    EXPECT_TRUE(stage.windows().empty());
}

TEST_F(CompositorLife, the_grace_is_five_seconds)
{
    EXPECT_EQ(compositor::LostWindows::grace, std::chrono::seconds(5));
}

TEST_F(CompositorLife, a_lost_window_takes_no_keys_and_no_clicks_reach_what_lies_behind)
{
    auto other = stage.add_qube(work);
    other->open(9, {90, 90, 400, 300}, 0x222222);
    stage.settle();
    stage.set_origin(4, {.name = "mail", .label = "green", .rgb = 0x73d216, .code = "MA"});
    auto mail = stage.add_qube(4);
    mail->open(1, {100, 100, 300, 200}, content_color);
    stage.settle();
    for (compositor::FramedView* const view : std::vector(stage.desktop().stack()))
        if (view->origin() == 4)
            stage.desktop().activate(*view);
    stage.drop(mail);
    other->buttons.clear();
    stage.click({200, 200});
    stage.tap(30);
    EXPECT_TRUE(other->buttons.empty());
    EXPECT_TRUE(other->keys.empty());
    stage.drop(other);
}

TEST_F(CompositorLife, what_sessiond_remembers_is_where_a_window_comes_after_a_restart)
{
    vitrail_session_v1_restore_window(stage.session().session, work, 1, 1, 120, 140, 320, 220, 1, 1,
                                      0);
    vitrail_session_v1_restore_window(stage.session().session, work, 2, 1, 200, 240, 100, 100, 2, 1,
                                      8);
    vitrail_session_v1_restore_window(stage.session().session, work, 3, 1, 300, 300, 100, 100, 0, 2,
                                      0);
    auto qube = stage.add_qube(work);
    qube->open(2, {0, 0, 100, 100}, content_color); // announced in another order
    qube->open(1, {0, 0, 320, 220}, content_color);
    qube->open(3, {0, 0, 100, 100}, content_color);
    stage.settle();
    auto const all = stage.windows();
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].window, 3U);
    EXPECT_EQ(all[0].workspace, 2);
    EXPECT_EQ(all[1].window, 1U);
    EXPECT_EQ(all[1].content, (Rect{120, 140, 320, 220}));
    EXPECT_EQ(all[2].window, 2U);
    EXPECT_TRUE(all[2].focused);
    stage.drop(qube);
}

TEST_F(CompositorLife, a_place_remembered_under_a_full_screen_window_is_no_trouble)
{
    vitrail_session_v1_restore_window(stage.session().session, work, 1, 1, 0, 0, 1024, 768, 5, 1,
                                      2 | 8);
    vitrail_session_v1_restore_window(stage.session().session, work, 2, 1, 200, 240, 100, 100, 2, 1,
                                      0);
    auto qube = stage.add_qube(work);
    qube->open(1, {0, 0, 1024, 768}, content_color);
    qube->open(2, {0, 0, 100, 100}, content_color);
    stage.settle();
    EXPECT_EQ(stage.windows().size(), 2U);
    stage.drop(qube);
}

// Labels

TEST_F(CompositorLife, without_a_label_nothing_is_ever_shown)
{
    auto nobody = stage.add_qube(77);
    for (std::uint32_t i = 1; i < 30; ++i) {
        nobody->create(i, i % 2);
        nobody->geometry(i, {10, 10, 100, 100});
        nobody->map(i);
        wl_surface_commit(nobody->at(i).surface);
    }
    stage.settle();
    EXPECT_TRUE(stage.windows().empty());
    EXPECT_FALSE(nobody->error());
    nobody->paint(1, {10, 10}, content_color); // no quota of pages without an origin either
    stage.settle();
    EXPECT_TRUE(nobody->error());
    EXPECT_TRUE(stage.windows().empty());
    stage.drop(nobody);
}

TEST_F(CompositorLife, a_label_that_changes_changes_every_frame_and_rim_at_once)
{
    auto qube = stage.add_qube(work);
    qube->open(1, {100, 100, 300, 200}, content_color);
    qube->open(2, {500, 500, 50, 50}, content_color, true);
    ASSERT_GT(color_count(work_rgb), 0);
    OriginSetup next = work_setup();
    next.label = "red";
    next.rgb = 0xcc0000;
    stage.set_origin(work, next);
    Image const picture = stage.look();
    EXPECT_EQ(count_color(picture, work_rgb, {0, 0, 1024, 768}), 0);
    EXPECT_EQ(count_color(picture, 0xcc0000, {97, 110, 3, 180}), 3 * 180);
    EXPECT_EQ(count_color(picture, 0xcc0000, {498, 498, 54, 2}), 54 * 2);
    stage.drop(qube);
}

TEST_F(CompositorLife, a_qube_that_may_not_place_menus_gets_them_in_a_whole_frame)
{
    OriginSetup strict = work_setup();
    strict.permissions = 0;
    stage.set_origin(work, strict);
    auto qube = stage.add_qube(work);
    qube->open(1, {400, 400, 200, 100}, content_color, true);
    stage.settle();
    auto const seen = stage.window(work, 1);
    ASSERT_TRUE(seen);
    EXPECT_FALSE(seen->popup);
    EXPECT_EQ(seen->frame.height, seen->content.height + 35);
    stage.drop(qube);
}

// Outputs

TEST_F(CompositorLife, every_output_may_go_and_come_back)
{
    auto qube = stage.add_qube(work);
    qube->open(1, {100, 100, 300, 200}, content_color);
    qube->open(2, {500, 500, 50, 50}, content_color, true);
    stage.settle();
    stage.remove_output(0);
    EXPECT_EQ(stage.output_count(), 0U);
    qube->geometry(1, {50, 50, 200, 100}); // while there is none
    qube->open(3, {0, 0, 60, 60}, content_color, true);
    qube->open(4, {0, 0, 60, 60}, content_color);
    qube->flags(1, 1, 0);
    stage.settle();
    EXPECT_FALSE(qube->error());
    stage.add_output({800, 600});
    stage.settle();
    EXPECT_EQ(qube->layout, (Size{800, 600}));
    EXPECT_GT(color_count(content_color), 1000);
    for (Seen const& one : stage.windows())
        EXPECT_FALSE(intersection(one.frame, {0, 0, 800, 600}).empty());
    stage.drop(qube);
}

TEST_F(CompositorLife, windows_of_an_output_that_goes_can_be_reached_on_another)
{
    stage.add_output({1280, 720});
    auto qube = stage.add_qube(work);
    EXPECT_EQ(qube->layout, (Size{1024 + 1280, 768}));
    qube->open(1, {1500, 100, 300, 200}, content_color);
    stage.settle();
    ASSERT_EQ(stage.window(work, 1)->content.x, 1500);
    stage.remove_output(1);
    EXPECT_EQ(qube->layout, (Size{1024, 768}));
    Rect const frame = stage.window(work, 1)->frame;
    EXPECT_GE(intersection(frame, {0, 0, 1024, 32 + frame.y}).width, 64);
    stage.drop(qube);
}

TEST_F(CompositorLife, windows_of_the_extension_are_told_a_new_scale)
{
    auto qube = stage.add_qube(work);
    vitrail_window_manager_v1_set_extended(qube->manager);
    qube->open(1, {0, 0, 300, 200}, content_color);
    stage.settle();
    EXPECT_EQ(qube->at(1).scale_120, 120U);
    wlr_output_state state;
    wlr_output_state_init(&state);
    wlr_output_state_set_scale(&state, 1.5F);
    wlr_output_event_request_state event{stage.output(0), &state};
    wl_signal_emit_mutable(&stage.output(0)->events.request_state, &event);
    wlr_output_state_finish(&state);
    stage.settle();
    EXPECT_EQ(qube->at(1).scale_120, 180U);
    stage.drop(qube);
}

// Pages

class CompositorPages : public CompositorLife {
protected:
    CompositorPages()
    {
        qube = stage.add_qube(work);
        qube->create(1);
        qube->geometry(1, {100, 100, 256, 128});
        memory = qube->pages({256, 128}, content_color);
        qube->show(1, memory.buffer);
        qube->map(1);
        stage.settle();
    }
    ~CompositorPages() override { stage.drop(qube); }
    std::unique_ptr<QubeHand> qube;
    QubeHand::Pages memory;
};

TEST_F(CompositorPages, that_are_truncated_while_shown_become_zeros_and_nobody_dies)
{
    EXPECT_EQ(color_count(content_color), 256 * 128);
    ASSERT_EQ(ftruncate(memory.memory.get(), 0), 0);
    qube->show(1, memory.buffer); // composed anew, from pages that are not there
    EXPECT_EQ(color_count(content_color), 0);
    EXPECT_EQ(count_color(stage.look(), work_rgb, {97, 110, 3, 100}), 300);
    EXPECT_FALSE(qube->error());
}

TEST_F(CompositorPages, that_are_truncated_in_the_middle_take_nothing_else_with_them)
{
    ASSERT_EQ(ftruncate(memory.memory.get(), 4096L * 7), 0);
    qube->show(1, memory.buffer);
    Image const picture = stage.look();
    EXPECT_EQ(count_color(picture, work_rgb, {97, 110, 3, 100}), 300);
    EXPECT_FALSE(qube->error());
    // And the qube goes on with other pages.
    qube->paint(1, {256, 128}, 0x123456);
    EXPECT_EQ(color_count(0x123456), 256 * 128);
}

TEST_F(CompositorPages, that_are_punched_out_are_black)
{
    ASSERT_EQ(
        fallocate(memory.memory.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096L * 32),
        0);
    qube->show(1, memory.buffer);
    EXPECT_EQ(color_count(content_color), 0);
}

TEST_F(CompositorPages, that_change_while_they_are_shown_change_nothing_outside)
{
    Image const before = stage.look();
    for (std::uint32_t round = 0; round < 20; ++round) {
        std::vector<std::uint32_t> noise(256 * 128, 0x9e3779b9U * (round + 1));
        ASSERT_GT(pwrite(memory.memory.get(), noise.data(), noise.size() * 4, 0), 0);
        qube->show(1, memory.buffer);
        ASSERT_EQ(count_differences(before, stage.look(), {{100, 100, 256, 128}}), 0);
    }
}

TEST_F(CompositorPages, that_cannot_be_mapped_fail_that_buffer_only)
{
    Fd const empty{open("/dev/null", O_RDONLY | O_CLOEXEC)};
    wl_buffer* const buffer = qube->raw_buffer(empty.get(), {0, 1}, {16, 16}, 64, 0);
    stage.settle();
    EXPECT_EQ(qube->failed_buffers, 1);
    qube->show(1, buffer);
    stage.settle();
    EXPECT_FALSE(qube->error());
}

TEST_F(CompositorPages, of_a_lost_window_that_are_taken_away_are_no_trouble)
{
    int const fd = dup(memory.memory.get());
    stage.drop(qube);
    ASSERT_EQ(ftruncate(fd, 0), 0);
    close(fd);
    stage.click({150, 150});
    EXPECT_EQ(count_color(stage.look(), work_rgb, {97, 110, 3, 100}), 300);
    qube = stage.add_qube(work, 2);
}

// Inspection

TEST_F(CompositorLife, the_inspection_names_every_client_with_its_tier)
{
    auto qube = stage.add_qube(work, 5);
    auto panel = stage.add_shell();
    auto const clients = nlohmann::json::parse(stage.inspect("clients"), nullptr, false);
    ASSERT_TRUE(clients.is_array());
    std::vector<std::string> tiers;
    for (auto const& one : clients) {
        tiers.push_back(one["tier"].get<std::string>());
        EXPECT_EQ(one["pid"].get<int>(), getpid());
        if (tiers.back() == "qube") {
            EXPECT_EQ(one["origin"].get<std::uint32_t>(), work);
            EXPECT_EQ(one["epoch"].get<int>(), 5);
            EXPECT_EQ(one["qube"].get<std::string>(), "work");
        }
    }
    std::ranges::sort(tiers);
    EXPECT_EQ(tiers, (std::vector<std::string>{"control", "qube", "shell"}));
    stage.drop(panel);
    stage.drop(qube);
}

TEST_F(CompositorLife, the_inspection_has_outputs_with_mode_and_work_area_and_the_scene_by_layers)
{
    auto const outputs = nlohmann::json::parse(stage.inspect("outputs"), nullptr, false);
    ASSERT_EQ(outputs.size(), 1U);
    EXPECT_EQ(outputs[0]["mode"]["width"].get<int>(), 1024);
    EXPECT_EQ(outputs[0]["work_area"]["height"].get<int>(), 768);
    auto qube = stage.add_qube(work);
    qube->open(1, {100, 100, 300, 200}, content_color);
    stage.settle();
    auto const tree = nlohmann::json::parse(stage.inspect("tree"), nullptr, false);
    ASSERT_EQ(tree.size(), 12U);
    EXPECT_EQ(tree[0]["layer"].get<std::string>(), "backdrop");
    EXPECT_EQ(tree[11]["layer"].get<std::string>(), "lock");
    EXPECT_EQ(tree[3]["children"].size(), 1U);
    EXPECT_EQ(stage.inspect("anything"), "null");
    stage.drop(qube);
}

// The same picture of everything else, whatever the attacker does (non-interference)

struct Behaviour {
    char const* name;
    void (*act)(Stage&, QubeHand&);
};
constexpr Size attackers_size{240, 160};
constexpr Behaviour behaviours[] = {
    {"draws_another_colour", [](Stage&, QubeHand& a) { a.paint(1, attackers_size, 0x00ff00); }},
    {"draws_nothing_more", [](Stage&, QubeHand&) {}},
    {"draws_translucently", [](Stage&, QubeHand& a) { a.paint_translucent(1, attackers_size, 0); }},
    {"draws_additively",
     [](Stage&, QubeHand& a) { a.paint_translucent(1, attackers_size, 0x00ffffff); }},
    {"stretches_one_pixel",
     [](Stage&, QubeHand& a) { a.paint_stretched(1, attackers_size, 0xffffff); }},
    {"draws_a_hundred_times",
     [](Stage& s, QubeHand& a) {
         for (std::uint32_t i = 0; i < 100; ++i) {
             a.paint(1, attackers_size, i * 0x010203);
             if (i % 20 == 0)
                 (void)s.look();
         }
     }},
    {"damages_without_end",
     [](Stage&, QubeHand& a) {
         for (int i = 0; i < 500; ++i)
             wl_surface_damage(a.at(1).surface, -i, -i, 10000, 10000);
         wl_surface_commit(a.at(1).surface);
     }},
    {"claims_opaque_regions_far_outside",
     [](Stage&, QubeHand& a) {
         wl_region* const region = wl_compositor_create_region(a.compositor);
         wl_region_add(region, -5000, -5000, 20000, 20000);
         wl_surface_set_opaque_region(a.at(1).surface, region);
         wl_surface_set_input_region(a.at(1).surface, region);
         wl_surface_commit(a.at(1).surface);
         wl_region_destroy(region);
     }},
    {"claims_to_be_opaque_and_draws_translucently",
     [](Stage&, QubeHand& a) {
         wl_region* const region = wl_compositor_create_region(a.compositor);
         wl_region_add(region, 0, 0, 240, 160);
         wl_surface_set_opaque_region(a.at(1).surface, region);
         wl_region_destroy(region);
         a.paint_translucent(1, attackers_size, 0);
     }},
    {"draws_with_a_scale",
     [](Stage&, QubeHand& a) {
         wl_surface_set_buffer_scale(a.at(1).surface, 2);
         a.paint(1, {480, 320}, 0xffff00);
     }},
    {"draws_upside_down",
     [](Stage&, QubeHand& a) {
         wl_surface_set_buffer_transform(a.at(1).surface, 2);
         a.paint(1, attackers_size, 0xffff00);
     }},
    {"sets_a_cursor_that_is_not_its_to_set",
     [](Stage&, QubeHand& a) { a.cursor({100, 100}, 0xffffffff, {50, 50}); }},
};

class NonInterference : public testing::TestWithParam<std::tuple<Behaviour, float>> {};

TEST_P(NonInterference, leaves_every_pixel_outside_of_the_content_as_it_is)
{
    auto const& [behaviour, scale] = GetParam();
    auto const picture_of = [&](void (*act)(Stage&, QubeHand&), Rect& content) {
        char outputs[32];
        std::snprintf(outputs, sizeof outputs, "1000x700@%g", double(scale));
        Stage stage{{.outputs = outputs}};
        stage.set_origin(work, work_setup());
        stage.set_origin(evil, {.name = "evil", .label = "red", .rgb = evil_rgb, .code = "EV"});
        auto victim = stage.add_qube(work);
        victim->open(1, {200, 120, 200, 150}, content_color);
        auto attacker = stage.add_qube(evil);
        attacker->open(1, {61, 83, 240, 160}, attack_color);
        attacker->title(1, "A title");
        stage.settle();
        if (act)
            act(stage, *attacker);
        stage.settle();
        content = stage.window(evil, 1)->content;
        Image picture = stage.look();
        stage.drop(attacker);
        stage.drop(victim);
        return picture;
    };
    Rect content;
    Rect same;
    Image const calm = picture_of(nullptr, content);
    Image const other = picture_of(behaviour.act, same);
    EXPECT_EQ(content, same);
    // The pixels that the content's rectangle touches, at this scale.
    auto const down = [&](double v) { return static_cast<int>(std::floor(v * double(scale))); };
    auto const up = [&](double v) { return static_cast<int>(std::ceil(v * double(scale))); };
    Rect const touched{down(content.x), down(content.y),
                       up(double(content.right())) - down(content.x),
                       up(double(content.bottom())) - down(content.y)};
    EXPECT_EQ(count_differences(calm, other, {touched}), 0);
}

INSTANTIATE_TEST_SUITE_P(Attacker, NonInterference,
                         testing::Combine(testing::ValuesIn(behaviours),
                                          testing::Values(1.0F, 1.25F, 1.5F, 2.0F)),
                         [](auto const& info) {
                             return std::string(std::get<0>(info.param).name) + "_at_scale_" +
                                    std::to_string(static_cast<int>(std::get<1>(info.param) * 100));
                         });

} // namespace
} // namespace vitrail::test
