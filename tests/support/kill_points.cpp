// A library that a test puts before libc in vitrail-qubesd (LD_PRELOAD): it counts the calls that
// change something outside of the process, in qubesd and in the jobs that it forks, and kills
// qubesd right before the one that the test has chosen. Nothing in qubesd knows of it.
//
// KILL_POINTS names a file of the layout Counter, which the test maps too.

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace {

struct Counter {
    std::atomic<std::uint32_t> armed;  ///< 1: calls count
    std::atomic<std::uint32_t> count;  ///< so far
    std::uint32_t kill_at;             ///< the first call is 1
    std::uint32_t job_stays;           ///< 1: a job at whose call qubesd dies only stops, else dies
    std::atomic<std::uint32_t> killed; ///< 1 of qubesd's own call, 2 of a job's
    std::int32_t job;                  ///< that job
    char call[60];                     ///< the one that was to be made
};

Counter* counter = nullptr;
pid_t qubesd = 0;

[[gnu::constructor]] void find_counter()
{
    char const* const path = std::getenv("KILL_POINTS");
    int const fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void* const place = mmap(nullptr, sizeof(Counter), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (place == MAP_FAILED)
        return;
    counter = static_cast<Counter*>(place);
    qubesd = getpid();
}

void point(char const* call)
{
    if (!counter || counter->armed != 1 || ++counter->count != counter->kill_at)
        return;
    bool const is_job = getpid() != qubesd;
    std::memcpy(counter->call, call, std::strlen(call) + 1);
    counter->killed = is_job ? 2 : 1;
    counter->job = is_job ? getpid() : 0;
    kill(qubesd, SIGKILL);
    if (is_job)
        kill(getpid(), counter->job_stays == 1 ? SIGSTOP : SIGKILL);
}

template <typename Function> Function next(char const* name)
{
    void* const found = dlsym(RTLD_NEXT, name);
    Function function = nullptr;
    static_assert(sizeof function == sizeof found);
    std::memcpy(&function, &found, sizeof found);
    return function;
}

} // namespace

// Under a name of our own, so that libc's declaration does not matter; the symbol is libc's.
#define POINT(result, name, parameters, arguments)                                                 \
    extern "C" result point_##name parameters __asm__(#name);                                      \
    extern "C" result point_##name parameters                                                      \
    {                                                                                              \
        using Function = result(*) parameters;                                                     \
        static auto const real = next<Function>(#name);                                            \
        point(#name);                                                                              \
        return real arguments;                                                                     \
    }

POINT(int, fsync, (int fd), (fd))
POINT(int, fdatasync, (int fd), (fd))
POINT(ssize_t, write, (int fd, void const* bytes, std::size_t size), (fd, bytes, size))
POINT(ssize_t, writev, (int fd, iovec const* parts, int count), (fd, parts, count))
POINT(ssize_t, pwrite, (int fd, void const* bytes, std::size_t size, off_t at),
      (fd, bytes, size, at))
POINT(ssize_t, pwrite64, (int fd, void const* bytes, std::size_t size, off_t at),
      (fd, bytes, size, at))
POINT(int, ftruncate, (int fd, off_t size), (fd, size))
POINT(int, ftruncate64, (int fd, off_t size), (fd, size))
POINT(int, truncate, (char const* path, off_t size), (path, size))
POINT(int, truncate64, (char const* path, off_t size), (path, size))
POINT(ssize_t, copy_file_range,
      (int from, off_t* at, int to, off_t* out, std::size_t size, unsigned flags),
      (from, at, to, out, size, flags))
POINT(int, rename, (char const* from, char const* to), (from, to))
POINT(int, renameat, (int at, char const* from, int out, char const* to), (at, from, out, to))
POINT(int, link, (char const* from, char const* to), (from, to))
POINT(int, linkat, (int at, char const* from, int out, char const* to, int flags),
      (at, from, out, to, flags))
POINT(int, symlink, (char const* from, char const* to), (from, to))
POINT(int, mkdir, (char const* path, mode_t mode), (path, mode))
POINT(int, rmdir, (char const* path), (path))
POINT(int, unlink, (char const* path), (path))
POINT(int, unlinkat, (int at, char const* path, int flags), (at, path, flags))
POINT(int, remove, (char const* path), (path))
POINT(int, chmod, (char const* path, mode_t mode), (path, mode))
POINT(int, lchown, (char const* path, uid_t user, gid_t group), (path, user, group))
POINT(int, utimensat, (int at, char const* path, timespec const* times, int flags),
      (at, path, times, flags))
POINT(int, futimens, (int fd, timespec const* times), (fd, times))
POINT(ssize_t, send, (int fd, void const* bytes, std::size_t size, int flags),
      (fd, bytes, size, flags))
POINT(ssize_t, sendmsg, (int fd, msghdr const* message, int flags), (fd, message, flags))
POINT(int, bind, (int fd, sockaddr const* address, socklen_t size), (fd, address, size))
POINT(int, connect, (int fd, sockaddr const* address, socklen_t size), (fd, address, size))
POINT(pid_t, fork, (), ())
POINT(int, posix_spawn,
      (pid_t * process, char const* path, posix_spawn_file_actions_t const* actions,
       posix_spawnattr_t const* attributes, char* const* arguments, char* const* environment),
      (process, path, actions, attributes, arguments, environment))
POINT(int, posix_spawnp,
      (pid_t * process, char const* path, posix_spawn_file_actions_t const* actions,
       posix_spawnattr_t const* attributes, char* const* arguments, char* const* environment),
      (process, path, actions, attributes, arguments, environment))

// Those with an argument that is not always there. libc gives a word also where there is none.

#define OPEN(name)                                                                                 \
    extern "C" int point_##name(char const* path, int flags, ...) __asm__(#name);                  \
    extern "C" int point_##name(char const* path, int flags, ...)                                  \
    {                                                                                              \
        static auto const real = next<int (*)(char const*, int, ...)>(#name);                      \
        va_list rest;                                                                              \
        va_start(rest, flags);                                                                     \
        bool const changes = (flags & (O_CREAT | O_TRUNC)) != 0;                                   \
        mode_t const mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;                     \
        va_end(rest);                                                                              \
        if (changes)                                                                               \
            point(#name);                                                                          \
        return real(path, flags, mode);                                                            \
    }

OPEN(open)
OPEN(open64)

extern "C" int point_ioctl(int fd, unsigned long request, ...) __asm__("ioctl");
extern "C" int point_ioctl(int fd, unsigned long request, ...)
{
    static auto const real = next<int (*)(int, unsigned long, ...)>("ioctl");
    va_list rest;
    va_start(rest, request);
    void* const argument = va_arg(rest, void*);
    va_end(rest);
    if (request == FICLONE)
        point("ioctl FICLONE");
    return real(fd, request, argument);
}
