#include "tests/component/compositor_forgery.hpp"

#include "compositor/decoration.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace vitrail::test {
namespace {

using compositor::TitleBar;

constexpr std::int32_t panel_height = 30;
constexpr std::int32_t corner =
    9; ///< the upper corners of a frame are round: within this, it blends

OriginSetup evil_setup(std::uint32_t permissions)
{
    return {.name = "evil",
            .label = "red",
            .rgb = evil_rgb,
            .code = "EV",
            .permissions = permissions,
            .max_windows = 120,
            .max_pages = 40000};
}

/// The title bar as it may look: what the inspection does not say is tried.
std::vector<vitrail::Image> possible_bars(Seen const& window)
{
    std::vector<vitrail::Image> all;
    for (bool const attention : {false, true})
        for (bool const fixed : {false, true}) {
            TitleBar bar;
            bar.badge = {Badge::Kind::qube, "evil", "red", evil_rgb, "EV"};
            bar.title = window.title;
            bar.focused = window.focused;
            bar.maximized = window.maximized;
            bar.wants_attention = attention;
            bar.fixed_size = fixed;
            all.push_back(paint_title_bar(bar, window.frame.width, 1, Scheme::light));
        }
    return all;
}

constexpr std::ptrdiff_t blended = -2; ///< owner of a pixel: a frame and what lies behind it

bool in_round_corner(Seen const& window, Point p)
{
    Rect const f = window.frame;
    return !window.popup && !window.maximized && p.y < f.y + corner &&
           (p.x < f.x + corner || p.x >= f.right() - corner);
}

/// Strays in the part of a frame that is seen, `owns` says which pixels those are.
struct FrameCheck {
    int border_strays = 0;
    int title_strays = 0;
};

template <typename Owns> FrameCheck check_frame(Image const& picture, Seen const& window, Owns owns)
{
    FrameCheck check;
    Rect const f = window.frame;
    Rect const screen{0, 0, picture.width, picture.height};
    Rect const part = intersection(f, screen);
    auto const bars = window.popup ? std::vector<vitrail::Image>{} : possible_bars(window);
    std::vector<int> bar_strays(bars.size(), 0);
    for (int y = part.y; y < part.bottom(); ++y)
        for (int x = part.x; x < part.right(); ++x) {
            if (window.content.contains(Point{x, y}) || !owns(Point{x, y}))
                continue;
            std::uint32_t const pixel = picture.at(x, y);
            if (window.popup || y >= window.content.y) {
                check.border_strays += pixel == evil_rgb ? 0 : 1;
                continue;
            }
            for (std::size_t i = 0; i < bars.size(); ++i) {
                std::uint32_t const wanted = bars[i].at({x - f.x, y - f.y});
                bool const whole = wanted >> 24U == 0xff; // else the round corner, blended
                bar_strays[i] += (whole ? pixel != (wanted & 0xffffff) : pixel == attack_color);
            }
        }
    if (!bars.empty())
        check.title_strays = *std::ranges::min_element(bar_strays);
    return check;
}

} // namespace

Scene::Scene(StageSetup const& setup, std::uint32_t permissions) : stage(setup)
{
    Rect const bounds = stage.desktop().layout_bounds();
    screen = {bounds.width, bounds.height};
    stage.set_origin(bank, {.name = "bank", .label = "blue", .rgb = 0x3465a4, .code = "BA"});
    stage.set_origin(evil, evil_setup(permissions));
    panel = stage.add_shell();
    panel->open(2, 1 | 4 | 8, {0, panel_height}, panel_height, panel_color);
    EXPECT_TRUE(stage.run_until([&] { return panel->shown; }));
    victim = stage.add_qube(bank);
    victim->open(1, {300, 300, 420, 260}, victim_color);
    victim->title(1, "My account");
    stage.settle();
    stage.click({400, 400});
    stage.point_at({5, 700});
    victim_content = stage.window(bank, 1)->content;
    attacker = stage.add_qube(evil);
    calm = stage.look();
}

Scene::~Scene()
{
    stage.drop(attacker);
    stage.drop(victim);
    stage.drop(panel);
}

void Scene::check_pixels()
{
    Image const picture = stage.look();
    auto const windows = stage.windows();
    if (testing::Test::HasFailure())
        (void)write_png(picture, picture_folder() / "forgery.png");
    Rect const panel_rect{0, 0, screen.width, panel_height};
    // Which window a pixel belongs to, by the order the compositor says they have.
    auto const top = [&](Point p) -> std::ptrdiff_t {
        if (panel_rect.contains(p))
            return -1;
        for (std::size_t i = windows.size(); i-- > 0;)
            if (windows[i].visible && windows[i].frame.contains(p))
                return in_round_corner(windows[i], p) ? blended : static_cast<std::ptrdiff_t>(i);
        return -1;
    };
    std::vector<std::ptrdiff_t> owner;
    int changed = 0;
    for (int y = 0; y < picture.height; ++y)
        for (int x = 0; x < picture.width; ++x) {
            owner.push_back(top({x, y}));
            bool const his = owner.back() == blended ||
                             (owner.back() >= 0 &&
                              windows[static_cast<std::size_t>(owner.back())].origin == evil);
            changed += !his && picture.at(x, y) != calm.at(x, y);
        }
    EXPECT_EQ(changed, 0) << "pixels outside of every frame of the attacker";
    for (std::size_t i = 0; i < windows.size(); ++i) {
        Seen const& window = windows[i];
        if (window.origin != evil || !window.visible)
            continue;
        EXPECT_TRUE(window.frame.contains(window.content) && window.frame != window.content);
        FrameCheck const check = check_frame(picture, window, [&](Point p) {
            return owner[static_cast<std::size_t>(p.y) * static_cast<std::size_t>(picture.width) +
                         static_cast<std::size_t>(p.x)] == static_cast<std::ptrdiff_t>(i);
        });
        EXPECT_EQ(check.border_strays, 0) << "in the border of window " << window.window;
        EXPECT_EQ(check.title_strays, 0) << "in the title bar of window " << window.window;
    }
    if (testing::Test::HasFailure()) {
        (void)write_png(picture, picture_folder() / "forgery.png");
        (void)write_png(calm, picture_folder() / "forgery-calm.png");
    }
}

void Scene::check_rest()
{
    std::int64_t menus = 0;
    for (Seen const& window : stage.windows()) {
        if (window.origin == bank) {
            EXPECT_TRUE(window.focused);
            EXPECT_EQ(window.content, victim_content);
            continue;
        }
        EXPECT_FALSE(window.focused) << "the attacker took the focus";
        if (!window.visible)
            continue;
        if (window.popup) {
            menus += std::int64_t{window.content.width} * window.content.height;
            EXPECT_GE(window.frame.y, panel_height);
            EXPECT_TRUE((Rect{0, 0, screen.width, screen.height}).contains(window.frame));
            continue;
        }
        Rect const title{window.frame.x, window.frame.y, window.frame.width, 32};
        Rect const seen =
            intersection(title, {0, panel_height, screen.width, screen.height - panel_height});
        EXPECT_GE(seen.width, std::min(64, window.frame.width))
            << "its title bar is off the screen";
        EXPECT_EQ(seen.height, 32) << "its title bar is off the screen";
    }
    EXPECT_LE(menus * 10, std::int64_t{screen.width} * (screen.height - panel_height) * 9)
        << "menus of one qube over nearly everything";
    EXPECT_EQ(stage.desktop().seat()->keyboard_state.focused_client != nullptr, true);
    EXPECT_NE(victim->keyboard_focus, nullptr);
    EXPECT_EQ(attacker->keyboard_focus, nullptr);
}

void PrintTo(Forgery const& forgery, std::ostream* out)
{
    *out << forgery.name;
}

} // namespace vitrail::test
