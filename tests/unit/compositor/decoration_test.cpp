#include "compositor/decoration.hpp"
#include "compositor/overlays.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace vitrail::compositor {
namespace {

struct Label {
    char const* name;
    std::uint32_t rgb;
};
// fact sheet gui-protocol §6.4
constexpr Label labels[] = {{"red", 0xcc0000},    {"orange", 0xf57900}, {"yellow", 0xedd400},
                            {"green", 0x73d216},  {"gray", 0x555555},   {"blue", 0x3465a4},
                            {"purple", 0x75507b}, {"black", 0x000000}};

Badge work()
{
    return {Badge::Kind::qube, "work", "blue", 0x3465a4, "WO"};
}

TitleBar bar_of(Badge badge)
{
    TitleBar bar;
    bar.badge = std::move(badge);
    bar.title = "A title";
    bar.focused = true;
    return bar;
}

TEST(Theme, a_name_on_any_label_can_be_read)
{
    for (Label const& label : labels)
        EXPECT_GE(contrast(Color::rgb(label.rgb), ink_on(Color::rgb(label.rgb))), 4.5)
            << label.name;
    for (std::uint32_t rgb = 0; rgb < 0x1000000; rgb += 0x0b0d07) // custom labels: any colour
        EXPECT_GE(contrast(Color::rgb(rgb), ink_on(Color::rgb(rgb))), 4.5) << rgb;
}

TEST(Theme, neutral_text_can_be_read_in_light_and_dark)
{
    for (Scheme const scheme : {Scheme::light, Scheme::dark}) {
        Palette const& p = palette(scheme);
        EXPECT_GE(contrast(p.text, p.bar), 7);
        EXPECT_GE(contrast(p.text_muted, p.bar), 4.5);
        EXPECT_GE(contrast(p.text_muted, p.bar_inactive), 4.5);
        EXPECT_GE(contrast(p.text, p.card_selected), 4.5);
    }
}

TEST(Theme, each_label_has_a_texture_of_its_own)
{
    std::set<Texture> seen;
    for (Label const& label : labels)
        EXPECT_TRUE(seen.insert(texture_of(label.name)).second) << label.name;
    EXPECT_EQ(texture_of("mine"), texture_of("mine"));
}

TEST(Decoration, the_image_has_the_pixels_of_its_scale)
{
    for (double const scale : {1.0, 1.25, 1.5, 2.0}) {
        Image const image = paint_title_bar(bar_of(work()), 333, scale, Scheme::light);
        EXPECT_EQ(image.size.width, std::lround(333 * scale));
        EXPECT_EQ(image.size.height, std::lround(frame_metrics.title * scale));
    }
}

TEST(Decoration, the_rim_is_the_label_colour_at_every_scale_and_focus)
{
    for (Label const& label : labels)
        for (double const scale : {1.0, 1.25, 1.5, 2.0})
            for (bool const focused : {true, false})
                for (Scheme const scheme : {Scheme::light, Scheme::dark}) {
                    TitleBar bar = bar_of({Badge::Kind::qube, "q", label.name, label.rgb, "QQ"});
                    bar.focused = focused;
                    Image const image = paint_title_bar(bar, 300, scale, scheme);
                    std::uint32_t const opaque = 0xff000000U | label.rgb;
                    EXPECT_EQ(image.at({image.size.width / 2, 0}), opaque);
                    EXPECT_EQ(image.at({image.size.width / 2, 1}), opaque);
                    EXPECT_EQ(image.at({0, image.size.height - 1}), opaque);
                    EXPECT_EQ(image.at({image.size.width - 1, image.size.height - 1}), opaque);
                }
}

TEST(Decoration, a_title_never_reaches_the_badge)
{
    TitleBar plain = bar_of(work());
    TitleBar loud = plain;
    plain.title = "";
    loud.title = "████████ untrusted ████████ a title that goes on and on and on and on and on";
    Image const a = paint_title_bar(plain, 420, 1.5, Scheme::light);
    Image const b = paint_title_bar(loud, 420, 1.5, Scheme::light);
    std::int32_t first = a.size.width;
    for (std::int32_t y = 0; y < a.size.height; ++y)
        for (std::int32_t x = 0; x < a.size.width; ++x)
            if (a.at({x, y}) != b.at({x, y}))
                first = std::min(first, x);
    // The chip ends left of the first pixel that the title changed; the frame's own right border,
    // under 6 pixels, has the same colour.
    for (std::int32_t x = first; x < a.size.width - 6; ++x)
        EXPECT_NE(a.at({x, a.size.height / 2}), 0xff3465a4U);
}

TEST(Decoration, a_right_to_left_title_does_not_move_the_badge)
{
    TitleBar bar = bar_of(work());
    Image const latin = paint_title_bar(bar, 420, 1, Scheme::light);
    bar.title = "שלום עולם";
    Image const hebrew = paint_title_bar(bar, 420, 1, Scheme::light);
    for (std::int32_t x = 0; x < 60; ++x)
        EXPECT_EQ(latin.at({x, 16}), hebrew.at({x, 16}));
}

TEST(Decoration, the_session_has_no_label_colour)
{
    TitleBar bar = bar_of({Badge::Kind::session, "machine", "red", 0xcc0000, "UN"});
    Image const image = paint_title_bar(bar, 300, 1, Scheme::light);
    for (std::uint32_t const pixel : image.pixels)
        EXPECT_NE(pixel, 0xffcc0000U);
}

TEST(Decoration, any_width_is_painted)
{
    TitleBar bar = bar_of(work());
    bar.note = "not answering";
    for (std::int32_t const width : {-5, 0, 1, 7, 30, 60, 119, 121, 219, 221, 5000})
        EXPECT_GT(paint_title_bar(bar, width, 1.25, Scheme::dark).pixels.size(), 0U);
}

TEST(Decoration, content_and_frame_are_inverse)
{
    Rect const content{100, 50, 640, 480};
    EXPECT_EQ(content_within(frame_around(content)), content);
}

TEST(Decoration, parts_are_found_where_they_are_drawn)
{
    Size const frame{400, 300};
    auto const part = [&](int x, int y) { return frame_part_at(frame, {x, y}, Resizing::allowed); };
    EXPECT_EQ(part(0, 0), FramePart::top_left);
    EXPECT_EQ(part(399, 299), FramePart::bottom_right);
    EXPECT_EQ(part(200, 1), FramePart::top);
    EXPECT_EQ(part(200, -3), FramePart::top);
    EXPECT_EQ(part(-3, 150), FramePart::left);
    EXPECT_EQ(part(403, 150), FramePart::right);
    EXPECT_EQ(part(200, 16), FramePart::title);
    EXPECT_EQ(part(200, 150), FramePart::content);
    EXPECT_EQ(part(380, 16), FramePart::close);
    EXPECT_EQ(part(345, 16), FramePart::maximize);
    EXPECT_EQ(part(310, 16), FramePart::minimize);
    EXPECT_EQ(part(-20, 16), FramePart::none);
}

TEST(Decoration, the_corner_of_a_maximised_window_closes_it)
{
    EXPECT_EQ(frame_part_at({400, 300}, {399, 0}, Resizing::fixed), FramePart::close);
    EXPECT_EQ(frame_part_at({400, 300}, {-1, 100}, Resizing::fixed), FramePart::none);
}

TEST(Overlays, the_switcher_fits_its_screen_however_many_windows)
{
    std::vector<SwitcherCard> cards(60);
    for (SwitcherCard& card : cards)
        card.badge = work();
    for (Size const area : {Size{640, 480}, Size{1920, 1080}, Size{300, 200}}) {
        Image const image = paint_switcher(cards, 59, area, 1, Scheme::dark);
        EXPECT_LE(image.size.width, std::max(area.width, 300));
        EXPECT_LE(image.size.height, std::max(area.height, 260));
    }
}

TEST(Overlays, a_locked_screen_is_opaque)
{
    Image const image = paint_locked_screen({320, 200}, 1.5, Scheme::light);
    for (std::uint32_t const pixel : image.pixels)
        ASSERT_EQ(pixel >> 24, 0xffU);
}

} // namespace
} // namespace vitrail::compositor
