#include "lib/os/apparent_root.hpp"
#include "tests/support/folder.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

namespace vitrail {
namespace {

/// Whether it is so for a process that has become root.
bool as_root(std::function<bool()> const& it_is_so)
{
    pid_t const child = fork();
    if (child == 0)
        _exit(become_apparent_root() && it_is_so() ? 0 : 1);
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(ApparentRoot, is_root_and_the_only_one)
{
    EXPECT_TRUE(as_root([] { return getuid() == 0 && geteuid() == 0 && getgid() == 0; }));
    EXPECT_TRUE(as_root([] { return setresuid(42, 42, 42) == 0 && getuid() == 0; }))
        << "nobody else can be become";
}

TEST(ApparentRoot, opens_what_its_own_files_modes_close)
{
    test::Folder const folder;
    std::string const place = folder / "closed";
    ASSERT_EQ(mkdir(place.c_str(), 0), 0);
    EXPECT_TRUE(as_root([&] { return mkdir((place + "/in").c_str(), 0700) == 0; }));
    chmod(place.c_str(), 0700);
}

TEST(ApparentRoot, is_answered_that_owners_change_and_devices_are_made)
{
    test::Folder const folder;
    std::string const file = folder / "file";
    EXPECT_TRUE(as_root([&] { return mknod(file.c_str(), S_IFREG | 0644, 0) == 0; }));
    EXPECT_TRUE(as_root([&] { return chown(file.c_str(), 8, 8) == 0; }));
    struct stat status{};
    ASSERT_EQ(stat(file.c_str(), &status), 0) << "a file is made as ever";
    EXPECT_EQ(status.st_uid, geteuid());
    std::string const device = folder / "device";
    EXPECT_TRUE(as_root([&] { return mknod(device.c_str(), S_IFCHR, makedev(1, 3)) == 0; }));
    EXPECT_NE(stat(device.c_str(), &status), 0);
    EXPECT_TRUE(as_root([&] { return mkfifo(device.c_str(), 0600) == 0; }));
    EXPECT_TRUE(stat(device.c_str(), &status) == 0 && S_ISFIFO(status.st_mode));
}

} // namespace
} // namespace vitrail
