#include "lib/os/process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

namespace vitrail {
namespace {

/// posix_spawn's actions, with the sources moved out of the way of the targets first.
class Actions {
public:
    Actions() { posix_spawn_file_actions_init(&actions_); }
    ~Actions() { posix_spawn_file_actions_destroy(&actions_); }
    Actions(Actions const&) = delete;
    Actions& operator=(Actions const&) = delete;

    [[nodiscard]] Result<> add(std::vector<std::pair<int, int>> const& wanted)
    {
        bool input = false;
        constexpr int above_targets = 64;
        for (auto const& [ours, theirs] : wanted) {
            Fd copy(fcntl(ours, F_DUPFD_CLOEXEC, above_targets));
            if (!copy)
                return errno_error("a descriptor for a child");
            posix_spawn_file_actions_adddup2(&actions_, copy.get(), theirs);
            copies_.push_back(std::move(copy));
            input = input || theirs == 0;
        }
        if (!input)
            posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
        return {};
    }
    [[nodiscard]] posix_spawn_file_actions_t const* get() const { return &actions_; }

private:
    posix_spawn_file_actions_t actions_{};
    std::vector<Fd> copies_;
};

std::vector<char*> pointers(std::vector<std::string>& words)
{
    std::vector<char*> all;
    for (std::string& word : words)
        all.push_back(word.data());
    all.push_back(nullptr);
    return all;
}

} // namespace

Environment inherited_environment(std::vector<std::string_view> const& names)
{
    Environment found;
    for (std::string_view const name : names)
        if (char const* const value = std::getenv(std::string(name).c_str()))
            found[std::string(name)] = value;
    return found;
}

Environment whole_environment()
{
    Environment all;
    for (char** entry = environ; *entry; ++entry) {
        std::string_view const text = *entry;
        if (auto const sign = text.find('='); sign != std::string_view::npos)
            all[std::string(text.substr(0, sign))] = text.substr(sign + 1);
    }
    return all;
}

Result<Process> Process::start(Spawn const& spawn)
{
    Actions actions;
    TRY_VOID(actions.add(spawn.descriptors));
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigset_t standard;
    sigemptyset(&none);
    sigemptyset(&standard);
    sigaddset(&standard, SIGPIPE);
    posix_spawnattr_setsigmask(&attributes, &none); // we block what our loop reads
    posix_spawnattr_setsigdefault(&attributes, &standard);
    posix_spawnattr_setflags(&attributes,
                             static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                (spawn.new_session ? POSIX_SPAWN_SETSID : 0)));
    std::vector<std::string> arguments = spawn.arguments;
    std::vector<std::string> variables;
    for (auto const& [name, value] : spawn.environment)
        variables.push_back(name + "=" + value);
    pid_t child = -1;
    int const failed = posix_spawnp(&child, arguments[0].c_str(), actions.get(), &attributes,
                                    pointers(arguments).data(), pointers(variables).data());
    posix_spawnattr_destroy(&attributes);
    if (failed != 0)
        return std::unexpected(Error{failed, "starting " + arguments[0]});
    Fd pidfd = TRY(open_process(child));
    return Process(child, std::move(pidfd));
}

void Process::signal(int number) const
{
    if (pidfd_)
        signal_process(pidfd_.get(), number);
}

int Process::reap()
{
    int status = 0;
    pid_t got = -1;
    do
        got = waitpid(pid_, &status, 0);
    while (got < 0 && errno == EINTR);
    pidfd_.reset();
    if (got != pid_)
        return 127;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

Result<Fd> open_process(pid_t pid)
{
    Fd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
    if (!pidfd)
        return errno_error("process " + std::to_string(pid));
    fcntl(pidfd.get(), F_SETFD, FD_CLOEXEC);
    return pidfd;
}

void signal_process(int pidfd, int number)
{
    syscall(SYS_pidfd_send_signal, pidfd, number, nullptr, 0);
}

} // namespace vitrail
