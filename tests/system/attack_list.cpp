// The attacks of a qube on frames, menus, titles, cursor and focus (design: security, spoof
// corpus).

#include "tests/system/attacks.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <limits>
#include <ostream>

namespace vitrail::test {
namespace {

using Shape = FakeAgent::Shape;
constexpr int far_away = std::numeric_limits<int>::max();
constexpr int far_back = std::numeric_limits<int>::min();
constexpr std::uint32_t widest = 16384;
constexpr std::uint32_t highest = 6144;

Shape window(int x, int y, int width, int height)
{
    return {.x = x,
            .y = y,
            .width = static_cast<std::uint32_t>(width),
            .height = static_cast<std::uint32_t>(height),
            .color = attack_color};
}

Shape menu(int x, int y, int width, int height, std::uint32_t parent = 0)
{
    Shape shape = window(x, y, width, height);
    shape.override_redirect = true;
    shape.parent = parent;
    return shape;
}

class List {
public:
    void add(std::string name, std::function<void(FakeAgent&, Stage const&)> act)
    {
        all.push_back({std::move(name), Ending::session_goes_on, std::move(act)});
    }
    void violation(std::string name, std::function<void(FakeAgent&, Stage const&)> act)
    {
        all.push_back({std::move(name), Ending::session_is_ended, std::move(act)});
    }
    std::vector<Attack> all;
};

struct Named {
    char const* name;
    std::function<Rect(Stage const&)> place;
};

std::vector<Named> places()
{
    return {
        {"over_the_whole_screen",
         [](Stage const& s) { return Rect{0, 0, s.screen.width, s.screen.height}; }},
        {"larger_than_the_screen",
         [](Stage const& s) {
             return Rect{-50, -50, s.screen.width + 100, s.screen.height + 100};
         }},
        {"over_the_victims_title_bar",
         [](Stage const& s) { return Rect{s.victim.x, s.victim.y - 32, s.victim.width, 32}; }},
        {"over_the_victims_content", [](Stage const& s) { return s.victim; }},
        {"around_the_victims_frame",
         [](Stage const& s) {
             return Rect{s.victim.x - 3, s.victim.y - 32, s.victim.width + 6, s.victim.height + 35};
         }},
        {"above_the_upper_edge", [](Stage const&) { return Rect{300, -200, 300, 190}; }},
        {"beyond_the_left_edge", [](Stage const&) { return Rect{-290, 300, 300, 200}; }},
        {"beyond_the_right_edge",
         [](Stage const& s) { return Rect{s.screen.width - 10, 300, 300, 200}; }},
        {"below_the_lower_edge",
         [](Stage const& s) { return Rect{300, s.screen.height - 10, 300, 200}; }},
        {"as_wide_as_the_screen", [](Stage const& s) { return Rect{0, 40, s.screen.width, 60}; }},
        {"as_high_as_the_screen", [](Stage const& s) { return Rect{40, 0, 60, s.screen.height}; }},
        {"at_one_pixel", [](Stage const& s) { return Rect{s.victim.x + 5, s.victim.y + 5, 1, 1}; }},
        {"far_to_the_right", [](Stage const&) { return Rect{far_away, far_away, 200, 100}; }},
        {"far_to_the_left", [](Stage const&) { return Rect{far_back, far_back, 200, 100}; }},
        {"at_the_largest_size",
         [](Stage const&) { return Rect{0, 0, static_cast<int>(widest), 16}; }},
        {"at_the_largest_height",
         [](Stage const&) { return Rect{0, 0, 16, static_cast<int>(highest)}; }},
    };
}

void add_places(List& list)
{
    for (Named const& place : places()) {
        list.add(std::string("a_menu_") + place.name,
                 [place](FakeAgent& agent, Stage const& stage) {
                     Rect const r = place.place(stage);
                     agent.open(1, window(100, 500, 200, 100));
                     agent.open(2, menu(r.x, r.y, r.width, r.height));
                 });
        list.add(std::string("a_window_created_") + place.name,
                 [place](FakeAgent& agent, Stage const& stage) {
                     Rect const r = place.place(stage);
                     agent.open(1, window(r.x, r.y, r.width, r.height));
                 });
        list.add(std::string("a_window_moved_") + place.name,
                 [place](FakeAgent& agent, Stage const& stage) {
                     Rect const r = place.place(stage);
                     agent.open(1, window(100, 500, 200, 100));
                     agent.configure(1, r);
                     agent.paint(1, static_cast<std::uint32_t>(r.width),
                                 static_cast<std::uint32_t>(r.height), attack_color);
                 });
        list.add(std::string("a_menu_moved_") + place.name,
                 [place](FakeAgent& agent, Stage const& stage) {
                     Rect const r = place.place(stage);
                     agent.open(2, menu(400, 400, 60, 60));
                     agent.configure(2, r);
                     agent.paint(2, static_cast<std::uint32_t>(r.width),
                                 static_cast<std::uint32_t>(r.height), attack_color);
                 });
    }
}

void add_coverings(List& list)
{
    list.add("two_menus_that_share_the_screen", [](FakeAgent& agent, Stage const& s) {
        int const half = s.screen.width / 2;
        agent.open(1, menu(0, 0, half, s.screen.height));
        agent.open(2, menu(half, 0, half, s.screen.height));
    });
    list.add("nine_menus_that_tile_the_screen", [](FakeAgent& agent, Stage const& s) {
        for (int i = 0; i < 9; ++i)
            agent.open(static_cast<std::uint32_t>(i + 1),
                       menu(i % 3 * s.screen.width / 3, i / 3 * s.screen.height / 3,
                            s.screen.width / 3 + 1, s.screen.height / 3 + 1));
    });
    list.add("a_hundred_menus_in_rows", [](FakeAgent& agent, Stage const& s) {
        for (int i = 0; i < 100; ++i)
            agent.open(static_cast<std::uint32_t>(i + 1),
                       menu(i % 10 * s.screen.width / 10, i / 10 * s.screen.height / 10,
                            s.screen.width / 10, s.screen.height / 10));
    });
    list.add("strips_beside_the_victims_frame_on_all_sides", [](FakeAgent& agent, Stage const& s) {
        Rect const v = s.victim;
        agent.open(1, menu(v.x - 6, v.y - 40, 6, v.height + 46));
        agent.open(2, menu(v.x + v.width, v.y - 40, 6, v.height + 46));
        agent.open(3, menu(v.x - 6, v.y - 40, v.width + 12, 8));
        agent.open(4, menu(v.x - 6, v.y + v.height, v.width + 12, 8));
    });
    list.add("a_chain_of_menus_as_each_others_parents", [](FakeAgent& agent, Stage const&) {
        agent.open(1, window(100, 500, 200, 100));
        for (std::uint32_t i = 2; i < 40; ++i)
            agent.open(i, menu(static_cast<int>(i) * 8, static_cast<int>(i) * 8, 120, 80, i - 1));
    });
    list.add("a_menu_that_grows_after_it_was_shown", [](FakeAgent& agent, Stage const& s) {
        agent.open(1, menu(10, 10, 20, 20));
        for (int i = 1; i <= 20; ++i)
            agent.configure(1, {0, 0, s.screen.width * i / 20, s.screen.height * i / 20});
        agent.paint(1, static_cast<std::uint32_t>(s.screen.width),
                    static_cast<std::uint32_t>(s.screen.height), attack_color);
    });
    list.add("a_menu_with_a_picture_larger_than_it_said", [](FakeAgent& agent, Stage const&) {
        agent.open(1, menu(500, 500, 20, 20));
        agent.paint(1, 900, 700, attack_color);
    });
    list.add("a_window_with_a_picture_larger_than_it_said", [](FakeAgent& agent, Stage const&) {
        agent.open(1, window(100, 500, 60, 60));
        agent.answers_configure = false;
        agent.paint(1, 1000, 700, attack_color);
    });
    list.add("a_window_with_a_picture_of_one_pixel", [](FakeAgent& agent, Stage const&) {
        agent.open(1, window(100, 500, 300, 200));
        agent.answers_configure = false;
        agent.paint(1, 1, 1, attack_color);
    });
    list.add("damage_far_outside_of_the_window", [](FakeAgent& agent, Stage const&) {
        agent.open(1, window(100, 500, 60, 60));
        for (Rect const& r : {Rect{-4000, -4000, 9000, 9000}, Rect{far_away, 0, 10, 10},
                              Rect{0, 0, far_away, far_away}, Rect{far_back, far_back, 1, 1}})
            agent.damage(1, r);
    });
}

void add_states(List& list)
{
    list.add("full_screen_without_permission", [](FakeAgent& agent, Stage const&) {
        agent.open(1, window(100, 500, 300, 200));
        agent.flags(1, wire::flag_fullscreen, 0);
    });
    list.add("full_screen_asked_for_a_hundred_times", [](FakeAgent& agent, Stage const&) {
        agent.open(1, window(100, 500, 300, 200));
        for (int i = 0; i < 100; ++i)
            agent.flags(1, i % 2 ? 0 : wire::flag_fullscreen, i % 2 ? wire::flag_fullscreen : 0);
    });
    list.add("full_screen_before_the_window_is_shown", [](FakeAgent& agent, Stage const&) {
        agent.create(1, window(100, 500, 300, 200));
        agent.flags(1, wire::flag_fullscreen, 0);
        agent.map(1);
        agent.paint(1, 300, 200, attack_color);
    });
    list.add("all_flags_that_exist_and_those_that_do_not", [](FakeAgent& agent, Stage const&) {
        agent.open(1, window(100, 500, 300, 200));
        agent.flags(1, 0xfffffff8U, 0);
        agent.flags(1, wire::flag_demands_attention | wire::flag_minimize, 0);
        agent.flags(1, 0, 0xffffffffU);
    });
    list.violation("a_flag_set_and_unset_at_once", [](FakeAgent& agent, Stage const&) {
        agent.open(1, window(100, 500, 300, 200));
        agent.flags(1, wire::flag_fullscreen, wire::flag_fullscreen);
    });
    list.add("a_window_that_is_mapped_but_never_drawn", [](FakeAgent& agent, Stage const&) {
        agent.create(1, window(100, 500, 300, 200));
        agent.map(1);
    });
    list.add("a_menu_that_is_mapped_but_never_drawn", [](FakeAgent& agent, Stage const& s) {
        agent.create(1, menu(s.victim.x, s.victim.y, 300, 200));
        agent.map(1, 0, true);
    });
    list.add("damage_before_the_first_picture", [](FakeAgent& agent, Stage const&) {
        agent.create(1, window(100, 500, 300, 200));
        agent.map(1);
        agent.damage(1, {0, 0, 300, 200});
    });
    list.add("a_picture_of_a_window_that_is_never_mapped", [](FakeAgent& agent, Stage const&) {
        agent.create(1, window(100, 500, 300, 200));
        agent.paint(1, 300, 200, attack_color);
    });
    list.add("a_window_that_flickers_between_mapped_and_not", [](FakeAgent& agent, Stage const&) {
        agent.open(1, window(100, 500, 300, 200));
        for (int i = 0; i < 60; ++i) {
            agent.unmap(1);
            agent.map(1);
        }
    });
    list.add("a_menu_that_flickers_over_the_victim", [](FakeAgent& agent, Stage const& s) {
        agent.open(1, menu(s.victim.x + 10, s.victim.y + 10, 50, 50));
        for (int i = 0; i < 60; ++i) {
            agent.unmap(1);
            agent.map(1, 0, true);
        }
        agent.unmap(1);
    });
    list.add("a_window_that_turns_into_a_menu_while_hidden", [](FakeAgent& agent, Stage const& s) {
        agent.open(1, window(100, 500, 300, 200));
        agent.unmap(1);
        agent.map(1, 0, true);
        agent.configure(1, {0, 0, s.screen.width, s.screen.height});
    });
    list.add("a_menu_that_turns_into_a_window_while_hidden", [](FakeAgent& agent, Stage const&) {
        agent.open(1, menu(500, 500, 50, 50));
        agent.unmap(1);
        agent.map(1, 0, false);
    });
    list.add("the_same_number_used_again_at_once", [](FakeAgent& agent, Stage const& s) {
        for (int i = 0; i < 20; ++i) {
            agent.open(1, window(100, 500, 300, 200));
            agent.destroy(1);
            agent.open(1, menu(s.victim.x, s.victim.y, 40, 40));
            agent.destroy(1);
        }
    });
    list.violation("a_number_that_is_in_use", [](FakeAgent& agent, Stage const&) {
        agent.open(1, window(100, 500, 300, 200));
        agent.create(1, window(0, 0, 10, 10));
    });
    list.violation("a_window_of_no_width",
                   [](FakeAgent& agent, Stage const&) { agent.create(1, window(0, 0, 0, 10)); });
    list.add("a_window_that_is_its_own_parent", [](FakeAgent& agent, Stage const&) {
        agent.create(1, window(100, 500, 300, 200));
        agent.map(1, 1);
        agent.paint(1, 300, 200, attack_color);
    });
    list.add("windows_that_are_each_others_parents", [](FakeAgent& agent, Stage const&) {
        agent.create(1, window(100, 500, 300, 200));
        agent.create(2, window(500, 500, 300, 200));
        agent.map(1, 2);
        agent.map(2, 1);
        agent.paint(1, 300, 200, attack_color);
        agent.paint(2, 300, 200, attack_color);
    });
    list.add("a_dialog_of_a_window_that_does_not_exist", [](FakeAgent& agent, Stage const&) {
        agent.create(1, window(100, 500, 300, 200));
        agent.map(1, 4711);
        agent.paint(1, 300, 200, attack_color);
    });
    list.add("a_tray_icon_of_the_screens_size", [](FakeAgent& agent, Stage const& s) {
        agent.create(1, window(0, 0, s.screen.width, s.screen.height));
        agent.send_bare(wire::Type::dock, 1);
        agent.map(1);
        agent.paint(1, static_cast<std::uint32_t>(s.screen.width),
                    static_cast<std::uint32_t>(s.screen.height), attack_color);
    });
    list.add("window_zero_created_and_drawn_as_the_whole_screen",
             [](FakeAgent& agent, Stage const& s) {
                 agent.open(0, window(0, 0, s.screen.width, s.screen.height));
             });
    list.violation("window_zero_drawn_without_being_created", [](FakeAgent& agent, Stage const& s) {
        agent.paint(0, static_cast<std::uint32_t>(s.screen.width),
                    static_cast<std::uint32_t>(s.screen.height), attack_color);
    });
}

void add_texts(List& list)
{
    std::vector<std::pair<std::string, std::string>> const titles{
        {"of_line_breaks", "one\ntwo\r\nthree\x0b\x0c"},
        {"that_reverses_the_text", "\xe2\x80\xae"
                                   "krow"
                                   "\xe2\x80\xac"},
        {"of_isolates", "\xe2\x81\xa6\xe2\x81\xa7\xe2\x81\xa8\xe2\x81\xa9 work"},
        {"of_zero_width_characters", "w\xe2\x80\x8bo\xe2\x80\x8cr\xe2\x80\x8dk\xef\xbb\xbf"},
        {"that_imitates_another_qubes_chip", "BL \xe2\x94\x82 work   Inbox"},
        {"with_a_name_in_brackets", "[work] Inbox"},
        {"with_the_machines_name", "[dom0] System update"},
        {"of_homoglyphs", "\xd1\x83\xd0\xbe\xd1\x80\xd0\xba"},
        {"of_escape_sequences", "\x1b[31mred\x1b[0m\x1b]0;title\x07"},
        {"of_combining_marks", std::string(1, 'a') +
                                   [] {
                                       std::string marks;
                                       for (int i = 0; i < 60; ++i)
                                           marks += "\xcc\x80";
                                       return marks;
                                   }()},
        {"of_markup", "<b>work</b> &amp; <span foreground='blue'>x</span>"},
        {"of_broken_utf8", "\xff\xfe\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80"},
        {"of_128_wide_letters", std::string(128, 'W')},
        {"of_private_characters", "\xee\x80\x80\xf3\xb0\x80\x80 work"},
        {"of_tags", "\xf3\xa0\x81\xa7\xf3\xa0\x81\xa2"},
        {"of_block_letters",
         "\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88"},
    };
    for (auto const& [name, text] : titles)
        list.add("a_title_" + name, [text](FakeAgent& agent, Stage const&) {
            agent.open(1, window(100, 500, 300, 200), text);
        });
    list.add("ten_thousand_titles", [](FakeAgent& agent, Stage const&) {
        agent.open(1, window(100, 500, 300, 200));
        for (int i = 0; i < 10000; ++i)
            agent.title(1, "title " + std::to_string(i));
    });
    list.add("a_class_that_names_another_program", [](FakeAgent& agent, Stage const&) {
        agent.open(1, window(100, 500, 300, 200));
        wire::WmClass name{};
        std::ranges::copy(std::string_view("swaylock"), name.res_class);
        std::ranges::copy(std::string_view("vitrail-panel"), name.res_name);
        agent.send(wire::Type::wmclass, 1, name);
    });
    list.add("a_class_without_an_end", [](FakeAgent& agent, Stage const&) {
        agent.open(1, window(100, 500, 300, 200));
        wire::WmClass name{};
        std::ranges::fill(name.res_class, 'x');
        std::ranges::fill(name.res_name, '\x1b');
        agent.send(wire::Type::wmclass, 1, name);
    });
}

void add_pages(List& list)
{
    list.add("pages_taken_away_while_they_are_shown", [](FakeAgent& agent, Stage const&) {
        agent.open(1, window(100, 500, 300, 200));
        struct stat status{};
        fstat(agent.grants().memory(), &status);
        (void)!ftruncate(agent.grants().memory(), 0);
        agent.damage(1, {0, 0, 300, 200});
        for (int turn = 0; turn < 20; ++turn) // the compositor draws it, and finds nothing there
            agent.wait_and_pump(std::chrono::milliseconds(5));
        (void)!ftruncate(agent.grants().memory(), status.st_size);
    });
    list.add("holes_punched_into_pages_that_are_shown", [](FakeAgent& agent, Stage const&) {
        agent.open(1, window(100, 500, 300, 200));
        for (int turn = 0; turn < 20; ++turn) {
            fallocate(agent.grants().memory(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
                      off_t{1} << 20);
            agent.damage(1, {0, 0, 300, 200});
            agent.wait_and_pump(std::chrono::milliseconds(2));
        }
    });
    list.add("a_grant_table_that_is_emptied", [](FakeAgent& agent, Stage const&) {
        agent.open(1, window(100, 500, 300, 200));
        (void)!ftruncate(agent.grants().table(), 0);
        agent.damage(1, {0, 0, 300, 200});
    });
    list.add("references_that_nobody_granted", [](FakeAgent& agent, Stage const&) {
        agent.create(1, window(100, 500, 64, 64));
        agent.map(1);
        std::array<std::uint32_t, 4> const references{900001, 900002, 900003, 900004};
        agent.send(wire::Type::window_dump, 1, wire::WindowDump{0, 64, 64, 32}, references);
    });
    list.add("references_beyond_the_file", [](FakeAgent& agent, Stage const&) {
        agent.create(1, window(100, 500, 64, 64));
        agent.map(1);
        std::array<std::uint32_t, 4> const references{0xffffffff, 0xfffffffe, 0x7fffffff, 1u << 21};
        agent.send(wire::Type::window_dump, 1, wire::WindowDump{0, 64, 64, 32}, references);
    });
    list.violation("fewer_references_than_the_size_needs", [](FakeAgent& agent, Stage const&) {
        agent.create(1, window(100, 500, 64, 64));
        std::array<std::uint32_t, 3> const references{1, 2, 3};
        agent.send(wire::Type::window_dump, 1, wire::WindowDump{0, 64, 64, 32}, references);
    });
    list.violation("a_picture_of_an_impossible_size", [](FakeAgent& agent, Stage const&) {
        agent.create(1, window(100, 500, 64, 64));
        std::array<std::uint32_t, 1> const references{1};
        agent.send(wire::Type::window_dump, 1, wire::WindowDump{0, 0xffffffff, 0xffffffff, 32},
                   references);
    });
    list.add("pixels_with_every_alpha", [](FakeAgent& agent, Stage const&) {
        agent.open(1, window(100, 500, 256, 64));
        auto const pixels = agent.pixels(1);
        for (std::size_t i = 0; i < pixels.size(); ++i)
            pixels[i] = static_cast<std::uint32_t>(i % 256) << 24U | attack_color;
        agent.damage(1, {0, 0, 256, 64});
    });
    list.add("a_hole_of_alpha_over_the_victim", [](FakeAgent& agent, Stage const& s) {
        agent.open(1, menu(s.victim.x + 10, s.victim.y + 10, 64, 64));
        for (std::uint32_t& pixel : agent.pixels(1))
            pixel = 0x00ff00ff;
        agent.damage(1, {0, 0, 64, 64});
    });
}

void add_rest(List& list)
{
    list.add("every_cursor_shape_there_is", [](FakeAgent& agent, Stage const&) {
        agent.open(1, window(100, 500, 300, 200));
        agent.cursor(1, wire::cursor_default);
        for (std::uint32_t c = wire::cursor_x11; c < wire::cursor_x11_max; ++c)
            agent.cursor(1, c);
    });
    list.violation("a_cursor_shape_that_does_not_exist", [](FakeAgent& agent, Stage const&) {
        agent.open(1, window(100, 500, 300, 200));
        agent.cursor(1, wire::cursor_x11_max + 1);
    });
    list.add("fifty_windows_at_once", [](FakeAgent& agent, Stage const&) {
        for (std::uint32_t i = 1; i <= 50; ++i)
            agent.open(i, window(static_cast<int>(i) * 9, static_cast<int>(i) * 7, 80, 60));
    });
    list.add("windows_that_open_and_close_to_get_the_focus", [](FakeAgent& agent, Stage const& s) {
        for (std::uint32_t i = 1; i <= 40; ++i) {
            agent.open(i, window(s.victim.x, s.victim.y, 80, 60));
            agent.flags(i, wire::flag_demands_attention, 0);
            if (i > 2)
                agent.destroy(i - 2);
        }
    });
    list.add("a_flood_of_damage", [](FakeAgent& agent, Stage const&) {
        agent.open(1, window(100, 500, 300, 200));
        for (int i = 0; i < 20000; ++i)
            agent.damage(1, {i % 300, i % 200, 10, 10});
    });
    list.add("a_flood_of_sizes", [](FakeAgent& agent, Stage const&) {
        agent.open(1, window(100, 500, 300, 200));
        for (int i = 0; i < 2000; ++i)
            agent.configure(1, {100 + i % 50, 500 - i % 50, 100 + i % 400, 100 + i % 300});
    });
    list.violation("a_message_of_the_other_direction", [](FakeAgent& agent, Stage const&) {
        agent.open(1, window(100, 500, 300, 200));
        agent.send(wire::Type::keypress, 1, wire::Keypress{2, 0, 0, 0, 38});
    });
    list.violation("a_message_of_no_type",
                   [](FakeAgent& agent, Stage const&) { agent.send_raw(9999, 1, {}); });
    list.violation("a_message_of_a_wrong_length", [](FakeAgent& agent, Stage const&) {
        std::array<std::byte, 3> const body{};
        agent.send_raw(static_cast<std::uint32_t>(wire::Type::create), 1, body);
    });
    list.violation("a_message_of_the_extension_without_it", [](FakeAgent& agent, Stage const&) {
        agent.send_raw(static_cast<std::uint32_t>(wire::Type::x_popup), 1, {});
    });
    list.violation("a_window_that_never_was",
                   [](FakeAgent& agent, Stage const&) { agent.map(4242); });
    list.violation("a_window_that_is_gone", [](FakeAgent& agent, Stage const&) {
        agent.open(1, window(100, 500, 300, 200));
        agent.destroy(1);
        agent.title(1, "back from the dead");
    });
    list.add("clipboard_data_that_nobody_asked_for", [](FakeAgent& agent, Stage const&) {
        agent.open(1, window(100, 500, 300, 200));
        std::vector<std::byte> const text(4000, std::byte{'x'});
        agent.send_raw(static_cast<std::uint32_t>(wire::Type::clipboard_data), 1, text);
    });
    list.add("size_hints_that_make_no_sense", [](FakeAgent& agent, Stage const&) {
        agent.open(1, window(100, 500, 300, 200));
        std::array<std::uint32_t, 9> hints{};
        hints.fill(0xffffffff);
        agent.send(wire::Type::window_hints, 1, hints);
        hints.fill(0);
        hints[0] = 0xffffffff;
        agent.send(wire::Type::window_hints, 1, hints);
    });
}

} // namespace

std::vector<Attack> attacks()
{
    List list;
    add_places(list);
    add_coverings(list);
    add_states(list);
    add_texts(list);
    add_pages(list);
    add_rest(list);
    // Those that end the session leave a notice on the screen: last, where nothing is compared.
    std::ranges::stable_partition(
        list.all, [](Attack const& attack) { return attack.ending == Ending::session_goes_on; });
    return std::move(list.all);
}

void PrintTo(Attack const& attack, std::ostream* out)
{
    *out << attack.name;
}

} // namespace vitrail::test
