#include "lib/transport/file_granter.hpp"

#include "lib/transport/file_grants.hpp"
#include "lib/wire/message.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <numeric>

namespace vitrail::transport {

namespace {
constexpr off_t page = wire::page_size;
} // namespace

Result<std::unique_ptr<FileGranter>> FileGranter::open(std::string const& directory, DomainId own)
{
    std::string const base = directory + "/dom" + std::to_string(own.value);
    // Readers hold these very files: rewritten, never replaced.
    auto const file = [&](char const* suffix) {
        return Fd(::open((base + suffix).c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
    };
    Fd memory = file(".mem");
    Fd table = file(".tab");
    if (!memory || !table)
        return errno_error("the grant files " + base + ".*");
    if (ftruncate(table.get(), 0) != 0 ||
        ftruncate(table.get(), off_t{file_grant_references} * 4) != 0)
        return errno_error("the grant table " + base + ".tab");
    struct stat status{};
    if (fstat(memory.get(), &status) != 0)
        return errno_error("the grant file " + base + ".mem");
    std::unique_ptr<FileGranter> granter(new FileGranter(std::move(memory), std::move(table)));
    granter->end_ =
        static_cast<std::uint32_t>(std::min<off_t>(status.st_size / page, file_grant_references));
    return granter;
}

Result<> FileGranter::mark(Run run, std::uint32_t entry)
{
    std::vector<std::uint32_t> const entries(run.count, entry);
    auto const bytes = static_cast<ssize_t>(entries.size() * 4);
    if (pwrite(table_.get(), entries.data(), static_cast<std::size_t>(bytes),
               off_t{run.first} * 4) != bytes)
        return errno_error("the grant table");
    return {};
}

Result<FileGranter::Grant> FileGranter::grant(DomainId peer, std::size_t pages)
{
    auto const count = static_cast<std::uint32_t>(pages);
    auto const at = std::ranges::find_if(free_, [&](Run run) { return run.count >= count; });
    if (pages == 0 || pages > file_grant_references || at == free_.end())
        return std::unexpected(Error{ENOSPC, "granting pages"});
    Run const run{at->first, count};
    std::uint32_t const needed = run.first + run.count;
    if (needed > end_) {
        if (ftruncate(memory_.get(), off_t{needed} * page) != 0)
            return errno_error("the grant file");
        end_ = needed;
    }
    // Zeroed, and space for it taken now: a full file system is an error here, not a SIGBUS later.
    off_t const offset = off_t{run.first} * page, length = off_t{count} * page;
    static_cast<void>(
        fallocate(memory_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length));
    if (fallocate(memory_.get(), 0, offset, length) != 0)
        return errno_error("granting pages");
    void* const address = mmap(nullptr, static_cast<std::size_t>(length), PROT_READ | PROT_WRITE,
                               MAP_SHARED, memory_.get(), offset);
    if (address == MAP_FAILED)
        return errno_error("mapping granted pages");
    if (auto const marked = mark(run, file_grant_valid | (peer.value & file_grant_domain));
        !marked) {
        munmap(address, static_cast<std::size_t>(length));
        return std::unexpected(marked.error());
    }
    at->first += count;
    at->count -= count;
    if (at->count == 0)
        free_.erase(at);
    Grant grant;
    grant.refs.resize(count);
    std::iota(grant.refs.begin(), grant.refs.end(), run.first);
    grant.address = static_cast<std::byte*>(address);
    return grant;
}

void FileGranter::revoke(Grant const& grant)
{
    if (grant.refs.empty())
        return;
    Run const run{grant.refs.front(), static_cast<std::uint32_t>(grant.refs.size())};
    static_cast<void>(mark(run, 0));
    munmap(grant.address, std::size_t{run.count} * wire::page_size);
    static_cast<void>(fallocate(memory_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                off_t{run.first} * page, off_t{run.count} * page));
    auto const after =
        std::ranges::find_if(free_, [&](Run free) { return free.first > run.first; });
    auto at = free_.insert(after, run);
    if (auto const next = std::next(at);
        next != free_.end() && at->first + at->count == next->first) {
        at->count += next->count;
        at = std::prev(free_.erase(next));
    }
    if (at != free_.begin())
        if (auto const before = std::prev(at); before->first + before->count == at->first) {
            before->count += at->count;
            free_.erase(at);
        }
}

} // namespace vitrail::transport
