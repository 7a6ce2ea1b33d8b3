#pragma once

#include "lib/base/result.hpp"
#include "lib/os/fd.hpp"
#include "lib/transport/guid_start.hpp"

#include <array>

namespace vitrail::guid {

/// A start record with the descriptors that came with it; those that did not are empty.
struct Start {
    transport::GuidStart record;
    std::array<Fd, transport::guid_start_fds> fds;

    [[nodiscard]] Fd take(transport::GuidStartFd which)
    {
        return std::move(fds[static_cast<std::size_t>(which)]);
    }
};

/// Waits on `link` for the start record. Fails when sessiond ended instead, or sent another thing.
[[nodiscard]] Result<Start> receive_start(int link);

} // namespace vitrail::guid
