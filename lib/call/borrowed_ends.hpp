#pragma once

#include "lib/os/fd.hpp"

#include <utility>
#include <vector>

namespace vitrail::call {

/// Lends descriptors that others may hold too (our standard input, a terminal) to a call: it gets
/// copies, and what is behind them does not block until this object goes.
class BorrowedEnds {
public:
    BorrowedEnds() = default;
    BorrowedEnds(BorrowedEnds&&) = default;
    BorrowedEnds& operator=(BorrowedEnds&&) = default;
    BorrowedEnds(BorrowedEnds const&) = delete;
    BorrowedEnds& operator=(BorrowedEnds const&) = delete;
    /// Everything is as it was.
    ~BorrowedEnds();

    /// A copy; not open where `fd` is not.
    [[nodiscard]] Fd lend(int fd);

private:
    std::vector<std::pair<Fd, int>> before_; ///< flags
};

} // namespace vitrail::call
