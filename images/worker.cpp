#include "images/worker.hpp"

#include <sys/syscall.h>

#include <array>
#include <cstdio>

namespace vitrail::images {

Result<Missing> confine_worker(std::uint64_t memory)
{
    static constexpr std::array calls{
        SYS_read,   SYS_write,      SYS_close,          SYS_brk,    SYS_munmap,
        SYS_mremap, SYS_exit_group, SYS_rt_sigprocmask, SYS_getpid, SYS_gettid,
    };
    constexpr unsigned seconds = 10;
    return enter_sandbox({.calls = calls, .descriptors = 8, .memory = memory, .seconds = seconds});
}

bool enter_worker_sandbox(char const* program, std::uint64_t memory)
{
    auto const missing = confine_worker(memory);
    if (!missing) {
        std::fprintf(stderr, "%s: %s\n", program, missing.error().message().c_str());
        return false;
    }
    for (std::string const& layer : missing->layers)
        std::fprintf(stderr, "%s: this system has no %s to confine it with; the rest holds\n",
                     program, layer.c_str());
    return true;
}

} // namespace vitrail::images
