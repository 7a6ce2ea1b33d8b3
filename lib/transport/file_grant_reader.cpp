#include "lib/transport/file_grant_reader.hpp"

#include "lib/transport/file_grants.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

namespace vitrail::transport {

Result<> FileGrantReader::check_run(PageRun const& run)
{
    std::array<std::uint32_t, 1024> entries;
    for (std::uint32_t done = 0; done < run.count;) {
        auto const count = std::min<std::uint32_t>(run.count - done, entries.size());
        auto const offset = std::int64_t{run.first_page + done} * 4;
        ssize_t const got = pread(table_.get(), entries.data(), count * std::size_t{4}, offset);
        if (got < 0)
            return errno_error("grant table");
        if (got != static_cast<ssize_t>(count * std::size_t{4}))
            return std::unexpected(Error{EACCES, "grant table"});
        for (std::uint32_t i = 0; i < count; ++i)
            if ((entries[i] & file_grant_valid) == 0 ||
                (entries[i] & file_grant_domain) != own_.value)
                return std::unexpected(Error{EACCES, "grant reference"});
        done += count;
    }
    return {};
}

Result<MappablePages> FileGrantReader::resolve(std::span<std::uint32_t const> refs)
{
    MappablePages pages{memory_.get(), {}};
    for (std::uint32_t const ref : refs) {
        if (ref == 0 || ref >= file_grant_references)
            return std::unexpected(Error{ERANGE, "grant reference"});
        if (!pages.runs.empty() && pages.runs.back().first_page + pages.runs.back().count == ref)
            ++pages.runs.back().count;
        else
            pages.runs.push_back({ref, 1});
    }
    for (auto const& run : pages.runs)
        TRY_VOID(check_run(run));
    return pages;
}

} // namespace vitrail::transport
