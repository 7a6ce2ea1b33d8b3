#include "services/network/namespaces.hpp"

#include "lib/base/text.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace vitrail::network {
namespace {

constexpr std::array<unsigned, 2> kept_capabilities{CAP_NET_ADMIN, CAP_SYS_ADMIN};

Result<> write_to(char const* path, std::string const& text)
{
    Fd const file(open(path, O_WRONLY | O_CLOEXEC));
    if (!file || write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        return errno_error(path);
    return {};
}

/// Those two and no others, for us and for what we start.
Result<> limit_capabilities()
{
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> data{};
    for (unsigned const one : kept_capabilities) {
        std::uint32_t const bit = 1U << one;
        data[0].effective |= bit;
        data[0].permitted |= bit;
        data[0].inheritable |= bit;
    }
    if (syscall(SYS_capset, &header, data.data()) != 0)
        return errno_error("the zone's capabilities");
    for (unsigned const one : kept_capabilities)
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, one, 0, 0) != 0)
            return errno_error("the zone's capabilities");
    return {};
}

/// What a child printed, to be shown in an error.
std::string printed(int file)
{
    std::array<char, 512> text{};
    ssize_t const got = pread(file, text.data(), text.size(), 0);
    std::string_view seen(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    while (seen.ends_with('\n'))
        seen.remove_suffix(1);
    return escape_for_log(seen);
}

[[noreturn]] void be_child(int where, int in, int out, std::vector<int> const& given,
                           std::function<int()> const& act)
{
    reset_signals();
    constexpr int above_targets = 64;
    std::vector<int> sources{in, out};
    sources.insert(sources.end(), given.begin(), given.end());
    for (int& source : sources)
        source = fcntl(source, F_DUPFD_CLOEXEC, above_targets);
    bool ready = setns(where, CLONE_NEWNET) == 0 && dup2(sources[0], 0) == 0 &&
                 dup2(sources[1], 1) == 1 && dup2(sources[1], 2) == 2;
    for (std::size_t i = 2; i < sources.size() && ready; ++i)
        ready = dup2(sources[i], static_cast<int>(i) + 1) >= 0;
    if (!ready) {
        std::perror("entering a network namespace");
        _exit(1);
    }
    _exit(act());
}

/// In a child that is in there. Without a program: every start of a qube waits for it.
int raise_loopback()
{
    Fd const socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq loopback{};
    std::memcpy(loopback.ifr_name, "lo", 3);
    loopback.ifr_flags = IFF_UP;
    if (socket && ioctl(socket.get(), SIOCSIFFLAGS, &loopback) == 0)
        return 0;
    std::perror("raising lo");
    return 1;
}

} // namespace

void reset_signals()
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    std::signal(SIGPIPE, SIG_DFL);
}

Result<> enter_zone()
{
    std::string const user = std::to_string(geteuid());
    std::string const group = std::to_string(getegid());
    if (unshare(CLONE_NEWUSER) != 0)
        return errno_error("a user namespace for the network of qubes");
    TRY_VOID(write_to("/proc/self/setgroups", "deny"));
    TRY_VOID(write_to("/proc/self/uid_map", user + " " + user + " 1"));
    TRY_VOID(write_to("/proc/self/gid_map", group + " " + group + " 1"));
    return limit_capabilities();
}

Result<> join_zone(Fd const& owner)
{
    if (setns(owner.get(), CLONE_NEWUSER) != 0)
        return errno_error("the user namespace of an earlier zone");
    return limit_capabilities();
}

Result<Fd> own_user_namespace()
{
    Fd fd(open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC));
    if (!fd)
        return errno_error("the zone's user namespace");
    return fd;
}

Result<Fd> make_network_namespace()
{
    auto const child = static_cast<pid_t>(syscall(SYS_clone, CLONE_NEWNET | SIGCHLD, 0, 0, 0, 0));
    if (child == 0)
        for (;;)
            pause();
    if (child < 0)
        return errno_error("a network namespace");
    std::string const path = "/proc/" + std::to_string(child) + "/ns/net";
    Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    int const problem = errno;
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    errno = problem;
    if (!fd)
        return errno_error(path);
    TRY_VOID(run_in(fd.get(), raise_loopback));
    return fd;
}

Result<> run_in(int where, std::function<int()> const& act, std::string const& input,
                std::vector<int> const& given)
{
    Fd const in(memfd_create("input", MFD_CLOEXEC));
    Fd const out(memfd_create("output", MFD_CLOEXEC));
    if (!in || !out ||
        pwrite(in.get(), input.data(), input.size(), 0) != static_cast<ssize_t>(input.size()))
        return errno_error("a file in memory");
    pid_t const child = fork();
    if (child < 0)
        return errno_error("a child");
    if (child == 0)
        be_child(where, in.get(), out.get(), given, act);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return {};
    std::string const said = printed(out.get());
    return error(said.empty() ? "a child ended with status " + std::to_string(status) : said);
}

int exec_program(std::vector<std::string> arguments)
{
    std::vector<char*> words;
    for (std::string& word : arguments)
        words.push_back(word.data());
    words.push_back(nullptr);
    execvp(words[0], words.data());
    std::perror(words[0]);
    return 127;
}

Result<> run_program_in(int where, std::vector<std::string> arguments, std::string const& input,
                        std::vector<int> const& given)
{
    std::string const program = arguments[0];
    auto const done =
        run_in(where, [&] { return exec_program(std::move(arguments)); }, input, given);
    if (!done)
        return error(program + ": " + done.error().message());
    return {};
}

} // namespace vitrail::network
