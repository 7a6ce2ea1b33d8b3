#pragma once

#include "lib/os/fd.hpp"
#include "lib/transport/file_grants.hpp"
#include "lib/transport/shared_pages.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace vitrail::transport {

/// Grants as pages of a file: reference r is page r of `dom<D>.mem`; `dom<D>.tab` says who may map
/// it (fact sheet vchan-socket §2).
class FileGranter final : public SharedPagesGranter {
public:
    /// Opens or makes both files of domain `own` in `directory`; forgets what an earlier agent
    /// granted.
    [[nodiscard]] static Result<std::unique_ptr<FileGranter>> open(std::string const& directory,
                                                                   DomainId own);

    [[nodiscard]] Result<Grant> grant(DomainId peer, std::size_t pages) override;
    void revoke(Grant const& grant) override;

private:
    struct Run {
        std::uint32_t first, count;
    };

    FileGranter(Fd memory, Fd table) : memory_(std::move(memory)), table_(std::move(table)) {}
    [[nodiscard]] Result<> mark(Run run, std::uint32_t entry);

    Fd memory_, table_;
    std::vector<Run> free_{{1, file_grant_references - 1}}; ///< in order; 0 is not used
    std::uint32_t end_ = 0;                                 ///< pages that the file has
};

} // namespace vitrail::transport
