// vitrail-root-launcher: when root starts the desktop. It becomes the only process of root: runs
// the desktop under an id that no account has, and starts each qube's keeper under one of its own
// (fact sheet local-host §1). What it is asked for comes from the desktop, so it is small and takes
// nothing but a number, a name, words for the keeper, and which of the desktop's own folders the
// qube gets as its own.

#include "lib/base/text.hpp"
#include "lib/os/event_loop.hpp"
#include "lib/os/line_socket.hpp"
#include "lib/os/process.hpp"
#include "lib/os/programs.hpp"
#include "services/root_launcher/volume_mounts.hpp"

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
#include <optional>

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

/// What the desktop may ask for: a keeper for one qube.
struct Request {
    std::string name;
    std::uint64_t domain = 0;
    std::vector<std::string> arguments; ///< the keeper's
    std::vector<launcher::VolumeMount> mounts;
};

bool is_plain_name(std::string const& name)
{
    return !name.empty() && name.size() <= 31 && name.front() != '.' &&
           std::ranges::all_of(name, [](char c) {
               return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' ||
                      c == '-';
           });
}

std::optional<std::string> text_of(Json const& object, char const* key)
{
    auto const found = object.find(key);
    return found != object.end() && found->is_string() ? std::optional(found->get<std::string>())
                                                       : std::nullopt;
}

std::optional<launcher::VolumeMount> parse_mount(Json const& json)
{
    if (!json.is_object())
        return std::nullopt;
    auto const from = text_of(json, "from");
    auto const to = text_of(json, "to");
    auto const writable = json.find("writable");
    if (!from || !to || writable == json.end() || !writable->is_boolean())
        return std::nullopt;
    return launcher::VolumeMount{*from, *to, writable->get<bool>()};
}

std::optional<Request> parse_request(Json const& json)
{
    if (!json.is_object())
        return std::nullopt;
    auto const name = text_of(json, "name");
    auto const domain = json.find("domain");
    auto const words = json.find("arguments");
    auto const mounts = json.find("mounts");
    if (!name || !is_plain_name(*name) || domain == json.end() || !domain->is_number_unsigned() ||
        words == json.end() || !words->is_array() || mounts == json.end() || !mounts->is_array())
        return std::nullopt;
    Request request{
        .name = *name, .domain = domain->get<std::uint64_t>(), .arguments = {}, .mounts = {}};
    if (request.domain == 0 || request.domain > most_domains)
        return std::nullopt;
    for (Json const& word : *words) {
        if (!word.is_string())
            return std::nullopt;
        request.arguments.push_back(word.get<std::string>());
    }
    for (Json const& one : *mounts) {
        auto const mount = parse_mount(one);
        if (!mount)
            return std::nullopt;
        request.mounts.push_back(*mount);
    }
    return request;
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
        TRY_VOID(own_folder(data_ + "/vitrail", first_id, 0700));
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
        Json const asked = Json::parse(line, nullptr, false);
        auto const request = parse_request(asked);
        auto const started = !request || descriptors.size() != 3
                                 ? error("a request that is none of ours")
                                 : start_keeper(*request, descriptors);
        Json answer =
            started ? Json{{"pid", *started}} : Json{{"error", started.error().message()}};
        if (asked.is_object() && asked.contains("id"))
            answer["id"] = asked["id"];
        link_->send(answer.dump());
    }

    /// Its folders shared with our side are its own, but open to the desktop's group.
    [[nodiscard]] Result<pid_t> start_keeper(Request const& request, std::vector<Fd>& descriptors)
    {
        constexpr mode_t shared = 02770;
        uid_t const id = first_id + static_cast<uid_t>(request.domain);
        std::string const run = runtime_ + "/vitrail/qubes/" + request.name;
        TRY_VOID(own_folder(run + "/vchan", id, shared));
        TRY_VOID(own_folder(run + "/grants", id, shared));
        Fd const id_map = TRY(launcher::make_id_map(first_id, id));
        std::vector<std::string> arguments{keeper_};
        arguments.insert(arguments.end(), request.arguments.begin(), request.arguments.end());
        std::vector<char*> words;
        for (std::string& word : arguments)
            words.push_back(word.data());
        words.push_back(nullptr);
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0)
            return errno_error("a pipe");
        Fd const reader(ends[0]);
        Fd writer(ends[1]);
        pid_t const child = fork();
        if (child < 0)
            return errno_error("starting a keeper");
        if (child == 0) {
            auto const failed = become_keeper(request, id, id_map.get(), descriptors, words);
            std::string const why = failed.error().message();
            [[maybe_unused]] ssize_t const told = write(writer.get(), why.data(), why.size());
            _exit(127);
        }
        writer.reset();
        std::string why; // nothing: it runs, and the kernel has closed the writing end
        std::array<char, 1024> bytes{};
        for (ssize_t got = 0; (got = read(reader.get(), bytes.data(), bytes.size())) > 0;)
            why.append(bytes.data(), static_cast<std::size_t>(got));
        if (!why.empty())
            return error(why);
        return child;
    }

    /// In the child. Comes back only when it failed.
    [[nodiscard]] Result<> become_keeper(Request const& request, uid_t id, int id_map,
                                         std::vector<Fd>& descriptors,
                                         std::vector<char*> const& words)
    {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, nullptr);
        setsid();
        if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr))
            return errno_error("a mount namespace for the qube");
        TRY_VOID(launcher::mount_volumes(request.mounts, data_,
                                         runtime_ + "/vitrail/qubes/" + request.name, id_map));
        // Never in the machine's own network: that is what the third descriptor is for.
        if (setns(descriptors[2].get(), CLONE_NEWNET) != 0)
            return errno_error("the qube's network");
        int const listening = fcntl(descriptors[0].get(), F_DUPFD, 64);
        int const log = fcntl(descriptors[1].get(), F_DUPFD, 64);
        dup2(listening, 3);
        dup2(log, 1);
        dup2(log, 2);
        close_range(4, ~0U, CLOSE_RANGE_CLOEXEC); // but not yet the one that tells of a failure
        TRY_VOID(become(id));
        execv(words[0], words.data());
        return errno_error("starting " + std::string(words[0]));
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
