#pragma once

#include "lib/base/result.hpp"
#include "lib/base/strong.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace vitrail::transport {

/// A run of pages that lie one after the other in the descriptor a reader is given.
struct PageRun {
    std::uint32_t first_page = 0;
    std::uint32_t count = 0;
    friend bool operator==(PageRun const&, PageRun const&) = default;
};

/// What a reader hands to the compositor's create_buffer: a descriptor and where in it the image's
/// pages lie, in order. The descriptor belongs to the SharedPagesReader.
struct MappablePages {
    int fd = -1;
    std::vector<PageRun> runs;
};

/// The granting side (agent): pages that one other domain may map read-only.
class SharedPagesGranter {
public:
    /// Pages granted together; `refs` are their grant references in order.
    struct Grant {
        std::vector<std::uint32_t> refs;
        std::byte* address = nullptr; ///< mapped read-write, refs.size() pages
    };

    virtual ~SharedPagesGranter() = default;
    /// Zeroed pages granted to `peer`. Fails with ENOSPC when the quota is used up.
    [[nodiscard]] virtual Result<Grant> grant(DomainId peer, std::size_t pages) = 0;
    /// Only after the reader said that it does not use them any more.
    virtual void revoke(Grant const& grant) = 0;
};

/// The reading side (guid): turns references into what the compositor can map. Copies no pixels,
/// maps nothing itself.
class SharedPagesReader {
public:
    virtual ~SharedPagesReader() = default;
    /// Fails with EACCES when a reference is not granted to us, ERANGE when it is out of range.
    [[nodiscard]] virtual Result<MappablePages> resolve(std::span<std::uint32_t const> refs) = 0;
};

} // namespace vitrail::transport
