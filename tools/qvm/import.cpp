#include "tools/qvm/import.hpp"

#include "lib/os/whole.hpp"
#include "tools/qvm/progress.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <span>
#include <vector>

namespace vitrail::qvm {
namespace {

/// The internal socket stands beside the admin one.
qube::AdminClient internal_client(Tool const& tool)
{
    std::string path = tool.client().socket();
    constexpr std::string_view end = ".sock";
    if (path.ends_with(end))
        path.insert(path.size() - end.size(), ".internal");
    return qube::AdminClient(path);
}

Done<> copy(int from, int to, std::string const& place, std::uint64_t limit, Progress& progress)
{
    std::vector<std::byte> block(std::size_t{1} << 20);
    std::uint64_t done = 0;
    for (;;) {
        ssize_t const got = read(from, block.data(), block.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return std::unexpected(Failure(errno_error("reading what is imported").error()));
        if (got == 0)
            return {};
        done += static_cast<std::uint64_t>(got);
        if (limit > 0 && done > limit)
            return fail("it is larger than the volume (" + std::to_string(limit) + " bytes)");
        if (!write_all(to, std::span<std::byte const>(block).first(static_cast<std::size_t>(got))))
            return std::unexpected(Failure(errno_error(place).error()));
        progress.show_bytes(done, limit);
    }
}

} // namespace

Done<std::uint64_t> size_of_file(std::string const& file)
{
    struct stat status{};
    if (stat(file.c_str(), &status) != 0)
        return std::unexpected(Failure(errno_error(file).error()));
    if (!S_ISREG(status.st_mode))
        return fail(file + ": is no file of a known size");
    return static_cast<std::uint64_t>(status.st_size);
}

Done<> import_volume(Tool const& tool, std::string const& name, std::string const& volume,
                     std::string const& file, std::optional<std::uint64_t> size)
{
    Fd const from(file == "-" ? dup(STDIN_FILENO) : open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!from)
        return std::unexpected(Failure(errno_error(file).error()));
    auto const internal = internal_client(tool);
    std::string const answer = TRY(internal.call(name, "internal.vm.volume.ImportBegin", volume,
                                                 size ? std::to_string(*size) : std::string()));
    auto const space = answer.find(' ');
    auto const limit = qube::parse_number(answer.substr(0, space));
    if (space == std::string::npos || !limit)
        return fail("qubesd names no place for the import");
    std::string const place = answer.substr(space + 1);
    Fd const to(open(place.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
    auto copied = [&]() -> Done<> {
        if (!to)
            return std::unexpected(Failure(errno_error(place).error()));
        Progress progress("importing " + name + ":" + volume, !tool.is_quiet());
        TRY_VOID(copy(from.get(), to.get(), place, *limit, progress));
        if (fsync(to.get()) != 0 && errno != EINVAL)
            return std::unexpected(Failure(errno_error(place).error()));
        return {};
    }();
    auto const ended = internal.call(name, "internal.vm.volume.ImportEnd", volume,
                                     copied ? "ok" : "fail\n" + copied.error().message);
    TRY_VOID(copied);
    (void)TRY(ended);
    return {};
}

} // namespace vitrail::qvm
