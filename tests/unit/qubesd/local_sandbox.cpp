// What the local host makes of a start order, before anything runs.

#include "services/qubesd/local_backend.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace vitrail::qubesd {
namespace {

StartOrder sample_order()
{
    StartOrder order{.name = "work", .qid = 7, .uuid = {}, .default_user = "user"};
    order.volumes["root"] = {.kind = Attachment::Kind::overlay,
                             .path = "/data/pool/appvms/work/root/live/dirty",
                             .layers = {"/"},
                             .work = "/data/pool/appvms/work/root/live/work"};
    order.volumes["private"] = {.kind = Attachment::Kind::overlay,
                                .path = "/data/pool/appvms/work/private/live/dirty",
                                .layers = {"/data/pool/layers/1/tree", "/data/pool/layers/2/tree"},
                                .work = "/data/pool/appvms/work/private/live/work"};
    return order;
}

LocalHost const host{.runtime = "/run/v",
                     .data = "/data",
                     .logs = "/data/logs",
                     .keeper = "/bin/keeper",
                     .init = "/bin/init",
                     .agent = "/bin/agent",
                     .apps = "/bin/apps",
                     .demo = "/share/demo"};

/// Whether the words stand one after the other.
bool has(std::vector<std::string> const& command, std::vector<std::string> const& words)
{
    return !std::ranges::search(command, words).empty();
}

TEST(LocalSandbox, has_the_machines_own_system_read_only_and_its_volumes_home)
{
    auto const command = sandbox_command(
        host, sample_order(),
        {.folder = "/run/v/qubes/work", .own_etc = {"passwd"}, .domain = first_domain + 7});
    EXPECT_TRUE(has(command, {"--ro-bind", "/usr", "/usr"}));
    EXPECT_TRUE(has(command, {"--overlay-src", "/data/pool/layers/1/tree", "--overlay-src",
                              "/data/pool/layers/2/tree", "--overlay",
                              "/data/pool/appvms/work/private/live/dirty",
                              "/data/pool/appvms/work/private/live/work", "/home/user"}));
    EXPECT_TRUE(has(command, {"--ro-bind", "/run/v/qubes/work/etc/passwd", "/etc/passwd"}));
    EXPECT_TRUE(has(command, {"--ro-bind", "/share/demo", "/opt/vitrail/demo"}));
    for (char const* const service : {"qubes.GetAppmenus", "qubes.StartApp"})
        EXPECT_TRUE(has(
            command, {"--ro-bind", "/bin/apps", std::string("/opt/vitrail/qubes-rpc/") + service}));
    EXPECT_TRUE(has(command, {"--setenv", "VCHAN_DOMAIN", "10007"}));
    EXPECT_TRUE(has(command, {"--unshare-all"}));
    EXPECT_TRUE(has(command, {"--share-net"})) << "with its keeper, not with the machine";
    EXPECT_TRUE(has(command, {"--ro-bind", "/run/v/qubes/work/resolv.conf", "/etc/resolv.conf"}));
}

TEST(LocalSandbox, with_an_id_of_its_own_gets_its_own_folders_and_no_others)
{
    StartOrder order = sample_order();
    auto const mounts = take_own_mounts(order, "/data", "/run/v/qubes/work");
    ASSERT_TRUE(mounts);
    ASSERT_EQ(mounts->size(), 3U); // the root is the machine's own
    EXPECT_EQ((*mounts)[0].from, "pool/layers/1/tree");
    EXPECT_EQ((*mounts)[1].from, "pool/layers/2/tree");
    EXPECT_EQ((*mounts)[2].from, "pool/appvms/work/private/live");
    EXPECT_FALSE((*mounts)[0].writable || (*mounts)[1].writable) << "a layer never changes";
    EXPECT_TRUE((*mounts)[2].writable);
    auto const command = sandbox_command(host, order, {.folder = "/run/v/qubes/work"});
    EXPECT_TRUE(has(command, {"--overlay-src", "/run/v/qubes/work/volumes/0", "--overlay-src",
                              "/run/v/qubes/work/volumes/1", "--overlay",
                              "/run/v/qubes/work/volumes/2/dirty",
                              "/run/v/qubes/work/volumes/2/work", "/home/user"}));
    EXPECT_TRUE(std::ranges::none_of(
        command, [](std::string const& word) { return word.starts_with("/data"); }));
}

TEST(LocalSandbox, with_an_id_of_its_own_has_no_volume_outside_of_the_desktops_data)
{
    StartOrder order = sample_order();
    order.volumes["private"] = {.kind = Attachment::Kind::folder, .path = "/data2/home"};
    auto const mounts = take_own_mounts(order, "/data", "/run/v/qubes/work");
    ASSERT_FALSE(mounts);
    EXPECT_TRUE(mounts.error().message().contains("/data2/home"));
}

} // namespace
} // namespace vitrail::qubesd
