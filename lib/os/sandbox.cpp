#include "lib/os/sandbox.hpp"

#include "lib/base/handle.hpp"
#include "lib/os/fd.hpp"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>

namespace vitrail {

namespace {

using Filter = Handle<void, seccomp_release>;

Result<> allow(scmp_filter_ctx filter, int call, std::initializer_list<scmp_arg_cmp> when = {})
{
    int const failed = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call,
                                              static_cast<unsigned>(when.size()), when.begin());
    if (failed != 0)
        return std::unexpected(Error{-failed, "seccomp rule"});
    return {};
}

Result<> filter_system_calls(std::span<int const> calls)
{
    Filter const filter(seccomp_init(SCMP_ACT_KILL_PROCESS));
    if (!filter)
        return error("seccomp filter");
    for (int const call : calls)
        TRY_VOID(allow(filter.get(), call));
    // Memory, but never code.
    TRY_VOID(allow(filter.get(), SCMP_SYS(mmap), {SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)}));
    // The loop and libwayland copy descriptors; sockets are made non-blocking.
    for (scmp_datum_t const command : {F_DUPFD_CLOEXEC, F_GETFL, F_SETFL})
        TRY_VOID(allow(filter.get(), SCMP_SYS(fcntl), {SCMP_A1(SCMP_CMP_EQ, command)}));
    // An assertion that fails aborts this process and signals no other.
    auto const self = static_cast<scmp_datum_t>(getpid());
    TRY_VOID(allow(filter.get(), SCMP_SYS(tgkill), {SCMP_A0(SCMP_CMP_EQ, self)}));
    if (int const failed = seccomp_load(filter.get()); failed != 0)
        return std::unexpected(Error{-failed, "seccomp"});
    return {};
}

bool deny_paths()
{
    landlock_ruleset_attr attributes{};
    // Every right that ABI 1 knows, and no rule that gives one back.
    attributes.handled_access_fs = (std::uint64_t{LANDLOCK_ACCESS_FS_MAKE_SYM} << 1) - 1;
    Fd const ruleset(
        static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0)));
    return ruleset && syscall(SYS_landlock_restrict_self, ruleset.get(), 0) == 0;
}

bool limit(decltype(RLIMIT_CORE) what, rlim_t most)
{
    rlimit const value{most, most};
    return setrlimit(what, &value) == 0;
}

} // namespace

Result<Missing> enter_sandbox(SandboxRules const& rules)
{
    Missing missing;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return errno_error("no new privileges");
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (!limit(RLIMIT_CORE, 0) || !limit(RLIMIT_NOFILE, rules.descriptors) ||
        !limit(RLIMIT_AS, rules.memory) ||
        (rules.seconds != 0 && !limit(RLIMIT_CPU, rules.seconds)))
        missing.layers.emplace_back("limits");
    constexpr int namespaces = CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS;
    if (unshare(CLONE_NEWUSER | namespaces) != 0 && unshare(namespaces) != 0)
        missing.layers.emplace_back("namespaces");
    if (!deny_paths())
        missing.layers.emplace_back("Landlock");
    TRY_VOID(filter_system_calls(rules.calls));
    return missing;
}

Result<Missing> enter_sandbox(unsigned descriptors)
{
    // Every one has its reason in docs/internals/guid-sandbox.md.
    static constexpr std::array calls{
        SYS_epoll_wait, SYS_epoll_ctl,      SYS_timerfd_settime, SYS_recvmsg,
        SYS_sendmsg,    SYS_recvfrom,       SYS_sendto,          SYS_read,
        SYS_write,      SYS_pread64,        SYS_close,           SYS_brk,
        SYS_munmap,     SYS_mremap,         SYS_clock_gettime,   SYS_getrandom,
        SYS_exit_group, SYS_rt_sigprocmask, SYS_getpid,          SYS_gettid,
    };
    return enter_sandbox(SandboxRules{.calls = calls, .descriptors = descriptors});
}

Result<Missing> enter_pipe_sandbox()
{
    static constexpr std::array calls{
        SYS_epoll_wait,    SYS_epoll_ctl,     SYS_read,   SYS_write,           SYS_writev,
        SYS_shutdown,      SYS_close,         SYS_brk,    SYS_munmap,          SYS_mremap,
        SYS_clock_gettime, SYS_getrandom,     SYS_getpid, SYS_timerfd_settime, SYS_exit_group,
        SYS_gettid,        SYS_rt_sigprocmask};
    return enter_sandbox(SandboxRules{.calls = calls});
}

} // namespace vitrail
