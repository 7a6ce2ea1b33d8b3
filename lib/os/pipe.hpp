#pragma once

#include "lib/base/result.hpp"
#include "lib/os/fd.hpp"

namespace vitrail {

struct Pipe {
    Fd reader;
    Fd writer;
};

/// Both ends blocking and closed on exec.
[[nodiscard]] Result<Pipe> make_pipe();

} // namespace vitrail
