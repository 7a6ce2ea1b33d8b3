#pragma once

#include "lib/base/result.hpp"
#include "lib/os/fd.hpp"

#include <sys/types.h>

#include <string>
#include <vector>

namespace vitrail::launcher {

/// A folder of the desktop's that a qube gets as its own.
struct VolumeMount {
    std::string from; ///< below the desktop's data folder
    std::string to;   ///< below the qube's runtime folder, an empty folder
    bool writable = false;
};

/// On the disk every file of a volume belongs to the desktop, whichever qube uses it: so the
/// desktop can snapshot, clone and remove volumes without being root. This maps that one id, for
/// mounts, to the id of a qube. Any other id shows as nobody's.
[[nodiscard]] Result<Fd> make_id_map(uid_t on_disk, uid_t seen);

/// Makes the folders appear under the qube's id, in the mount namespace of the caller: one that
/// nobody but the qube's keeper is in. No link is followed below either folder.
/// Fails with what to do where the file system of `data` cannot (mount_setattr(2), idmapped
/// mounts).
[[nodiscard]] Result<> mount_volumes(std::vector<VolumeMount> const& mounts,
                                     std::string const& data, std::string const& runtime,
                                     int id_map);

} // namespace vitrail::launcher
