#pragma once

#include "lib/os/fd.hpp"
#include "lib/transport/shared_pages.hpp"

namespace vitrail::transport {

/// The reading side of grants that are pages of a file. Source: fact sheet vchan-socket §2.
///
/// The qube can rewrite and shrink both files at any time. An answer says what the table said at
/// this moment; whoever maps the pages survives what becomes of them (compositor/shared_buffer).
/// Makes no system call but pread: guid's sandbox allows no more.
class FileGrantReader final : public SharedPagesReader {
public:
    /// `own`: who must be named by a reference's entry in the table.
    FileGrantReader(Fd memory, Fd table, DomainId own)
        : memory_(std::move(memory)), table_(std::move(table)), own_(own)
    {
    }
    [[nodiscard]] Result<MappablePages> resolve(std::span<std::uint32_t const> refs) override;

private:
    [[nodiscard]] Result<> check_run(PageRun const& run);

    Fd memory_, table_;
    DomainId own_;
};

} // namespace vitrail::transport
