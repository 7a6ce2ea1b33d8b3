#include "tests/component/compositor_stage.hpp"

#include <gtest/gtest.h>

namespace vitrail::test {
namespace {

TEST(CompositorStage, shows_a_window_of_a_qube_in_its_frame)
{
    Stage stage;
    stage.set_origin(3, {.name = "work", .label = "blue", .rgb = 0x3465a4, .code = "WO"});
    auto qube = stage.add_qube(3);
    qube->open(1, {100, 100, 300, 200}, 0xff00ff);
    Image const picture = stage.look();
    auto const seen = stage.window(3, 1);
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->content, (Rect{100, 100, 300, 200}));
    EXPECT_EQ(count_color(picture, 0xff00ff, seen->content), 300 * 200);
    EXPECT_EQ(count_color(picture, 0xff00ff, {0, 0, 1024, 768}), 300 * 200);
    (void)write_png(picture, picture_folder() / "stage.png");
    stage.drop(qube);
}

} // namespace
} // namespace vitrail::test
