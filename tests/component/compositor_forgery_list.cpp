// What an attacker with a guid's connection does (design: security, spoof corpus).

#include "tests/component/compositor_forgery.hpp"

#include <gtest/gtest.h>

namespace vitrail::test {
namespace {

using List = std::vector<Forgery>;

constexpr std::int32_t far_away = 1 << 20; ///< the protocol's last position that is possible

struct Place {
    char const* name;
    Rect (*where)(Scene const&);
};

Rect whole_screen(Scene const& s)
{
    return {0, 0, s.screen.width, s.screen.height};
}

constexpr Place places[] = {
    {"over_the_whole_screen", whole_screen},
    {"larger_than_the_screen",
     [](Scene const& s) { return Rect{-80, -80, s.screen.width + 160, s.screen.height + 160}; }},
    {"over_the_panel", [](Scene const& s) { return Rect{0, 0, s.screen.width, 30}; }},
    {"over_the_victims_title_bar",
     [](Scene const& s) {
         Rect const v = s.victim_content;
         return Rect{v.x, v.y - 32, v.width, 32};
     }},
    {"exactly_over_the_victims_content", [](Scene const& s) { return s.victim_content; }},
    {"exactly_over_the_victims_frame",
     [](Scene const& s) {
         Rect const v = s.victim_content;
         return Rect{v.x - 3, v.y - 32, v.width + 6, v.height + 35};
     }},
    {"above_the_upper_edge", [](Scene const&) { return Rect{200, -300, 240, 160}; }},
    {"beyond_the_left_edge", [](Scene const&) { return Rect{-235, 200, 240, 160}; }},
    {"beyond_the_right_edge",
     [](Scene const& s) { return Rect{s.screen.width - 5, 200, 240, 160}; }},
    {"below_the_lower_edge",
     [](Scene const& s) { return Rect{200, s.screen.height - 5, 240, 160}; }},
    {"in_a_corner_with_one_pixel_inside",
     [](Scene const& s) { return Rect{s.screen.width - 1, s.screen.height - 1, 300, 300}; }},
    {"at_one_pixel", [](Scene const&) { return Rect{500, 400, 1, 1}; }},
    {"as_a_line_across", [](Scene const& s) { return Rect{0, 400, s.screen.width, 1}; }},
    {"as_a_line_down", [](Scene const& s) { return Rect{500, 0, 1, s.screen.height}; }},
    {"at_the_furthest_position", [](Scene const&) { return Rect{far_away, far_away, 200, 150}; }},
    {"at_the_furthest_negative_position",
     [](Scene const&) { return Rect{-far_away, -far_away, 200, 150}; }},
    {"at_the_greatest_size", [](Scene const&) { return Rect{0, 0, 16384, 16384}; }},
};

/// A window with a picture of this size, however large, without the memory for it.
void open_at(QubeHand& hand, std::uint32_t number, Rect const& place, bool menu)
{
    hand.create(number, menu);
    hand.geometry(number, place);
    hand.paint_stretched(number, {place.width, place.height}, attack_color);
    hand.map(number);
}

void add_places(List& list)
{
    for (Place const& place : places) {
        std::string const at = place.name;
        auto const where = place.where;
        list.push_back({"a_window_" + at, false,
                        [where](Scene& s, QubeHand& a) { open_at(a, 1, where(s), false); }});
        list.push_back({"a_menu_" + at, false,
                        [where](Scene& s, QubeHand& a) { open_at(a, 1, where(s), true); }});
        list.push_back({"a_window_moved_" + at, false, [where](Scene& s, QubeHand& a) {
                            open_at(a, 1, {40, 500, 160, 120}, false);
                            s.stage.settle();
                            Rect const to = where(s);
                            a.geometry(1, to);
                            a.paint_stretched(1, {to.width, to.height}, attack_color);
                        }});
        list.push_back({"a_menu_moved_" + at, false, [where](Scene& s, QubeHand& a) {
                            open_at(a, 1, {40, 500, 160, 120}, true);
                            s.stage.settle();
                            Rect const to = where(s);
                            a.geometry(1, to);
                            a.paint_stretched(1, {to.width, to.height}, attack_color);
                        }});
        list.push_back({"a_popup_" + at, false, [where](Scene& s, QubeHand& a) {
                            open_at(a, 1, {40, 500, 160, 120}, false);
                            s.stage.settle();
                            Rect const to = where(s);
                            a.create(2);
                            a.popup(2, {.parent = 1,
                                        .anchor_rect = {std::max(to.x - 40, -far_away),
                                                        std::max(to.y - 500, -far_away), 1, 1},
                                        .gravity = 8, // down and to the right
                                        .size = {to.width, to.height}});
                            a.paint_stretched(2, {to.width, to.height}, attack_color);
                            a.map(2);
                        }});
    }
}

void add_coverings(List& list)
{
    for (int const columns : {2, 3, 8})
        list.push_back({std::to_string(columns * columns) + "_menus_that_tile_the_screen", false,
                        [columns](Scene& s, QubeHand& a) {
                            int const w = s.screen.width / columns;
                            int const h = s.screen.height / columns;
                            for (int i = 0; i < columns * columns; ++i)
                                open_at(a, static_cast<std::uint32_t>(i + 1),
                                        {i % columns * w, i / columns * h, w, h}, true);
                        }});
    list.push_back(
        {"a_menu_of_eighty_percent_and_another_of_eighty", false, [](Scene& s, QubeHand& a) {
             open_at(a, 1, {0, 0, s.screen.width, s.screen.height * 8 / 10}, true);
             open_at(a, 2, {0, s.screen.height / 5, s.screen.width, s.screen.height * 8 / 10},
                     true);
         }});
    list.push_back({"a_hundred_windows_in_a_grid", false, [](Scene& s, QubeHand& a) {
                        for (int i = 0; i < 100; ++i)
                            open_at(a, static_cast<std::uint32_t>(i + 1),
                                    {i % 10 * s.screen.width / 10, i / 10 * s.screen.height / 10,
                                     s.screen.width / 10, s.screen.height / 10},
                                    false);
                    }});
    list.push_back({"menus_that_draw_a_frame_around_the_victim", false, [](Scene& s, QubeHand& a) {
                        Rect const v = s.victim_content;
                        open_at(a, 1, {v.x - 12, v.y - 40, 8, v.height + 50}, true);
                        open_at(a, 2, {v.x + v.width + 4, v.y - 40, 8, v.height + 50}, true);
                        open_at(a, 3, {v.x - 12, v.y - 46, v.width + 24, 8}, true);
                    }});
    list.push_back({"a_chain_of_forty_popups", false, [](Scene& s, QubeHand& a) {
                        open_at(a, 1, {40, 500, 160, 120}, false);
                        s.stage.settle();
                        for (std::uint32_t i = 2; i < 42; ++i) {
                            a.create(i);
                            a.popup(i, {.parent = i - 1,
                                        .anchor_rect = {20, -20, 1, 1},
                                        .gravity = 8,
                                        .size = {60, 40}});
                            a.paint(i, {60, 40}, attack_color);
                            a.map(i);
                        }
                    }});
    list.push_back(
        {"a_popup_of_a_popup_that_walks_off_the_screen", false, [](Scene& s, QubeHand& a) {
             open_at(a, 1, {40, 500, 160, 120}, false);
             s.stage.settle();
             for (std::uint32_t i = 2; i < 12; ++i) {
                 a.create(i);
                 a.popup(i, {.parent = i - 1,
                             .anchor_rect = {4000, 0, 1, 1},
                             .gravity = 8,
                             .size = {60, 40}});
                 a.paint(i, {60, 40}, attack_color);
                 a.map(i);
             }
         }});
    list.push_back(
        {"a_popup_whose_window_moves_it_over_the_panel", false, [](Scene& s, QubeHand& a) {
             open_at(a, 1, {40, 500, 160, 120}, false);
             s.stage.settle();
             a.create(2);
             a.popup(2,
                     {.parent = 1, .anchor_rect = {0, -30, 1, 1}, .gravity = 8, .size = {100, 40}});
             a.paint(2, {100, 40}, attack_color);
             a.map(2);
             s.stage.settle();
             a.geometry(1, {40, 0, 160, 120});
         }});
    list.push_back({"a_menu_that_grows_after_it_was_shown", false, [](Scene& s, QubeHand& a) {
                        open_at(a, 1, {40, 500, 20, 20}, true);
                        s.stage.settle();
                        for (int i = 1; i <= 20; ++i)
                            a.paint_stretched(1,
                                              {s.screen.width * i / 20, s.screen.height * i / 20},
                                              attack_color);
                    }});
    list.push_back({"twenty_tray_icons_of_the_screens_size", false, [](Scene& s, QubeHand& a) {
                        for (std::uint32_t i = 1; i <= 20; ++i) {
                            a.create(i);
                            vitrail_window_v1_dock(a.at(i).role);
                            a.paint_stretched(i, s.screen, attack_color);
                        }
                    }});
    list.push_back({"a_menu_that_becomes_a_tray_icon", false, [](Scene& s, QubeHand& a) {
                        a.create(1, true);
                        a.geometry(1, whole_screen(s));
                        vitrail_window_v1_dock(a.at(1).role);
                        a.paint_stretched(1, s.screen, attack_color);
                        a.map(1);
                    }});
}

void add_sizes(List& list)
{
    list.push_back({"a_picture_far_larger_than_the_window", false, [](Scene& s, QubeHand& a) {
                        open_at(a, 1, {40, 500, 160, 120}, false);
                        s.stage.settle();
                        s.stage.desktop().set_maximized(*s.stage.desktop().stack().front(), true);
                        a.paint_stretched(1, {16384, 16384}, attack_color);
                    }});
    list.push_back(
        {"a_maximised_window_with_a_picture_of_one_pixel", false, [](Scene& s, QubeHand& a) {
             open_at(a, 1, {40, 500, 160, 120}, false);
             s.stage.settle();
             a.flags(1, 1, 0); // full screen, not permitted
             s.stage.settle();
             a.paint_stretched(1, {1, 1}, attack_color);
         }});
    list.push_back({"sizes_faster_than_frames", false, [](Scene& s, QubeHand& a) {
                        open_at(a, 1, {40, 500, 160, 120}, false);
                        for (int i = 0; i < 300; ++i) {
                            a.geometry(1, {40 + i, 500 - i, 100 + i * 3 % 500, 80 + i * 7 % 400});
                            if (i % 10 == 0)
                                a.paint_stretched(1, {100 + i * 5 % 900, 100}, attack_color);
                        }
                        s.stage.settle();
                    }});
    list.push_back({"a_size_that_is_never_drawn", false, [](Scene& s, QubeHand& a) {
                        open_at(a, 1, {40, 500, 160, 120}, false);
                        s.stage.settle();
                        a.geometry(1, {40, 500, 20, 20});
                    }});
    list.push_back({"a_window_that_turns_translucent", false, [](Scene& s, QubeHand& a) {
                        open_at(a, 1, {600, 500, 300, 200}, false);
                        s.stage.settle();
                        a.paint_translucent(1, {300, 200}, 0x00000000);
                    }});
    list.push_back({"a_menu_full_of_holes_over_the_victim", false, [](Scene& s, QubeHand& a) {
                        a.create(1, true);
                        a.geometry(1, {350, 350, 100, 80});
                        a.paint_translucent(1, {100, 80}, 0x00000000);
                        a.map(1);
                        s.stage.settle();
                    }});
    list.push_back({"a_menu_of_additive_colour", false, [](Scene& s, QubeHand& a) {
                        a.create(1, true);
                        a.geometry(1, {350, 350, 100, 80});
                        a.paint_translucent(1, {100, 80}, 0x00ff00ff); // alpha 0, colour not
                        a.map(1);
                        s.stage.settle();
                    }});
    list.push_back({"a_buffer_with_an_offset", false, [](Scene& s, QubeHand& a) {
                        open_at(a, 1, {40, 500, 160, 120}, false);
                        s.stage.settle();
                        auto const pages = a.pages({160, 120}, attack_color);
                        wl_surface_set_buffer_scale(a.at(1).surface, 1);
                        wl_surface_offset(a.at(1).surface, 300, -200);
                        a.show(1, pages.buffer);
                    }});
    for (std::int32_t transform = 0; transform < 8; ++transform)
        list.push_back({"a_buffer_turned_by_transform_" + std::to_string(transform), false,
                        [transform](Scene& s, QubeHand& a) {
                            open_at(a, 1, {40, 500, 160, 120}, false);
                            s.stage.settle();
                            wl_surface_set_buffer_transform(a.at(1).surface, transform);
                            a.paint(1, {300, 70}, attack_color);
                        }});
    for (std::int32_t const scale : {2, 3, 7})
        list.push_back(
            {"a_buffer_of_scale_" + std::to_string(scale), false, [scale](Scene& s, QubeHand& a) {
                 open_at(a, 1, {40, 500, 160, 120}, false);
                 s.stage.settle();
                 wl_surface_set_buffer_scale(a.at(1).surface, scale);
                 a.paint(1, {42 * scale, 21 * scale}, attack_color);
             }});
}

void add_states(List& list)
{
    auto const window = [](Scene& s, QubeHand& a) {
        open_at(a, 1, {40, 500, 160, 120}, false);
        s.stage.settle();
    };
    list.push_back({"full_screen_without_permission", false, [window](Scene& s, QubeHand& a) {
                        window(s, a);
                        a.flags(1, 1, 0);
                        a.paint_stretched(1, s.screen, attack_color);
                    }});
    list.push_back({"full_screen_asked_for_before_the_map", false, [](Scene& s, QubeHand& a) {
                        a.create(1);
                        a.flags(1, 1, 0);
                        a.geometry(1, whole_screen(s));
                        a.paint_stretched(1, s.screen, attack_color);
                        a.map(1);
                        a.flags(1, 1, 0);
                    }});
    list.push_back(
        {"full_screen_on_and_off_a_hundred_times", false, [window](Scene& s, QubeHand& a) {
             window(s, a);
             for (int i = 0; i < 100; ++i)
                 a.flags(1, i % 2 == 0, i % 2);
         }});
    list.push_back({"every_flag_there_is_and_is_not", false, [window](Scene& s, QubeHand& a) {
                        window(s, a);
                        a.flags(1, 0xfffffffeU, 0);
                        a.flags(1, 0, 0xffffffffU);
                    }});
    list.push_back({"attention_asked_for_without_end", false, [window](Scene& s, QubeHand& a) {
                        window(s, a);
                        for (int i = 0; i < 200; ++i)
                            a.flags(1, 2, 0);
                    }});
    list.push_back({"minimised_and_back_by_itself", false, [window](Scene& s, QubeHand& a) {
                        window(s, a);
                        a.flags(1, 4, 0);
                        a.flags(1, 0, 4);
                    }});
    list.push_back({"a_window_that_is_never_drawn", false, [](Scene&, QubeHand& a) {
                        a.create(1);
                        a.geometry(1, {40, 500, 160, 120});
                        a.map(1);
                        wl_surface_commit(a.at(1).surface);
                    }});
    list.push_back({"a_window_that_loses_its_picture", false, [window](Scene& s, QubeHand& a) {
                        window(s, a);
                        wl_surface_attach(a.at(1).surface, nullptr, 0, 0);
                        wl_surface_commit(a.at(1).surface);
                    }});
    list.push_back(
        {"a_window_whose_buffer_is_destroyed_while_shown", false, [window](Scene& s, QubeHand& a) {
             window(s, a);
             wl_buffer_destroy(a.at(1).buffer);
             a.at(1).buffer = nullptr;
         }});
    list.push_back({"a_window_whose_surface_goes_first", false, [window](Scene& s, QubeHand& a) {
                        window(s, a);
                        wl_surface_destroy(a.at(1).surface);
                        s.stage.settle();
                        vitrail_window_v1_set_title(a.at(1).role, "still here");
                        vitrail_window_v1_map(a.at(1).role);
                        vitrail_window_v1_set_content_size(a.at(1).role, 500, 500);
                    }});
    list.push_back({"windows_that_flicker", false, [window](Scene& s, QubeHand& a) {
                        window(s, a);
                        for (int i = 0; i < 60; ++i) {
                            a.unmap(1);
                            a.map(1);
                        }
                    }});
    list.push_back({"menus_that_flicker_over_the_victim", false, [](Scene&, QubeHand& a) {
                        open_at(a, 1, {350, 350, 60, 60}, true);
                        for (int i = 0; i < 61; ++i) {
                            a.unmap(1);
                            a.map(1);
                        }
                        a.unmap(1);
                    }});
    list.push_back(
        {"a_window_that_turns_into_a_menu_while_hidden", false, [window](Scene& s, QubeHand& a) {
             window(s, a);
             a.unmap(1);
             vitrail_window_v1_set_override_redirect(a.at(1).role, 1);
             a.geometry(1, whole_screen(s));
             a.map(1);
             a.paint_stretched(1, s.screen, attack_color);
         }});
    list.push_back(
        {"a_window_that_turns_into_a_menu_while_shown", true, [window](Scene& s, QubeHand& a) {
             window(s, a);
             vitrail_window_v1_set_override_redirect(a.at(1).role, 1);
         }});
    list.push_back(
        {"a_shown_window_that_declares_itself_a_popup", false, [window](Scene& s, QubeHand& a) {
             window(s, a);
             open_at(a, 2, {600, 560, 160, 120}, false);
             s.stage.settle();
             a.popup(2, {.parent = 1, .anchor_rect = {-2000, -2000, 1, 1}, .size = {900, 700}});
             a.paint_stretched(2, {900, 700}, attack_color);
         }});
    list.push_back({"a_parent_that_goes_before_its_popup", false, [window](Scene& s, QubeHand& a) {
                        window(s, a);
                        a.create(2);
                        a.popup(2, {.parent = 1, .anchor_rect = {5, 5, 1, 1}, .size = {60, 40}});
                        a.paint(2, {60, 40}, attack_color);
                        a.map(2);
                        s.stage.settle();
                        a.destroy(1);
                        s.stage.settle();
                        a.popup(2, {.parent = 2, .anchor_rect = {5, 5, 1, 1}, .size = {60, 40}});
                    }});
    list.back().ended = true; // a window cannot be its own parent
    list.push_back(
        {"a_number_that_comes_back_at_once_as_something_else", false, [](Scene& s, QubeHand& a) {
             for (int i = 0; i < 30; ++i) {
                 open_at(a, 1, {40, 500, 160, 120}, i % 2);
                 a.destroy(1);
             }
             s.stage.settle();
             open_at(a, 1, {40, 500, 160, 120}, false);
         }});
    list.push_back({"a_drag_started_without_a_press", false, [window](Scene& s, QubeHand& a) {
                        window(s, a);
                        for (std::uint32_t kind = 1; kind <= 5; ++kind)
                            vitrail_window_v1_interactive(a.at(1).role, kind, 10);
                    }});
    list.push_back({"a_pointer_lock_without_the_focus", false, [window](Scene& s, QubeHand& a) {
                        window(s, a);
                        vitrail_window_v1_set_pointer_lock(a.at(1).role, 1);
                        vitrail_window_v1_set_pointer_lock(a.at(1).role, 2);
                    }});
    list.push_back({"a_cursor_set_without_the_pointer", false, [window](Scene& s, QubeHand& a) {
                        window(s, a);
                        a.cursor({120, 120}, 0xff000000 | attack_color, {0, 0});
                        a.cursor_shape(8);
                    }});
    list.push_back({"the_number_of_the_victims_window", false,
                    [](Scene&, QubeHand& a) { a.open(1, {40, 500, 160, 120}, attack_color); }});
}

void add_texts(List& list)
{
    constexpr std::pair<char const*, char const*> titles[] = {
        {"of_line_breaks", "one\ntwo\r\nthree\x0b\x0c"},
        {"that_reverses_what_follows", "\xe2\x80\xaeknab\xe2\x80\xac"},
        {"of_isolates", "\xe2\x81\xa6\xe2\x81\xa7\xe2\x81\xa8\xe2\x81\xa9 bank"},
        {"of_zero_width_characters", "b\xe2\x80\x8b"
                                     "a\xe2\x80\x8c"
                                     "n\xe2\x80\x8dk\xef\xbb\xbf"},
        {"of_homoglyphs", "\xd0\xb2\xd0\xb0nk"},
        {"that_imitates_the_chip", "BA \xe2\x94\x82 bank   My account"},
        {"with_another_name_in_brackets", "[bank] My account"},
        {"of_terminal_codes", "\x1b[31mbank\x1b[0m\x07"},
        {"of_markup", "<span foreground=\"blue\">bank</span>&amp;&#x1F4A9;"},
        {"of_stacked_accents", "a\xcc\x80\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85\xcc\x86\xcc\x87"},
        {"of_broken_utf8", "\xc0\xaf\xed\xa0\x80\xf8\x88\x80\x80\x80"},
        {"of_private_characters", "\xee\x80\x80\xf3\xb0\x80\x80"},
    };
    for (auto const& [name, text] : titles)
        list.push_back({std::string("a_title_") + name, false, [text](Scene& s, QubeHand& a) {
                            open_at(a, 1, {40, 500, 460, 120}, false);
                            a.title(1, text);
                            vitrail_window_v1_set_class(a.at(1).role, text, text);
                            s.stage.settle();
                            auto const seen = s.stage.window(evil, 1);
                            ASSERT_TRUE(seen.has_value());
                            for (char const c : seen->title)
                                EXPECT_GE(static_cast<unsigned char>(c), 0x20);
                        }});
    list.push_back({"a_title_of_four_thousand_letters", false, [](Scene& s, QubeHand& a) {
                        open_at(a, 1, {40, 500, 460, 120}, false);
                        a.title(1, std::string(4000, 'W'));
                        s.stage.settle();
                    }});
    list.push_back({"a_thousand_titles_in_a_row", false, [](Scene& s, QubeHand& a) {
                        open_at(a, 1, {40, 500, 460, 120}, false);
                        for (int i = 0; i < 1000; ++i)
                            a.title(1, "title " + std::to_string(i));
                        s.stage.settle();
                    }});
}

void add_violations(List& list)
{
    auto const broken = [&](char const* name, std::function<void(Scene&, QubeHand&)> act) {
        list.push_back({name, true, std::move(act)});
    };
    broken("a_window_number_that_is_in_use", [](Scene&, QubeHand& a) {
        a.open(1, {40, 500, 160, 120}, attack_color);
        a.create(1);
    });
    broken("one_window_more_than_allowed", [](Scene&, QubeHand& a) {
        for (std::uint32_t i = 1; i <= 121; ++i)
            a.create(i);
    });
    broken("one_page_more_than_allowed", [](Scene&, QubeHand& a) {
        auto const pages = a.pages({1, 1}, 0);
        (void)a.raw_buffer(pages.memory.get(), {0, 40001}, {1, 1}, 4, 0);
    });
    broken("pages_whose_number_overflows", [](Scene&, QubeHand& a) {
        auto const pages = a.pages({1, 1}, 0);
        (void)a.raw_buffer(pages.memory.get(), {0, 0xffffffffU, 1, 0xffffffffU, 2, 0xffffffffU},
                           {16384, 16384}, 65536, 0);
    });
    broken("a_stride_smaller_than_a_row", [](Scene&, QubeHand& a) {
        auto const pages = a.pages({64, 64}, 0);
        (void)a.raw_buffer(pages.memory.get(), {0, 4}, {64, 64}, 252, 0);
    });
    broken("fewer_pages_than_the_picture_needs", [](Scene&, QubeHand& a) {
        auto const pages = a.pages({64, 64}, 0);
        (void)a.raw_buffer(pages.memory.get(), {0, 3}, {64, 64}, 256, 0);
    });
    broken("a_run_of_no_pages", [](Scene&, QubeHand& a) {
        auto const pages = a.pages({64, 64}, 0);
        (void)a.raw_buffer(pages.memory.get(), {0, 0}, {64, 64}, 256, 0);
    });
    broken("half_a_run", [](Scene&, QubeHand& a) {
        auto const pages = a.pages({64, 64}, 0);
        (void)a.raw_buffer(pages.memory.get(), {0, 4, 9}, {64, 64}, 256, 0);
    });
    broken("a_pixel_format_that_does_not_exist", [](Scene&, QubeHand& a) {
        auto const pages = a.pages({64, 64}, 0);
        (void)a.raw_buffer(pages.memory.get(), {0, 4}, {64, 64}, 256, 2);
    });
    for (auto const& [name, place] :
         {std::pair{"a_window_of_no_width", Rect{0, 0, 0, 10}},
          std::pair{"a_window_of_no_height", Rect{0, 0, 10, 0}},
          std::pair{"a_window_wider_than_possible", Rect{0, 0, 16385, 10}},
          std::pair{"a_negative_height", Rect{0, 0, 10, -1}},
          std::pair{"a_position_beyond_the_limit", Rect{far_away + 1, 0, 10, 10}},
          std::pair{"the_smallest_number_as_position",
                    Rect{0, std::numeric_limits<std::int32_t>::min(), 10, 10}}})
        broken(name, [place](Scene&, QubeHand& a) {
            a.create(1);
            a.geometry(1, place);
        });
    broken("a_popup_anchored_beyond_the_limit", [](Scene&, QubeHand& a) {
        a.open(1, {40, 500, 160, 120}, attack_color);
        a.create(2);
        a.popup(2, {.parent = 1,
                    .anchor_rect = {std::numeric_limits<std::int32_t>::max(), 0, 1, 1},
                    .size = {10, 10}});
    });
    broken("a_popup_with_an_anchor_that_does_not_exist", [](Scene&, QubeHand& a) {
        a.open(1, {40, 500, 160, 120}, attack_color);
        a.create(2);
        a.popup(2, {.parent = 1, .anchor_rect = {0, 0, 1, 1}, .anchor = 9, .size = {10, 10}});
    });
    broken("windows_that_are_each_others_parents", [](Scene&, QubeHand& a) {
        a.open(1, {40, 500, 160, 120}, attack_color);
        a.open(2, {240, 560, 160, 120}, attack_color);
        vitrail_window_v1_set_transient_for(a.at(1).role, a.at(2).role);
        vitrail_window_v1_set_transient_for(a.at(2).role, a.at(1).role);
    });
    broken("a_surface_with_two_windows", [](Scene&, QubeHand& a) {
        a.create(1);
        (void)vitrail_window_manager_v1_create_window(a.manager, a.at(1).surface, 2, 0);
    });
    broken("a_surface_that_had_a_picture_before", [](Scene&, QubeHand& a) {
        wl_surface* const surface = wl_compositor_create_surface(a.compositor);
        wl_surface_attach(surface, a.pages({8, 8}, attack_color).buffer, 0, 0);
        wl_surface_commit(surface);
        (void)vitrail_window_manager_v1_create_window(a.manager, surface, 1, 0);
    });
    broken("a_shown_window_that_becomes_a_tray_icon", [](Scene&, QubeHand& a) {
        a.open(1, {40, 500, 160, 120}, attack_color);
        vitrail_window_v1_dock(a.at(1).role);
    });
    broken("an_answer_to_a_configure_of_the_future", [](Scene&, QubeHand& a) {
        a.open(1, {40, 500, 160, 120}, attack_color);
        vitrail_window_v1_ack_configure(a.at(1).role, 0x7f000000);
    });
    broken("an_answer_without_any_configure", [](Scene&, QubeHand& a) {
        a.create(1);
        vitrail_window_v1_ack_configure(a.at(1).role, 1);
    });
    broken("a_pointer_lock_of_no_kind", [](Scene&, QubeHand& a) {
        a.create(1);
        vitrail_window_v1_set_pointer_lock(a.at(1).role, 3);
    });
    broken("content_of_no_size", [](Scene&, QubeHand& a) {
        a.create(1);
        vitrail_window_v1_set_content_size(a.at(1).role, 0, 5);
    });
    broken("a_buffer_that_is_no_multiple_of_its_scale", [](Scene&, QubeHand& a) {
        a.create(1);
        wl_surface_set_buffer_scale(a.at(1).surface, 2);
        a.paint(1, {33, 33}, attack_color);
    });
}

} // namespace

std::vector<Forgery> forgeries()
{
    List list;
    add_places(list);
    add_coverings(list);
    add_sizes(list);
    add_states(list);
    add_texts(list);
    add_violations(list);
    return list;
}

} // namespace vitrail::test
