#include "lib/os/apparent_root.hpp"

#include "lib/base/handle.hpp"
#include "lib/os/fd.hpp"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <string_view>

namespace vitrail {
namespace {

using Filter = Handle<void, seccomp_release>;

/// Those that a processor lacks have numbers that no call has: a rule for one is no harm.
constexpr int answered_as_done[] = {
    SCMP_SYS(chown),       SCMP_SYS(fchown),      SCMP_SYS(lchown),      SCMP_SYS(fchownat),
    SCMP_SYS(chown32),     SCMP_SYS(fchown32),    SCMP_SYS(lchown32),    SCMP_SYS(setuid),
    SCMP_SYS(setgid),      SCMP_SYS(setreuid),    SCMP_SYS(setregid),    SCMP_SYS(setresuid),
    SCMP_SYS(setresgid),   SCMP_SYS(setgroups),   SCMP_SYS(setfsuid),    SCMP_SYS(setfsgid),
    SCMP_SYS(setuid32),    SCMP_SYS(setgid32),    SCMP_SYS(setreuid32),  SCMP_SYS(setregid32),
    SCMP_SYS(setresuid32), SCMP_SYS(setresgid32), SCMP_SYS(setgroups32), SCMP_SYS(setfsuid32),
    SCMP_SYS(setfsgid32),  SCMP_SYS(capset),
};

Result<> answer_as_done(scmp_filter_ctx filter, int call,
                        std::initializer_list<scmp_arg_cmp> when = {})
{
    int const failed = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(0), call,
                                              static_cast<unsigned>(when.size()), when.begin());
    if (failed != 0)
        return std::unexpected(Error{-failed, "seccomp rule"});
    return {};
}

Result<> filter_system_calls()
{
    Filter const filter(seccomp_init(SCMP_ACT_ALLOW));
    if (!filter)
        return error("seccomp filter");
    // Programs of another ABI (32 bits on 64) run; to them the kernel says what it can.
    seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW);
    for (int const call : answered_as_done)
        TRY_VOID(answer_as_done(filter.get(), call));
    for (scmp_datum_t const device : {S_IFCHR, S_IFBLK}) { // pipes and sockets are made
        TRY_VOID(answer_as_done(filter.get(), SCMP_SYS(mknod),
                                {SCMP_A1(SCMP_CMP_MASKED_EQ, S_IFMT, device)}));
        TRY_VOID(answer_as_done(filter.get(), SCMP_SYS(mknodat),
                                {SCMP_A2(SCMP_CMP_MASKED_EQ, S_IFMT, device)}));
    }
    if (int const failed = seccomp_load(filter.get()); failed != 0)
        return std::unexpected(Error{-failed, "seccomp"});
    return {};
}

Result<> write_map(char const* path, std::string_view text)
{
    Fd const file(open(path, O_WRONLY | O_CLOEXEC));
    if (!file || write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        return errno_error(path);
    return {};
}

} // namespace

Result<> become_apparent_root()
{
    std::string const uid = "0 " + std::to_string(geteuid()) + " 1\n";
    std::string const gid = "0 " + std::to_string(getegid()) + " 1\n";
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
        return errno_error("a user namespace for root (do the kernel's settings forbid it?)");
    TRY_VOID(write_map("/proc/self/setgroups", "deny")); // else nobody may write the next two
    TRY_VOID(write_map("/proc/self/uid_map", uid));
    TRY_VOID(write_map("/proc/self/gid_map", gid));
    return filter_system_calls();
}

} // namespace vitrail
