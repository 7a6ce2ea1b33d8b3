#pragma once

#include "lib/base/result.hpp"
#include "lib/os/fd.hpp"

#include <string>

namespace vitrail {

/// Files and sockets in a folder that somebody untrusted can write.
///
/// Nothing there is opened by a path: the folder is a descriptor from before the other side ran, no
/// link is followed, no mount is crossed, and what is found must be of the expected type and belong
/// to the folder's owner, else EINVAL or EPERM (fact sheet vchan-socket §2).

/// A regular file, read-only. Fails with ENOENT when there is none, ELOOP for a link, EXDEV where
/// the name leads out of the folder.
[[nodiscard]] Result<Fd> open_beneath(int folder, std::string const& name);

/// A connection to a Unix stream socket; non-blocking afterwards. Fails with ENOENT when there is
/// none, ECONNREFUSED when nobody listens yet, EAGAIN when nobody accepts, ELOOP and EXDEV as
/// above.
[[nodiscard]] Result<Fd> connect_beneath(int folder, std::string const& name);

} // namespace vitrail
