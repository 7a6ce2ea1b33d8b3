#pragma once

#include "lib/transport/shared_pages.hpp"

#include <cstddef>
#include <vector>

namespace vitrail::agent {

/// Granted pages, kept for the next buffer: a resize takes pages that an earlier size gave back.
///
/// Grants come in steps of an eighth of their size, so neighbouring sizes fit the same grant.
class PagePool {
public:
    using Grant = transport::SharedPagesGranter::Grant;

    PagePool(transport::SharedPagesGranter& granter, DomainId peer) : granter_(granter), peer_(peer)
    {
    }
    ~PagePool();
    PagePool(PagePool const&) = delete;
    PagePool& operator=(PagePool const&) = delete;

    /// At least `bytes` of granted memory; its contents may be an older picture.
    [[nodiscard]] Result<Grant> take(std::size_t bytes);
    /// Only when the daemon does not read the pages any more.
    void give_back(Grant grant);
    [[nodiscard]] std::size_t free_pages() const { return free_pages_; }

private:
    /// Beyond this much unused memory (in pages: 64 MiB) the oldest grant is revoked.
    static constexpr std::size_t max_free_pages = 16384;
    void trim(std::size_t pages);

    transport::SharedPagesGranter& granter_;
    DomainId peer_;
    std::vector<Grant> free_;
    std::size_t free_pages_ = 0;
};

/// `pages` rounded up to a step: at most an eighth more.
[[nodiscard]] std::size_t step_up(std::size_t pages);

} // namespace vitrail::agent
