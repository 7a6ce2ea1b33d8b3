// Linked with the real libxenvchan: what happens on a machine that is no domain of a Xen.

#include "lib/transport/xen_channel.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

namespace vitrail::transport {
namespace {

class WithoutXen : public testing::Test {
protected:
    void SetUp() override
    {
        if (access("/dev/xen/evtchn", F_OK) == 0)
            GTEST_SKIP() << "this machine has Xen";
    }
};

TEST_F(WithoutXen, a_vchan_cannot_be_served_and_the_error_says_for_whom)
{
    auto const channel = XenChannel::serve(DomainId{3}, 6000);
    ASSERT_FALSE(channel);
    EXPECT_NE(channel.error().message().find("domain 3 at port 6000: "), std::string::npos)
        << channel.error().message();
}

TEST_F(WithoutXen, a_vchan_cannot_be_reached_and_the_error_says_which)
{
    auto const channel = XenChannel::connect(DomainId{9}, DomainId{0}, 6000);
    ASSERT_FALSE(channel);
    EXPECT_NE(channel.error().message().find("domain 9 at port 6000: "), std::string::npos)
        << channel.error().message();
}

} // namespace
} // namespace vitrail::transport
