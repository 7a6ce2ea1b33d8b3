// qfile-agent: the sending end of qubes.Filecopy. Files go out as a stream, the answer comes in.
// Source: fact sheet services §1 and §2.

#include "lib/base/result.hpp"
#include "lib/base/text.hpp"
#include "lib/formats/file_name.hpp"
#include "lib/formats/qfile.hpp"
#include "lib/os/fd.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>

namespace {

using namespace vitrail;
using formats::Entry;
using formats::EntryKind;

/// Why nothing more is sent: ours, or what the receiver said.
struct Stop {
    std::string why;
    bool is_receivers = false; ///< its answer says more
    bool is_cancelled = false;
};
template <typename T = void> using Sent = std::expected<T, Stop>;

std::unexpected<Stop> stop(std::string const& what)
{
    return std::unexpected(Stop{what + ": " + std::strerror(errno)});
}

/// Without a slash at its end.
std::filesystem::path plain_path(std::string const& path)
{
    return (std::filesystem::path(path).lexically_normal() / ".").parent_path();
}

/// What would be sent, without opening it: how much, and whether every receiver takes the names.
class Survey {
public:
    explicit Survey(bool ignores_links) : ignores_links_(ignores_links) {}

    [[nodiscard]] Sent<> add(std::filesystem::path const& path)
    {
        struct stat status{};
        if (lstat(path.c_str(), &status) != 0)
            return stop(path);
        if (S_ISLNK(status.st_mode) && ignores_links_)
            return {};
        is_safe_ = is_safe_ && formats::has_safe_characters(path.filename().string());
        if (S_ISLNK(status.st_mode)) {
            std::error_code failure;
            is_safe_ = is_safe_ && formats::has_safe_characters(
                                       std::filesystem::read_symlink(path, failure).string());
        }
        if (S_ISREG(status.st_mode))
            bytes_ += static_cast<std::uint64_t>(status.st_size);
        if (!S_ISDIR(status.st_mode))
            return {};
        std::error_code failure;
        for (auto one = std::filesystem::directory_iterator(path, failure);
             !failure && one != std::filesystem::directory_iterator(); one.increment(failure))
            TRY_VOID(add(one->path()));
        errno = failure.value();
        return failure ? stop(path) : Sent<>();
    }
    void print() const
    {
        std::printf("%llu %s\n", static_cast<unsigned long long>(bytes_),
                    is_safe_ ? "safe" : "any");
    }

private:
    bool ignores_links_;
    bool is_safe_ = true;
    std::uint64_t bytes_ = 0;
};

/// How far it is, for a person at the terminal or for a program that shows it (fact sheet services
/// §2).
class Progress {
public:
    explicit Progress(bool is_wanted)
    {
        char const* const type = std::getenv("PROGRESS_TYPE");
        char const* const output = std::getenv("SAVED_FD_1");
        if (char const* const total = std::getenv("FILECOPY_TOTAL_BYTES"))
            total_ = std::strtoull(total, nullptr, 10);
        if (type && output && std::string_view(type) == "gui")
            std::from_chars(output, output + std::strlen(output), counts_to_);
        is_shown_ = is_wanted && counts_to_ < 0;
    }
    /// False: whoever watches has cancelled.
    [[nodiscard]] bool show(std::uint64_t sent)
    {
        constexpr std::uint64_t step = 1 << 20;
        if (sent / step == shown_ || (!is_shown_ && counts_to_ < 0))
            return true;
        shown_ = sent / step;
        if (counts_to_ >= 0)
            return dprintf(counts_to_, "%llu\n", static_cast<unsigned long long>(sent)) > 0;
        draw(sent);
        return true;
    }
    void finish(std::uint64_t sent) const
    {
        if (!is_shown_)
            return;
        draw(sent);
        std::fputc('\n', stderr);
    }

private:
    void draw(std::uint64_t sent) const
    {
        constexpr std::size_t width = 30;
        std::uint64_t const kib = sent >> 10;
        std::uint64_t const total = std::max(total_ >> 10, kib);
        std::size_t const done = total > 0 ? static_cast<std::size_t>(kib * width / total) : width;
        std::string bar(done, '#');
        bar.resize(width, '.');
        std::fprintf(stderr, "\rsent %llu/%llu KB [%s]", static_cast<unsigned long long>(kib),
                     static_cast<unsigned long long>(total), bar.c_str());
    }

    bool is_shown_ = false;
    int counts_to_ = -1; ///< a descriptor: a line with the bytes sent so far
    std::uint64_t total_ = 0;
    std::uint64_t shown_ = 0;
};

class Sender {
public:
    Sender(bool ignores_links, bool shows_progress)
        : ignores_links_(ignores_links), progress_(shows_progress)
    {
    }

    [[nodiscard]] Sent<> send(std::string const& path)
    {
        std::filesystem::path const parent = plain_path(path);
        std::string const name = parent.filename();
        if (!formats::is_canonical_path(name))
            return std::unexpected(Stop{path + " has no name of its own"});
        Fd const folder(open(parent.has_parent_path() ? parent.parent_path().c_str() : ".",
                             O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!folder)
            return stop(path);
        return send_entry(folder.get(), name, name);
    }

    [[nodiscard]] Sent<> finish()
    {
        writer_.end(out_);
        return flush();
    }
    [[nodiscard]] std::uint32_t crc() const { return writer_.crc(); }
    void show_end() const { progress_.finish(sent_); }

private:
    [[nodiscard]] Sent<> send_entry(int folder, std::string const& name, std::string const& path)
    {
        struct stat status{};
        if (fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
            return stop(path);
        if (S_ISLNK(status.st_mode))
            return ignores_links_ ? Sent<>() : send_link(folder, name, path, status);
        Fd const file(openat(folder, name.c_str(),
                             O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
        if (!file || fstat(file.get(), &status) != 0)
            return stop(path);
        if (S_ISDIR(status.st_mode))
            return send_folder(file.get(), path, status);
        if (!S_ISREG(status.st_mode))
            return std::unexpected(Stop{path + " is no file, folder or link: it cannot be copied"});
        return send_file(file.get(), path, status);
    }

    static Entry entry(EntryKind kind, std::string path, struct stat const& status)
    {
        auto const time = [](timespec const& one) {
            return formats::FileTime{static_cast<std::uint32_t>(one.tv_sec),
                                     static_cast<std::uint32_t>(one.tv_nsec)};
        };
        return {.kind = kind,
                .name = std::move(path),
                .mode = status.st_mode & 07777,
                .size = kind == EntryKind::file ? static_cast<std::uint64_t>(status.st_size) : 0,
                .target = "",
                .accessed = time(status.st_atim),
                .modified = time(status.st_mtim)};
    }

    [[nodiscard]] Sent<> send_link(int folder, std::string const& name, std::string const& path,
                                   struct stat const& status)
    {
        std::string target(formats::max_path_bytes, '\0');
        ssize_t const size = readlinkat(folder, name.c_str(), target.data(), target.size());
        if (size < 0)
            return stop(path);
        target.resize(static_cast<std::size_t>(size));
        Entry link = entry(EntryKind::link, path, status);
        link.target = std::move(target);
        writer_.begin(out_, link);
        return flush_some();
    }

    [[nodiscard]] Sent<> send_folder(int folder, std::string const& path, struct stat const& status)
    {
        writer_.begin(out_, entry(EntryKind::folder, path, status));
        TRY_VOID(flush());
        std::vector<std::string> names;
        Fd copy(dup(folder));
        std::unique_ptr<DIR, int (*)(DIR*)> const listing(fdopendir(copy.get()), closedir);
        if (!listing)
            return stop(path);
        (void)copy.release();
        while (dirent const* const one = readdir(listing.get()))
            if (std::string_view const name = one->d_name; name != "." && name != "..")
                names.emplace_back(name);
        std::ranges::sort(names);
        for (std::string const& name : names)
            TRY_VOID(send_entry(folder, name, path + "/" + name));
        writer_.begin(out_, entry(EntryKind::folder, path, status));
        return flush_some();
    }

    /// Exactly as many bytes as were announced: a file that shrinks ends the transfer.
    [[nodiscard]] Sent<> send_file(int file, std::string const& path, struct stat const& status)
    {
        Entry const announced = entry(EntryKind::file, path, status);
        writer_.begin(out_, announced);
        std::uint64_t left = announced.size;
        while (left > 0) {
            std::size_t const start = out_.size();
            out_.resize(start + static_cast<std::size_t>(std::min<std::uint64_t>(left, chunk)));
            ssize_t const got = read(file, out_.data() + start, out_.size() - start);
            if (got < 0)
                return stop(path);
            if (got == 0)
                return std::unexpected(Stop{path + " became shorter while it was copied"});
            out_.resize(start + static_cast<std::size_t>(got));
            writer_.add_content(std::span(out_).subspan(start));
            left -= static_cast<std::uint64_t>(got);
            TRY_VOID(flush_some());
        }
        return flush_some();
    }

    /// Small files go out together.
    [[nodiscard]] Sent<> flush_some() { return out_.size() < chunk ? Sent<>() : flush(); }

    /// Hears the receiver as well: what it says before the end is why it stopped.
    [[nodiscard]] Sent<> flush()
    {
        std::span<std::byte const> rest = out_;
        while (!rest.empty()) {
            std::array<pollfd, 2> ready{{{STDIN_FILENO, POLLIN, 0}, {STDOUT_FILENO, POLLOUT, 0}}};
            if (poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR)
                return stop("waiting");
            if (ready[0].revents != 0)
                return std::unexpected(Stop{"", true});
            if (ready[1].revents == 0)
                continue;
            ssize_t const count = write(STDOUT_FILENO, rest.data(), std::min(rest.size(), chunk));
            if (count < 0 && errno != EINTR && errno != EAGAIN)
                return std::unexpected(Stop{std::strerror(errno), true});
            if (count > 0) {
                sent_ += static_cast<std::uint64_t>(count);
                rest = rest.subspan(static_cast<std::size_t>(count));
            }
        }
        out_.clear();
        if (!progress_.show(sent_))
            return std::unexpected(Stop{"cancelled", false, true});
        return {};
    }

    static constexpr std::size_t chunk = 1 << 16;

    bool ignores_links_;
    Progress progress_;
    formats::QfileWriter writer_;
    std::vector<std::byte> out_;
    std::uint64_t sent_ = 0;
};

/// All that the receiver says, up to its end.
std::vector<std::byte> read_answer()
{
    constexpr std::size_t most = 1 << 15;
    std::vector<std::byte> bytes;
    std::array<std::byte, 4096> part{};
    while (bytes.size() < most) {
        ssize_t const got = read(STDIN_FILENO, part.data(), part.size());
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
            pollfd ready{STDIN_FILENO, POLLIN, 0};
            poll(&ready, 1, -1);
            continue;
        }
        if (got <= 0)
            break;
        bytes.insert(bytes.end(), part.begin(), part.begin() + got);
    }
    return bytes;
}

int complain(std::string const& what)
{
    std::fprintf(stderr, "qfile-agent: %s\n", what.c_str());
    return 1;
}

/// The exit status after the answer was read.
int judge(Sender const& sender, Sent<> const& done)
{
    close(STDOUT_FILENO); // nothing more comes
    auto const result = formats::parse_result(read_answer());
    constexpr int cancelled = 32; // EPIPE, as the original's
    if (!done && done.error().is_cancelled)
        return cancelled;
    if (!done && !done.error().is_receivers)
        return complain(done.error().why);
    if (!result)
        return complain("the receiver did not say that all of it arrived");
    if (result->code != 0) {
        std::string name = ascii_text(UntrustedText(result->untrusted_name));
        std::ranges::replace(name, '"', '_');
        return complain((name.empty() ? "" : "\"" + name + "\": ") +
                        formats::describe_code(result->code));
    }
    if (!done || result->crc != sender.crc())
        return complain("what arrived is not what was sent");
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    bool ignores_links = false;
    bool shows_progress = isatty(STDERR_FILENO) == 1;
    bool only_surveys = false;
    option const known[] = {{"ignore-symlinks", no_argument, nullptr, 'i'},
                            {"without-progress", no_argument, nullptr, 'q'},
                            {"survey", no_argument, nullptr, 's'},
                            {}};
    for (int found; (found = getopt_long(argc, argv, "+", known, nullptr)) != -1;)
        switch (found) {
        case 'i': ignores_links = true; break;
        case 'q': shows_progress = false; break;
        case 's': only_surveys = true; break;
        default: optind = argc;
        }
    if (optind >= argc) {
        std::fputs(
            "usage: qfile-agent [--survey] [--ignore-symlinks] [--without-progress] FILE...\n",
            stderr);
        return 2;
    }
    if (only_surveys) {
        Survey survey(ignores_links);
        for (int i = optind; i < argc; ++i)
            if (auto const done = survey.add(plain_path(argv[i])); !done)
                return complain(done.error().why);
        survey.print();
        return 0;
    }
    Sender sender(ignores_links, shows_progress);
    Sent<> done;
    for (int i = optind; i < argc && done; ++i)
        done = sender.send(argv[i]);
    if (done)
        done = sender.finish();
    int const status = judge(sender, done);
    if (status == 0)
        sender.show_end();
    return status;
}
