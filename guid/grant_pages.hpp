#pragma once

#include "lib/os/fd.hpp"
#include "lib/transport/shared_pages.hpp"

#include <memory>

namespace vitrail::guid {

/// The reading side of grants that are pages of a file. Source: fact sheet vchan-socket §2.
class GrantPages final : public transport::SharedPagesReader {
public:
    /// `own`: who must be named by a reference's entry in the table.
    GrantPages(Fd memory, Fd table, DomainId own)
        : memory_(std::move(memory)), table_(std::move(table)), own_(own)
    {
    }
    [[nodiscard]] Result<transport::MappablePages>
    resolve(std::span<std::uint32_t const> refs) override;

private:
    [[nodiscard]] Result<> check_run(transport::PageRun const& run);

    Fd memory_, table_;
    DomainId own_;
};

} // namespace vitrail::guid
