#include "tools/ctl/template_root.hpp"

#include "lib/os/pipe.hpp"
#include "lib/os/process.hpp"
#include "lib/os/programs.hpp"
#include "lib/qube/names.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <utility>

namespace vitrail::ctl {
namespace {

/// What the handler of interrupts needs: the session that works for us, 0: none.
volatile sig_atomic_t working = 0;
volatile sig_atomic_t interrupted = 0;

void handle_interrupt(int)
{
    interrupted = 1;
    if (working > 0)
        kill(-static_cast<pid_t>(working), SIGTERM);
}

/// While one of these lives, an interrupt ends a child's session instead of us.
class Interrupts {
public:
    explicit Interrupts(pid_t session)
    {
        working = session;
        struct sigaction action{};
        action.sa_handler = handle_interrupt;
        action.sa_flags = SA_RESTART;
        for (int const signal : {SIGINT, SIGTERM, SIGHUP})
            sigaction(signal, &action, nullptr);
        if (interrupted)
            kill(-session, SIGTERM);
    }
    ~Interrupts() { working = 0; } // not yet the default: what is left has to be cleared away
    Interrupts(Interrupts const&) = delete;
    Interrupts& operator=(Interrupts const&) = delete;
};

std::vector<std::string> as_root(std::vector<std::string> command)
{
    command.insert(command.begin(), {own_program("vitrail-qube-init"), "--as-root", "--"});
    return command;
}

/// The last lines of a long text.
class Tail {
public:
    void add(std::string_view line)
    {
        text_.append(line).append("\n");
        constexpr std::size_t most = 65536;
        if (text_.size() > 2 * most)
            text_.erase(0, text_.size() - most);
    }
    [[nodiscard]] std::string const& text() const { return text_; }

private:
    std::string text_;
};

/// In the new root, once the base system is unpacked: the devices that its set-up needs, and /proc.
/// They are gone with the mount namespace that they are made in.
constexpr char const* mounts_hook =
    "for one in null zero full random urandom tty; do\n"
    "    : >\"$1/dev/$one\" && mount --bind \"/dev/$one\" \"$1/dev/$one\" || exit 1\n"
    "done\n"
    "mount --rbind /proc \"$1/proc\"";

/// At the end. The machine-id is each qube's own; that writes need not be waited for was true of
/// this root alone.
constexpr char const* tidy_hook =
    "rm -f \"$1/etc/dpkg/dpkg.cfg.d/99mmdebstrap\" && : >\"$1/etc/machine-id\"";

std::vector<std::string> mmdebstrap_command(Recipe const& recipe, std::string const& root,
                                            std::vector<std::string> const& packages)
{
    std::string include;
    for (auto const& list : {recipe.packages, packages})
        for (std::string const& name : list)
            include += (include.empty() ? "" : ",") + name;
    std::vector<std::string> words{
        "mmdebstrap", "--mode=root", "--format=directory", "--variant=apt", "--skip=chroot/mount",
        // There is one user: apt has none to become.
        "--aptopt=APT::Sandbox::User \"root\"", "--aptopt=APT::Install-Recommends \"false\"",
        "--dpkgopt=force-unsafe-io", std::string("--extract-hook=") + mounts_hook,
        std::string("--customize-hook=") + tidy_hook, "--include=" + include, recipe.suite, root};
    words.insert(words.end(), recipe.sources.begin(), recipe.sources.end());
    return words;
}

/// Hands every line of `reader` to `take` until nobody writes any more.
void read_lines(Fd const& reader, std::function<void(std::string_view)> const& take)
{
    std::string text;
    std::array<char, 4096> bytes{};
    for (;;) {
        ssize_t const got = read(reader.get(), bytes.data(), bytes.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        text.append(bytes.data(), static_cast<std::size_t>(got));
        for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
            take(std::string_view(text).substr(0, end));
            text.erase(0, end + 1);
        }
    }
    if (!text.empty())
        take(text);
}

std::unexpected<Error> interrupt_error()
{
    return error("interrupted");
}

} // namespace

Result<TemplateRoot> TemplateRoot::create(std::string folder)
{
    std::error_code failure;
    std::filesystem::create_directories(folder, failure);
    if (failure)
        return std::unexpected(Error{failure.value(), "making the folder " + folder});
    Fd lock(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!lock)
        return errno_error("the folder " + folder);
    if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
        return error("this template is being made already, in " + folder);
    TemplateRoot made(std::move(folder), std::move(lock));
    made.clear();
    return made;
}

TemplateRoot::~TemplateRoot()
{
    if (!lock_)
        return; // moved from
    clear();
    rmdir(folder_.c_str());
    rmdir(std::filesystem::path(folder_).parent_path().c_str()); // if it was the last
}

/// As root of its own files: some folders are closed to their owner.
void TemplateRoot::clear() const
{
    auto removing = Process::start({.arguments = as_root({"rm", "-rf", root(), folder_ + "/tmp"}),
                                    .environment = whole_environment(),
                                    .descriptors = {},
                                    .new_session = true});
    if (removing)
        removing->reap();
}

std::string TemplateRoot::free_space() const
{
    struct statvfs status{};
    if (statvfs(folder_.c_str(), &status) != 0)
        return folder_;
    return std::to_string((status.f_bavail * status.f_frsize) >> 20U) + " MiB are free in " +
           folder_;
}

Result<> TemplateRoot::make(Recipe const& recipe, std::vector<std::string> const& packages,
                            std::function<void(std::string_view stage)> const& begun)
{
    std::string const scratch = folder_ + "/tmp";
    if (mkdir(scratch.c_str(), 0700) != 0)
        return errno_error("making the folder " + scratch);
    Pipe said = TRY(make_pipe());
    Spawn spawn{.arguments = as_root(mmdebstrap_command(recipe, root(), packages)),
                .environment = whole_environment(),
                .descriptors = {{said.writer.get(), 1}, {said.writer.get(), 2}},
                .new_session = true};
    spawn.environment["TMPDIR"] = scratch;
    spawn.environment["LC_ALL"] = "C.UTF-8"; // what it says is read here
    // An ordinary user's PATH lacks what only root is thought to need.
    spawn.environment["PATH"] += ":/usr/local/sbin:/usr/sbin:/sbin";
    Process maker = TRY(Process::start(spawn));
    said.writer.reset();
    Interrupts const watch(maker.pid());
    Tail tail;
    read_lines(said.reader, [&](std::string_view line) {
        tail.add(line);
        if (std::string_view const stage = stage_of(line); !stage.empty())
            begun(stage);
    });
    int const status = maker.reap();
    if (interrupted)
        return interrupt_error();
    if (status != 0)
        return error(explain_failure(tail.text(), free_space()));
    return {};
}

Result<int> TemplateRoot::pack_into(std::vector<std::string> const& command) const
{
    Pipe archive = TRY(make_pipe());
    Process tar =
        TRY(Process::start({.arguments = as_root({"tar", "--create", "--numeric-owner",
                                                  "--exclude=./dev/*", "--directory", root(), "."}),
                            .environment = whole_environment(),
                            .descriptors = {{archive.writer.get(), 1}},
                            .new_session = true}));
    archive.writer.reset();
    auto taker = Process::start({.arguments = command,
                                 .environment = whole_environment(),
                                 .descriptors = {{archive.reader.get(), 0}},
                                 .new_session = true});
    archive.reader.reset();
    // Cut short, the archive is no archive: then the taker fails, and says so to qubesd.
    Interrupts const watch(tar.pid());
    int const packed = tar.reap();
    int const taken = taker ? taker->reap() : 0;
    if (!taker)
        return std::unexpected(taker.error());
    if (interrupted)
        return interrupt_error();
    if (packed != 0 && taken == 0)
        return error("the root could not be packed");
    return taken;
}

} // namespace vitrail::ctl
