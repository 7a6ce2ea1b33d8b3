#include "compositor/arrangement.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace vitrail::compositor {
namespace {

constexpr Rect area{0, 40, 1920, 1040};

TEST(Arrangement, halves_and_quarters_tile_the_work_area_with_one_gap)
{
    constexpr std::int32_t gap = 8;
    Rect const left = snapped(Snap::left, area, gap);
    Rect const right = snapped(Snap::right, area, gap);
    EXPECT_EQ(left.x, gap);
    EXPECT_EQ(right.x - left.right(), gap);
    EXPECT_EQ(area.right() - right.right(), gap);
    Rect const top = snapped(Snap::top_right, area, gap);
    Rect const bottom = snapped(Snap::bottom_right, area, gap);
    EXPECT_EQ(bottom.y - top.bottom(), gap);
    EXPECT_EQ(bottom.bottom(), right.bottom());
    EXPECT_TRUE(area.contains(bottom));
}

TEST(Arrangement, arrows_walk_halves_and_quarters)
{
    EXPECT_EQ(next_snap(Snap::none, false, Direction::left), SnapStep{Snap::left});
    EXPECT_EQ(next_snap(Snap::left, false, Direction::up), SnapStep{Snap::top_left});
    EXPECT_EQ(next_snap(Snap::top_left, false, Direction::right), SnapStep{Snap::top_right});
    EXPECT_EQ(next_snap(Snap::top_right, false, Direction::down), SnapStep{Snap::right});
    EXPECT_EQ(next_snap(Snap::right, false, Direction::left), SnapStep{Snap::none});
    EXPECT_TRUE(next_snap(Snap::none, false, Direction::up).maximize);
    EXPECT_EQ(next_snap(Snap::none, true, Direction::down), SnapStep{Snap::none});
    EXPECT_TRUE(next_snap(Snap::none, false, Direction::down).minimize);
}

TEST(Arrangement, dragging_to_an_edge_offers_its_half)
{
    Rect const output{1920, 0, 1280, 720};
    EXPECT_EQ(snap_at_edge({1921, 300}, output), SnapStep{Snap::left});
    EXPECT_EQ(snap_at_edge({3199, 10}, output), SnapStep{Snap::top_right});
    EXPECT_TRUE(snap_at_edge({2500, 1}, output).maximize);
    EXPECT_EQ(snap_at_edge({2500, 300}, output), SnapStep{});
}

TEST(Arrangement, a_new_window_stands_inside_and_not_exactly_on_another)
{
    std::vector<Rect> windows;
    for (int i = 0; i < 30; ++i) {
        Rect const rect = place_new({800, 600}, area, windows);
        EXPECT_GE(rect.y, area.y);
        for (Rect const& other : windows)
            EXPECT_FALSE(rect.x == other.x && rect.y == other.y);
        windows.push_back(rect);
    }
    EXPECT_EQ(place_new({5000, 5000}, area, {}), area);
}

TEST(Arrangement, a_title_bar_can_always_be_reached)
{
    std::vector<Rect> const areas{area, {1920, 0, 1280, 720}};
    for (std::int32_t const x : {-100000, -500, 0, 1900, 3190, 100000})
        for (std::int32_t const y : {-100000, -1, 0, 700, 100000}) {
            Rect const rect = keep_reachable({x, y, 640, 480}, areas);
            bool reachable = false;
            for (Rect const& a : areas)
                reachable = reachable || (rect.y >= a.y &&
                                          intersection(a, {rect.x, rect.y, 640, 32}).width >= 64 &&
                                          intersection(a, {rect.x, rect.y, 640, 32}).height == 32);
            EXPECT_TRUE(reachable) << x << "," << y;
        }
    EXPECT_EQ(keep_reachable({100, 100, 640, 480}, areas), (Rect{100, 100, 640, 480}));
}

TEST(Arrangement, windows_of_a_lost_output_fit_the_one_that_stays)
{
    Rect const to{0, 0, 1280, 720};
    EXPECT_TRUE(to.contains(carried_over({2000, 900, 1600, 900}, {1920, 0, 2560, 1440}, to)));
}

} // namespace
} // namespace vitrail::compositor
