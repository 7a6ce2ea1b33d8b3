// vitrail-root-launcher: when root starts the desktop. It becomes the only process of root: runs
// the desktop under an id that no account has, and starts each qube's keeper under one of its own
// (fact sheet local-host §1). What it is asked for comes from the desktop, so it is small and takes
// nothing but a number, a name and a command line for the keeper.

#include "lib/base/text.hpp"
#include "lib/os/event_loop.hpp"
#include "lib/os/line_socket.hpp"
#include "lib/os/process.hpp"
#include "lib/os/programs.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/openat2.h>
#include <nlohmann/json.hpp>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>

namespace {

using namespace vitrail;
using Json = nlohmann::json;

/// Above every range that Debian or systemd hands out, below 2^31. The desktop has the first id,
/// the qube of domain D has first + D.
constexpr uid_t first_id = 1900000000;
constexpr unsigned most_domains = 60000;

[[nodiscard]] Result<> become(uid_t id)
{
    if (setgroups(0, nullptr) != 0 || setresgid(id, id, id) != 0 || setresuid(id, id, id) != 0)
        return errno_error("giving up root");
    return {};
}

/// bubblewrap's covers on parts of /proc keep the kernel from giving a qube a /proc of its own.
void uncover_proc()
{
    if (unshare(CLONE_NEWNS) != 0)
        return;
    mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr);
    for (char const* const cover : {"/proc/irq", "/proc/bus", "/proc/sys", "/proc/sysrq-trigger"})
        umount2(cover, MNT_DETACH);
}

/// A folder of the desktop or of a qube: made if missing, given to `owner`, group the desktop's,
/// so that the desktop reaches what the qube makes in it. Follows no link on the way: the desktop
/// owns what lies above.
[[nodiscard]] Result<> own_folder(std::filesystem::path const& path, uid_t owner, mode_t mode)
{
    open_how how{};
    how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
    how.resolve = RESOLVE_NO_SYMLINKS;
    Fd const above(static_cast<int>(
        syscall(SYS_openat2, AT_FDCWD, path.parent_path().c_str(), &how, sizeof how)));
    std::string const name = path.filename();
    if (above)
        mkdirat(above.get(), name.c_str(), 0700);
    Fd const folder(
        above ? openat(above.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
              : -1);
    if (!folder || fchown(folder.get(), owner, first_id) != 0 || fchmod(folder.get(), mode) != 0)
        return errno_error("the folder " + path.string());
    return {};
}

class Launcher {
public:
    Launcher(std::string runtime, std::string data)
        : keeper_(own_program("vitrail-qube-keeper")),
          runtime_(std::move(runtime)),
          data_(std::move(data)),
          child_(loop_.get(), *this, SIGCHLD),
          interrupt_(loop_.get(), *this, SIGINT),
          terminate_(loop_.get(), *this, SIGTERM),
          hangup_(loop_.get(), *this, SIGHUP)
    {
    }

    [[nodiscard]] Result<int> run(std::vector<std::string> command)
    {
        std::error_code failure;
        std::filesystem::create_directories(data_, failure);
        runtime_ = std::filesystem::canonical(runtime_, failure);
        data_ = std::filesystem::canonical(data_, failure);
        TRY_VOID(own_folder(runtime_, first_id, 0711));
        TRY_VOID(own_folder(data_, first_id, 0711));
        TRY_VOID(own_folder(data_ + "/vitrail", first_id, 0711));
        TRY_VOID(own_folder(data_ + "/vitrail/qubes", first_id, 0711));
        // Root's own home is none of the desktop's.
        std::string const home = data_ + "/vitrail/home";
        TRY_VOID(own_folder(home, first_id, 0700));
        setenv("HOME", home.c_str(), 1);
        auto [ours, theirs] = TRY(socket_pair(SOCK_STREAM));
        link_ = std::make_unique<LineSocket>(
            loop_.get(), std::move(ours), [this](std::string_view line) { handle(line); }, [] {});
        desktop_ = fork();
        if (desktop_ == 0)
            exec_desktop(std::move(command), theirs.get());
        theirs.reset();
        loop_.run();
        return status_;
    }

    void handle_child(int)
    {
        int status = 0;
        pid_t gone = 0;
        while ((gone = waitpid(-1, &status, WNOHANG)) > 0)
            if (gone == desktop_) {
                status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
                loop_.stop();
            } else if (status != 0)
                std::fprintf(stderr, "vitrail-root-launcher: keeper %d ended with status %#x\n",
                             gone, status);
    }
    void handle_signal(int number) { kill(desktop_, number == SIGHUP ? SIGTERM : number); }

private:
    [[noreturn]] static void exec_desktop(std::vector<std::string> command, int link)
    {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, nullptr);
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        fcntl(link, F_SETFD, 0);
        setenv("VITRAIL_LAUNCHER_FD", std::to_string(link).c_str(), 1);
        std::vector<char*> words;
        for (std::string& word : command)
            words.push_back(word.data());
        words.push_back(nullptr);
        if (auto const done = become(first_id); !done) {
            std::fprintf(stderr, "vitrail-root-launcher: %s\n", done.error().message().c_str());
            _exit(1);
        }
        execv(words[0], words.data());
        std::perror(words[0]);
        _exit(1);
    }

    void handle(std::string_view line)
    {
        std::vector<Fd> descriptors = link_->take_descriptors();
        auto const started = start_keeper(Json::parse(line, nullptr, false), descriptors);
        Json const answer =
            started ? Json{{"pid", *started}} : Json{{"error", started.error().message()}};
        link_->send(answer.dump());
    }

    [[nodiscard]] Result<pid_t> start_keeper(Json const& request, std::vector<Fd>& descriptors)
    {
        auto const bad = [] { return error("a request that is none of ours"); };
        if (!request.is_object() || descriptors.size() != 2)
            return bad();
        auto const name = request.find("name");
        auto const domain = request.find("domain");
        auto const words = request.find("sandbox");
        if (name == request.end() || !name->is_string() || domain == request.end() ||
            !domain->is_number_unsigned() || words == request.end() || !words->is_array())
            return bad();
        std::string const qube = name->get<std::string>();
        auto const number = domain->get<std::uint64_t>();
        bool const plain = !qube.empty() && qube.size() <= 31 && qube.front() != '.' &&
                           std::ranges::all_of(qube, [](char c) {
                               return std::isalnum(static_cast<unsigned char>(c)) || c == '_' ||
                                      c == '.' || c == '-';
                           });
        if (!plain || number == 0 || number > most_domains)
            return bad();
        std::vector<std::string> arguments{
            keeper_, "--name", qube, "--log", data_ + "/vitrail/qubes/" + qube + "/qube.log", "--"};
        for (Json const& word : *words) {
            if (!word.is_string())
                return bad();
            arguments.push_back(word.get<std::string>());
        }
        uid_t const id = first_id + static_cast<uid_t>(number);
        TRY_VOID(prepare(qube, id));
        return spawn(arguments, id, descriptors);
    }

    /// The qube's folders: its own, but open to the desktop's group.
    [[nodiscard]] Result<> prepare(std::string const& qube, uid_t id)
    {
        constexpr mode_t shared = 02770;
        std::string const run = runtime_ + "/vitrail/qubes/" + qube;
        std::string const kept = data_ + "/vitrail/qubes/" + qube;
        TRY_VOID(own_folder(kept, id, shared));
        TRY_VOID(own_folder(kept + "/home", id, shared));
        TRY_VOID(own_folder(run + "/vchan", id, shared));
        TRY_VOID(own_folder(run + "/grants", id, shared));
        return {};
    }

    [[nodiscard]] Result<pid_t> spawn(std::vector<std::string>& arguments, uid_t id,
                                      std::vector<Fd>& descriptors)
    {
        std::vector<char*> words;
        for (std::string& word : arguments)
            words.push_back(word.data());
        words.push_back(nullptr);
        pid_t const child = fork();
        if (child < 0)
            return errno_error("starting a keeper");
        if (child == 0) {
            sigset_t none;
            sigemptyset(&none);
            sigprocmask(SIG_SETMASK, &none, nullptr);
            setsid();
            int const listening = fcntl(descriptors[0].get(), F_DUPFD, 64);
            int const log = fcntl(descriptors[1].get(), F_DUPFD, 64);
            dup2(listening, 3);
            dup2(log, 1);
            dup2(log, 2);
            close_range(4, ~0U, 0);
            if (auto const done = become(id); !done)
                std::fprintf(stderr, "vitrail-root-launcher: %s\n", done.error().message().c_str());
            else
                execv(words[0], words.data());
            std::perror(words[0]); // descriptor 2 is the keeper's log
            _exit(127);
        }
        return child;
    }

    std::string keeper_;
    std::string runtime_;
    std::string data_;
    EventLoop loop_;
    pid_t desktop_ = -1;
    int status_ = 1;
    std::unique_ptr<LineSocket> link_;
    SignalSource<&Launcher::handle_child> child_;
    SignalSource<&Launcher::handle_signal> interrupt_;
    SignalSource<&Launcher::handle_signal> terminate_;
    SignalSource<&Launcher::handle_signal> hangup_;
};

} // namespace

int main(int argc, char** argv)
{
    char const* const runtime = std::getenv("XDG_RUNTIME_DIR");
    char const* const data = std::getenv("XDG_DATA_HOME");
    if (argc < 2 || geteuid() != 0 || !runtime || !data) {
        std::fputs("usage, as root, with XDG_RUNTIME_DIR and XDG_DATA_HOME set to folders that the "
                   "desktop may have: vitrail-root-launcher PROGRAM…\n",
                   stderr);
        return 2;
    }
    std::signal(SIGPIPE, SIG_IGN);
    umask(022);
    Launcher launcher(runtime, data);
    uncover_proc(); // after it found its programs: /proc/self/exe means the mounts of before
    auto const ended = launcher.run({argv + 1, argv + argc});
    if (!ended) {
        std::fprintf(stderr, "vitrail-root-launcher: %s\n", ended.error().message().c_str());
        return 1;
    }
    return *ended;
}
