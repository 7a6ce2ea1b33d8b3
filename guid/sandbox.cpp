#include "guid/sandbox.hpp"

#include <sys/syscall.h>

#include <array>

namespace vitrail::guid {

Result<Missing> enter_sandbox()
{
    // Every one has its reason in docs/internals/guid-sandbox.md.
    static constexpr std::array calls{
        SYS_epoll_wait, SYS_epoll_ctl,      SYS_timerfd_settime, SYS_recvmsg,
        SYS_sendmsg,    SYS_recvfrom,       SYS_sendto,          SYS_read,
        SYS_write,      SYS_pread64,        SYS_close,           SYS_brk,
        SYS_munmap,     SYS_mremap,         SYS_clock_gettime,   SYS_getrandom,
        SYS_exit_group, SYS_rt_sigprocmask, SYS_getpid,          SYS_gettid,
    };
    return vitrail::enter_sandbox({.calls = calls});
}

} // namespace vitrail::guid
