#pragma once

#include "lib/base/result.hpp"
#include "services/qubesd/state.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vitrail::qubesd {

/// A started volume as a back end mounts it.
struct Attachment {
    enum class Kind : std::uint8_t {
        image,   ///< `path`: a raw image
        folder,  ///< `path`: a directory, used as it is
        overlay, ///< `layers` (the lowest first), changes go to `path`, `work` is overlayfs's own
    } kind = Kind::image;
    std::string path;
    std::vector<std::string> layers;
    std::string work;
    bool rw = true;
};

struct PoolUsage {
    std::uint64_t size = 0;  ///< bytes
    std::uint64_t usage = 0; ///< bytes
};

/// Keeps volumes. The state of each is what is on the disk, never in the object, so that a job in
/// another process can work on it; every operation leaves the disk with the state from before it
/// or after it when it is interrupted.
///
/// `keep`: revisions to keep (-1: the volume is used as it is, without a copy).
class StorageDriver {
public:
    virtual ~StorageDriver() = default;
    /// Before the pool is used: makes its folder, finishes what was interrupted.
    [[nodiscard]] virtual Result<> set_up() = 0;
    [[nodiscard]] virtual Result<> create(Volume const& volume) = 0;
    /// Also what is half made or already gone.
    [[nodiscard]] virtual Result<> remove(Volume const& volume) = 0;
    [[nodiscard]] virtual Result<> start(Volume const& volume, std::int64_t keep) = 0;
    /// Saved: what changed is kept, the state before becomes a revision. Others: thrown away.
    [[nodiscard]] virtual Result<> stop(Volume const& volume, std::int64_t keep) = 0;
    [[nodiscard]] virtual Result<Attachment> attachment(Volume const& volume,
                                                        std::int64_t keep) const = 0;
    /// Ids, oldest first.
    [[nodiscard]] virtual Result<std::vector<std::string>>
    revisions(Volume const& volume) const = 0;
    [[nodiscard]] virtual Result<> revert(Volume const& volume, std::string const& id,
                                          std::int64_t keep) = 0;
    [[nodiscard]] virtual Result<> resize(Volume const& volume, std::uint64_t size) = 0;
    /// The committed state of `from` (of this pool) becomes that of `to`.
    [[nodiscard]] virtual Result<> clone(Volume const& from, Volume const& to,
                                         std::int64_t keep) = 0;
    /// The same across two pools of one driver. Nothing is shared afterwards.
    [[nodiscard]] virtual Result<> clone_from(StorageDriver const& other, Volume const& from,
                                              Volume const& to, std::int64_t keep) = 0;
    /// A saved volume becomes empty; the state before is a revision.
    [[nodiscard]] virtual Result<> clear(Volume const& volume, std::int64_t keep) = 0;
    /// Where the new content of `size` bytes is to be written.
    [[nodiscard]] virtual Result<std::string> begin_import(Volume const& volume,
                                                           std::uint64_t size) = 0;
    /// Takes it (`good`) or throws it away.
    [[nodiscard]] virtual Result<> end_import(Volume const& volume, bool good,
                                              std::int64_t keep) = 0;
    /// What the committed state measures; `otherwise` where a volume has no size of its own.
    [[nodiscard]] virtual std::uint64_t size(Volume const& volume,
                                             std::uint64_t otherwise) const = 0;
    [[nodiscard]] virtual std::uint64_t usage(Volume const& volume) const = 0;
    /// Of a started snapshot: whether its source has changed since. Nothing: cannot be said.
    [[nodiscard]] virtual std::optional<bool> is_outdated(Volume const& volume) const = 0;
    [[nodiscard]] virtual PoolUsage pool_usage() const = 0;
};

/// A driver's name and its options besides revisions_to_keep and ephemeral_volatile.
struct DriverKind {
    std::string_view name;
    std::string_view options; ///< separated by spaces
};
[[nodiscard]] std::vector<DriverKind> driver_kinds();
/// nullptr: there is no such driver, or an option it needs is missing.
[[nodiscard]] std::unique_ptr<StorageDriver> make_driver(Pool const& pool);

} // namespace vitrail::qubesd
