#include "tests/unit/qubesd/power_cut_vfs.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

namespace vitrail::qubesd::power_cut {
namespace {

/// What a write replaced.
struct Before {
    std::string path;
    off_t size = 0;
    off_t offset = 0;
    std::string bytes;
};

int limit = -1;
int seen = 0;
Unsynced policy = Unsynced::kept;
std::vector<Before> unsynced_writes;

bool is_over()
{
    return limit >= 0 && seen > limit;
}

enum class Step { whole, half, nothing };
Step step()
{
    if (is_over())
        return Step::nothing;
    ++seen;
    return is_over() ? Step::half : Step::whole;
}

struct File {
    sqlite3_file base;
    char const* path;
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File* ours(sqlite3_file* file)
{
    return reinterpret_cast<File*>(file);
}

void remember(File* file, sqlite3_int64 offset, std::size_t size)
{
    Before before{
        .path = file->path, .size = 0, .offset = offset, .bytes = std::string(size, '\0')};
    int const fd = open(file->path, O_RDONLY | O_CLOEXEC);
    struct stat status{};
    if (fd >= 0 && fstat(fd, &status) == 0) {
        before.size = status.st_size;
        ssize_t const got = pread(fd, before.bytes.data(), size, offset);
        before.bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    }
    if (fd >= 0)
        close(fd);
    unsynced_writes.push_back(std::move(before));
}

int write_part(sqlite3_file* file, void const* bytes, int size, sqlite3_int64 offset)
{
    Step const what = step();
    if (what == Step::nothing)
        return SQLITE_IOERR_WRITE;
    remember(ours(file), offset, static_cast<std::size_t>(size));
    sqlite3_file* const real = ours(file)->real();
    int const result =
        real->pMethods->xWrite(real, bytes, what == Step::half ? size / 2 : size, offset);
    return what == Step::half ? SQLITE_IOERR_WRITE : result;
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size)
{
    if (step() != Step::whole)
        return SQLITE_IOERR_TRUNCATE;
    constexpr std::size_t plenty = std::size_t{1} << 24;
    remember(ours(file), size, plenty);
    sqlite3_file* const real = ours(file)->real();
    return real->pMethods->xTruncate(real, size);
}

int sync_file(sqlite3_file* file, int flags)
{
    if (step() != Step::whole)
        return SQLITE_IOERR_FSYNC;
    std::string const path = ours(file)->path;
    std::erase_if(unsynced_writes, [&](Before const& one) { return one.path == path; });
    (void)flags; // the test's disk is memory
    return SQLITE_OK;
}

#define FORWARD(name, parameters, ...)                                                             \
    [] parameters {                                                                                \
        sqlite3_file* const real = ours(file)->real();                                             \
        return real->pMethods->name(real __VA_OPT__(, ) __VA_ARGS__);                              \
    }

sqlite3_io_methods const methods{
    .iVersion = 2,
    .xClose = FORWARD(xClose, (sqlite3_file * file)),
    .xRead =
        FORWARD(xRead, (sqlite3_file * file, void* to, int size, sqlite3_int64 at), to, size, at),
    .xWrite = write_part,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = FORWARD(xFileSize, (sqlite3_file * file, sqlite3_int64* size), size),
    .xLock = FORWARD(xLock, (sqlite3_file * file, int kind), kind),
    .xUnlock = FORWARD(xUnlock, (sqlite3_file * file, int kind), kind),
    .xCheckReservedLock = FORWARD(xCheckReservedLock, (sqlite3_file * file, int* out), out),
    .xFileControl = FORWARD(xFileControl, (sqlite3_file * file, int what, void* with), what, with),
    .xSectorSize = FORWARD(xSectorSize, (sqlite3_file * file)),
    .xDeviceCharacteristics = [](sqlite3_file*) { return 0; }, // nothing is atomic
    .xShmMap =
        FORWARD(xShmMap, (sqlite3_file * file, int page, int size, int more, void volatile** at),
                page, size, more, at),
    .xShmLock =
        FORWARD(xShmLock, (sqlite3_file * file, int at, int count, int flags), at, count, flags),
    .xShmBarrier = FORWARD(xShmBarrier, (sqlite3_file * file)),
    .xShmUnmap = FORWARD(xShmUnmap, (sqlite3_file * file, int remove), remove),
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

sqlite3_vfs* unix_vfs()
{
    static sqlite3_vfs* const found = sqlite3_vfs_find("unix");
    return found;
}

int open_file(sqlite3_vfs*, char const* name, sqlite3_file* file, int flags, int* out)
{
    ours(file)->path = name;
    int const result = unix_vfs()->xOpen(unix_vfs(), name, ours(file)->real(), flags, out);
    file->pMethods = ours(file)->real()->pMethods ? &methods : nullptr;
    return result;
}

int delete_file(sqlite3_vfs*, char const* name, int sync)
{
    if (step() != Step::whole)
        return SQLITE_IOERR_DELETE;
    return unix_vfs()->xDelete(unix_vfs(), name, sync);
}

void register_once()
{
    static sqlite3_vfs vfs_object = *unix_vfs();
    if (sqlite3_vfs_find(vfs))
        return;
    vfs_object.zName = vfs;
    vfs_object.szOsFile = static_cast<int>(sizeof(File)) + unix_vfs()->szOsFile;
    vfs_object.xOpen = open_file;
    vfs_object.xDelete = delete_file;
    vfs_object.pNext = nullptr;
    sqlite3_vfs_register(&vfs_object, 0);
}

} // namespace

void arm(int at, Unsynced unsynced)
{
    register_once();
    limit = at;
    seen = 0;
    policy = unsynced;
    unsynced_writes.clear();
}

bool happened()
{
    return is_over();
}
int points()
{
    return seen;
}

void settle()
{
    if (policy == Unsynced::lost)
        for (auto one = unsynced_writes.rbegin(); one != unsynced_writes.rend(); ++one) {
            int const fd = open(one->path.c_str(), O_WRONLY | O_CLOEXEC);
            if (fd < 0)
                continue;
            if (pwrite(fd, one->bytes.data(), one->bytes.size(), one->offset) < 0 ||
                ftruncate(fd, one->size) != 0)
                std::perror("power cut");
            close(fd);
        }
    unsynced_writes.clear();
    limit = -1;
}

} // namespace vitrail::qubesd::power_cut
