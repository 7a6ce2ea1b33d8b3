#include "clipboard/sandbox.hpp"
#include "images/worker.hpp"
#include "lib/os/sandbox.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <functional>
#include <set>

namespace vitrail::test {

using Enter = Result<Missing> (*)();

Result<Missing> enter_guids()
{
    return enter_sandbox();
}

/// How a child ends that enters a sandbox and then does this: 0, or the signal that killed it.
int fate_of(std::function<void()> const& deed, Enter enter = &enter_guids)
{
    pid_t const child = fork();
    if (child == 0) {
        if (!enter())
            _exit(99);
        deed();
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

void expect_only(std::set<long> const& listed, Enter enter)
{
    EXPECT_LE(listed.size(), 26U);
    for (long call = 0; call <= 462; ++call) {
        bool const exists = call < 335 || call >= 424; // no x86-64 call has a number between
        if (exists && !listed.contains(call)) {
            EXPECT_EQ(fate_of([call] { syscall(call, -1, 0, 0, 0, 0, 0); }, enter), SIGSYS)
                << "system call " << call;
        }
    }
}

TEST(GuidSandbox, every_system_call_that_is_not_listed_kills)
{
    // docs/internals/guid-sandbox.md; mmap, fcntl and tgkill have conditions and tests of their
    // own.
    std::set<long> const listed{
        SYS_epoll_wait, SYS_epoll_ctl,      SYS_timerfd_settime, SYS_recvmsg,
        SYS_sendmsg,    SYS_recvfrom,       SYS_sendto,          SYS_read,
        SYS_write,      SYS_pread64,        SYS_close,           SYS_brk,
        SYS_munmap,     SYS_mremap,         SYS_clock_gettime,   SYS_getrandom,
        SYS_exit_group, SYS_rt_sigprocmask, SYS_getpid,          SYS_gettid,
        SYS_mmap,       SYS_fcntl,          SYS_tgkill};
    expect_only(listed, &enter_guids);
}

TEST(ClipboardSandbox, every_system_call_that_is_not_listed_kills)
{
    expect_only({SYS_epoll_wait,    SYS_epoll_ctl,  SYS_timerfd_settime, SYS_recvmsg,
                 SYS_sendmsg,       SYS_read,       SYS_write,           SYS_close,
                 SYS_brk,           SYS_munmap,     SYS_mremap,          SYS_getrandom,
                 SYS_clock_gettime, SYS_exit_group, SYS_rt_sigprocmask,  SYS_getpid,
                 SYS_gettid,        SYS_mmap,       SYS_fcntl,           SYS_tgkill},
                &clipboard::enter_sandbox);
}

TEST(ImageSandbox, every_system_call_that_is_not_listed_kills)
{
    expect_only({SYS_read, SYS_write, SYS_close, SYS_brk, SYS_munmap, SYS_mremap, SYS_exit_group,
                 SYS_rt_sigprocmask, SYS_getpid, SYS_gettid, SYS_mmap, SYS_fcntl, SYS_tgkill},
                [] { return images::confine_worker(images::decoder_memory); });
}

TEST(ImageSandbox, a_picture_that_takes_too_long_is_ended)
{
    EXPECT_EQ(fate_of(
                  [] {
                      for (volatile unsigned turns = 0;;)
                          turns = turns + 1;
                  },
                  [] { return enter_sandbox({.calls = {}, .seconds = 1}); }),
              SIGKILL);
}

TEST(GuidSandbox, memory_may_be_had_but_not_run)
{
    auto const map = [](int protection) {
        return fate_of([=] {
            static_cast<void>(mmap(nullptr, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        });
    };
    EXPECT_EQ(map(PROT_READ | PROT_WRITE), 0);
    EXPECT_EQ(map(PROT_READ | PROT_EXEC), SIGSYS);
}

TEST(GuidSandbox, only_this_process_may_be_signalled_and_descriptors_copied_one_way)
{
    EXPECT_EQ(fate_of([] { syscall(SYS_tgkill, getppid(), getppid(), SIGTERM); }), SIGSYS);
    EXPECT_EQ(fate_of([] { abort(); }), SIGABRT);
    EXPECT_EQ(fate_of([] { fcntl(0, F_GETFL); }), 0);
    EXPECT_EQ(fate_of([] { fcntl(0, F_SETOWN, 1); }), SIGSYS);
}

} // namespace vitrail::test
