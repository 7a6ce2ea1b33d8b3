#include "agents/gui/launcher.hpp"

#include "agents/gui/wlr.hpp"

#include <csignal>
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include <array>
#include <cstring>

namespace vitrail::agent {

namespace {
constexpr std::size_t max_line = 65536;
}

/// One connection to the control socket.
struct Launcher::Caller {
    Caller(Launcher& owner, Fd socket)
        : launcher(owner),
          fd(std::move(socket)),
          source(owner.loop_, *this, fd.get(), WL_EVENT_READABLE)
    {
    }
    void handle_readable(std::uint32_t)
    {
        std::array<char, 4096> bytes;
        ssize_t const got = read(fd.get(), bytes.data(), bytes.size());
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (got > 0)
            text.append(bytes.data(), static_cast<std::size_t>(got));
        for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
            answer(text.substr(0, end));
            text.erase(0, end + 1);
        }
        if (got <= 0 || text.size() > max_line)
            launcher.callers_.erase(this);
    }
    void answer(std::string const& line)
    {
        auto const argv = parse_command(line);
        auto const done = argv ? launcher.launch(*argv) : std::unexpected(argv.error());
        std::string const reply = done ? "ok\n" : "error: " + done.error().message() + "\n";
        [[maybe_unused]] ssize_t const sent =
            send(fd.get(), reply.data(), reply.size(), MSG_NOSIGNAL);
    }

    Launcher& launcher;
    Fd fd;
    std::string text;
    FdSource<&Caller::handle_readable> source;
};

Result<std::vector<std::string>> parse_command(std::string const& line)
{
    auto const json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_array() || json.empty())
        return error("a command is a JSON array of strings");
    std::vector<std::string> argv;
    for (auto const& word : json) {
        auto const* const text = word.get_ptr<std::string const*>();
        if (!text || text->find('\0') != std::string::npos)
            return error("a command is a JSON array of strings");
        argv.push_back(*text);
    }
    return argv;
}

Launcher::Launcher(wl_event_loop* loop) : loop_(loop), child_(loop, *this, SIGCHLD)
{
}

Launcher::~Launcher()
{
    callers_.clear();
    if (!path_.empty())
        unlink(path_.c_str());
}

Result<> Launcher::listen(std::string const& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return error("the path of the control socket is too long: " + path);
    std::memcpy(address.sun_path, path.c_str(), path.size());
    socket_.reset(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    unlink(path.c_str());
    if (!socket_ ||
        bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(socket_.get(), 8) != 0)
        return errno_error("the control socket " + path);
    path_ = path;
    source_ = std::make_unique<FdSource<&Launcher::handle_connection>>(loop_, *this, socket_.get(),
                                                                       WL_EVENT_READABLE);
    return {};
}

void Launcher::handle_connection(std::uint32_t)
{
    Fd connection(accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (connection)
        add_caller(std::move(connection));
}

Result<> Launcher::serve(Fd socket)
{
    struct stat what{};
    if (fstat(socket.get(), &what) != 0)
        return errno_error("the control descriptor");
    if (!S_ISSOCK(what.st_mode))
        return error("the control descriptor is not a socket");
    if (fcntl(socket.get(), F_SETFD, FD_CLOEXEC) != 0 ||
        fcntl(socket.get(), F_SETFL, O_NONBLOCK) != 0)
        return errno_error("the control descriptor");
    add_caller(std::move(socket));
    return {};
}

void Launcher::add_caller(Fd connection)
{
    auto caller = std::make_unique<Caller>(*this, std::move(connection));
    Caller* const key = caller.get();
    callers_[key] = std::move(caller);
}

Result<> Launcher::launch(std::vector<std::string> const& argv)
{
    std::vector<std::string> copies = argv; // posix_spawnp wants words that it may write to
    std::vector<char*> words;
    for (std::string& word : copies)
        words.push_back(word.data());
    words.push_back(nullptr);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none, standard;
    sigemptyset(&none);
    sigemptyset(&standard);
    sigaddset(&standard, SIGPIPE);
    posix_spawnattr_setsigmask(&attributes, &none); // we block what signalfd reads
    posix_spawnattr_setsigdefault(&attributes, &standard);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    pid_t child = 0;
    int const failed = posix_spawnp(&child, words[0], nullptr, &attributes, words.data(), environ);
    posix_spawnattr_destroy(&attributes);
    if (failed != 0)
        return std::unexpected(Error{failed, "starting " + argv[0]});
    children_.push_back(child);
    wlr_log(WLR_INFO, "started %s as process %d", argv[0].c_str(), child);
    return {};
}

void Launcher::handle_child(int)
{
    std::erase_if(children_, [](pid_t child) { return waitpid(child, nullptr, WNOHANG) == child; });
}

} // namespace vitrail::agent
