#include "tests/support/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

extern char** environ;

namespace vitrail::test {
namespace {

std::vector<std::string> merged_environment(Command const& command)
{
    std::map<std::string, std::string> merged;
    for (char** entry = environ; *entry; ++entry) {
        std::string const text = *entry;
        std::size_t const equals = text.find('=');
        merged[text.substr(0, equals)] = text.substr(equals + 1);
    }
    for (auto const& [name, value] : command.environment)
        merged[name] = value;
    std::vector<std::string> entries;
    for (auto const& [name, value] : merged)
        entries.push_back(name + "=" + value);
    return entries;
}

std::vector<char*> pointers(std::vector<std::string>& strings)
{
    std::vector<char*> out;
    for (std::string& text : strings)
        out.push_back(text.data());
    out.push_back(nullptr);
    return out;
}

Result<pid_t> spawn(Command const& command, int output)
{
    std::vector<std::string> arguments = command.arguments;
    std::vector<std::string> environment = merged_environment(command);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (output >= 0) {
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
    }
    pid_t pid = -1;
    int const failure = posix_spawnp(&pid, arguments.front().c_str(), &actions, nullptr,
                                     pointers(arguments).data(), pointers(environment).data());
    posix_spawn_file_actions_destroy(&actions);
    if (failure != 0)
        return std::unexpected(Error{failure, command.arguments.front()});
    return pid;
}

std::string contents(std::filesystem::path const& file)
{
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

} // namespace

Result<ChildProcess> ChildProcess::start(Command const& command)
{
    Fd output;
    if (!command.output.empty()) {
        output.reset(
            ::open(command.output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
        if (!output)
            return errno_error(command.output.string());
    }
    pid_t const pid = TRY(spawn(command, output.get()));
    Fd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
    return ChildProcess(pid, std::move(pidfd));
}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept
{
    if (this != &other) {
        end();
        pid_ = std::exchange(other.pid_, -1);
        pidfd_ = std::move(other.pidfd_);
    }
    return *this;
}

bool ChildProcess::running() const
{
    pollfd ended{pidfd_.get(), POLLIN, 0};
    return pidfd_ && ::poll(&ended, 1, 0) == 0;
}

void ChildProcess::signal(int number) const
{
    if (pidfd_)
        syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0);
}

std::optional<int> ChildProcess::wait(std::chrono::milliseconds deadline)
{
    pollfd ended{pidfd_.get(), POLLIN, 0};
    if (!pidfd_ || ::poll(&ended, 1, static_cast<int>(deadline.count())) <= 0)
        return std::nullopt;
    int status = 0;
    waitpid(pid_, &status, 0);
    pidfd_.reset();
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void ChildProcess::end()
{
    if (!pidfd_)
        return;
    signal(SIGTERM);
    if (!wait(std::chrono::seconds(10))) {
        signal(SIGKILL);
        (void)wait(std::chrono::seconds(10));
    }
}

Result<std::string> output_of(Command command)
{
    Fd const memory(memfd_create("output", MFD_CLOEXEC));
    if (!memory)
        return errno_error("memfd");
    pid_t const pid = TRY(spawn(command, memory.get()));
    int status = 0;
    if (waitpid(pid, &status, 0) != pid)
        return errno_error("waitpid");
    std::string text = contents("/proc/self/fd/" + std::to_string(memory.get()));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return error(command.arguments.front() + " ended with status " + std::to_string(status) +
                     ": " + text);
    return text;
}

void adopt_orphans()
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
}

std::vector<pid_t> descendants(pid_t ancestor)
{
    std::vector<pid_t> found;
    std::string const folder = "/proc/" + std::to_string(ancestor) + "/task";
    std::error_code failure;
    for (auto const& task : std::filesystem::directory_iterator(folder, failure)) {
        std::istringstream children(contents(task.path() / "children"));
        for (pid_t child; children >> child;) {
            found.push_back(child);
            auto const below = descendants(child);
            found.insert(found.end(), below.begin(), below.end());
        }
    }
    return found;
}

void end_descendants()
{
    // A process that forks while we look is found in the next turn: each turn kills all it sees.
    for (auto all = descendants(getpid()); !all.empty(); all = descendants(getpid())) {
        for (pid_t pid : all)
            ::kill(pid, SIGKILL);
        while (waitpid(-1, nullptr, WNOHANG) > 0) {
        }
        siginfo_t info{};
        waitid(P_ALL, 0, &info, WEXITED | WNOWAIT);
    }
}

std::vector<std::string> arguments_of(pid_t pid)
{
    std::vector<std::string> arguments;
    std::istringstream line(contents("/proc/" + std::to_string(pid) + "/cmdline"));
    for (std::string word; std::getline(line, word, '\0');)
        arguments.push_back(word);
    return arguments;
}

std::string program_of(pid_t pid)
{
    auto const arguments = arguments_of(pid);
    return arguments.empty() ? "" : std::filesystem::path(arguments.front()).filename().string();
}

} // namespace vitrail::test
