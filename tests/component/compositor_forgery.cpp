// An attacker in the place of guid: he holds the Wayland connection itself, and tries to draw what
// is not his. Each case ends with a look at every pixel of the screen.

#include "tests/component/compositor_forgery.hpp"

#include <gtest/gtest.h>

namespace vitrail::test {
namespace {

class Forgeries : public testing::TestWithParam<Forgery> {};

TEST_P(Forgeries, leaves_every_pixel_that_is_not_the_attackers)
{
    Scene scene;
    GetParam().act(scene, *scene.attacker);
    scene.stage.settle();
    EXPECT_EQ(scene.attacker->error().has_value(), GetParam().ended);
    scene.check_pixels();
    scene.check_rest();
}

INSTANTIATE_TEST_SUITE_P(Spoof, Forgeries, testing::ValuesIn(forgeries()),
                         [](auto const& info) { return info.param.name; });

} // namespace
} // namespace vitrail::test
