#include "agents/files/receiver.hpp"

#include "lib/base/result.hpp"
#include "lib/os/whole.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace vitrail::agent_files {
namespace {

using formats::Entry;
using formats::EntryKind;

/// Set-user-id and its kin are not for another qube to give.
constexpr mode_t kept_mode = 0777;

std::unexpected<int> failed()
{
    return std::unexpected(errno);
}

int open_beneath(int folder, std::string const& path, std::uint64_t flags)
{
    open_how how{};
    how.flags = flags | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
    return static_cast<int>(syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how));
}

std::array<timespec, 2> times_of(Entry const& entry)
{
    auto const time = [](formats::FileTime const& one) {
        return timespec{static_cast<time_t>(one.seconds), static_cast<long>(one.nanoseconds)};
    };
    return {time(entry.accessed), time(entry.modified)};
}

} // namespace

Receiver::Receiver(Fd root, formats::QfileLimits limits,
                   std::function<void(Entry const&)> handle_entry)
    : root_(std::move(root)), parser_(limits), handle_entry_(std::move(handle_entry))
{
}

std::expected<void, formats::QfileError> Receiver::take(std::span<std::byte const> input)
{
    while (auto const event = TRY(parser_.next(input)))
        if (auto const done = handle(*event); !done)
            return std::unexpected(formats::QfileError{done.error(), parser_.untrusted_name()});
    return {};
}

formats::QfileResult Receiver::finish()
{
    if (auto const early = parser_.handle_eof())
        return {early->code, parser_.crc(), early->untrusted_name};
    int const synced = syncfs(root_.get());
    return {synced == 0 ? 0 : errno, parser_.crc(), parser_.untrusted_name()};
}

Receiver::Done Receiver::handle(formats::QfileEvent const& event)
{
    if (auto const* const content = std::get_if<formats::Content>(&event))
        return write(*content);
    auto const* const entry = std::get_if<Entry>(&event);
    if (!entry)
        return {};
    handle_entry_(*entry);
    switch (entry->kind) {
    case EntryKind::file: return begin_file(*entry);
    case EntryKind::folder: return make_folder(*entry);
    case EntryKind::link: return make_link(*entry);
    }
    return {};
}

std::expected<Fd, int> Receiver::parent_of(std::string const& path, std::string& name) const
{
    auto const slash = path.rfind('/');
    name = slash == std::string::npos ? path : path.substr(slash + 1);
    Fd parent(open_beneath(root_.get(), slash == std::string::npos ? "." : path.substr(0, slash),
                           O_RDONLY | O_DIRECTORY));
    if (!parent)
        return failed();
    return parent;
}

Receiver::Done Receiver::begin_file(Entry const& entry)
{
    entry_ = entry;
    parent_ = TRY(parent_of(entry.name, name_));
    struct stat there{};
    if (fstatat(parent_.get(), name_.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0)
        return std::unexpected(EEXIST); // at once, not after all of it was sent
    struct statvfs space{};
    if (fstatvfs(parent_.get(), &space) != 0)
        return failed();
    if (entry.size / space.f_frsize >= space.f_bavail && entry.size > 0)
        return std::unexpected(ENOSPC);
    file_.reset(openat(parent_.get(), ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
    return file_ ? Done() : failed();
}

Receiver::Done Receiver::write(formats::Content const& content)
{
    if (!write_all(file_.get(), content.bytes))
        return failed();
    return content.last ? finish_file() : Done();
}

Receiver::Done Receiver::finish_file()
{
    auto const times = times_of(entry_);
    std::string const self = "/proc/self/fd/" + std::to_string(file_.get());
    if (fchmod(file_.get(), entry_.mode & kept_mode) != 0 ||
        futimens(file_.get(), times.data()) != 0 ||
        linkat(AT_FDCWD, self.c_str(), parent_.get(), name_.c_str(), AT_SYMLINK_FOLLOW) != 0)
        return failed();
    file_.reset();
    parent_.reset();
    return {};
}

/// A folder comes twice: first to be made, then, after what is in it, with its mode and times.
Receiver::Done Receiver::make_folder(Entry const& entry)
{
    std::string name;
    Fd const parent = TRY(parent_of(entry.name, name));
    if (mkdirat(parent.get(), name.c_str(), 0700) == 0)
        return {};
    if (errno != EEXIST)
        return failed();
    Fd const folder(open_beneath(parent.get(), name, O_RDONLY | O_DIRECTORY));
    auto const times = times_of(entry);
    if (!folder || fchmod(folder.get(), entry.mode & kept_mode) != 0 ||
        futimens(folder.get(), times.data()) != 0)
        return failed();
    return {};
}

Receiver::Done Receiver::make_link(Entry const& entry)
{
    std::string name;
    Fd const parent = TRY(parent_of(entry.name, name));
    auto const times = times_of(entry);
    if (symlinkat(entry.target.c_str(), parent.get(), name.c_str()) != 0 ||
        utimensat(parent.get(), name.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0)
        return failed();
    return {};
}

} // namespace vitrail::agent_files
