#include "tests/support/ordinary_user.hpp"

#include <grp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace vitrail::test {

Result<> uncover_proc()
{
    if (geteuid() != 0)
        return {};
    if (unshare(CLONE_NEWNS) != 0)
        return errno_error("a mount namespace");
    mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr);
    for (char const* const cover : {"/proc/irq", "/proc/bus", "/proc/sys", "/proc/sysrq-trigger"})
        umount2(cover, MNT_DETACH); // those that are there
    return {};
}

Result<> become_ordinary_user()
{
    if (geteuid() != 0)
        return {};
    TRY_VOID(uncover_proc());
    if (setgroups(0, nullptr) != 0 || setresgid(ordinary_id, ordinary_id, ordinary_id) != 0 ||
        setresuid(ordinary_id, ordinary_id, ordinary_id) != 0)
        return errno_error("giving up root");
    prctl(PR_SET_DUMPABLE, 1); // else /proc/self would stay root's
    return {};
}

} // namespace vitrail::test
