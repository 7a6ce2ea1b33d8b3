#pragma once

#include "lib/os/fd.hpp"
#include "services/qubesd/storage/driver.hpp"
#include "services/qubesd/storage/layer.hpp"

#include <utility>

namespace vitrail::qubesd {

/// Volumes that are directories, for qubes that are sandboxes.
///
/// A committed state is a list of layers (a manifest), the lowest first, as overlayfs stacks them.
/// A layer never changes once it is committed, so that a clone or a snapshot is a copy of the list,
/// and a running qube keeps what it was started with whatever happens to its source.
///
/// In the pool's folder: layers/ID/tree; VID/current and VID/revisions/N manifests; VID/started the
/// manifest that a running qube uses; VID/live/dirty and VID/live/work what it writes to (of VID
/// it is given `live` alone); VID/commit the id of a layer that is being made of VID/live/dirty. A
/// layer that no file names is removed. With keep < 0 the one layer that VID/in-place names is
/// written in place: its files are nobody else's, and a copy is made once anybody names it too.
class DirDriver final : public StorageDriver {
public:
    explicit DirDriver(std::string folder) : folder_(std::move(folder)) {}

    Result<> set_up() override;
    Result<> create(Volume const& volume) override;
    Result<> remove(Volume const& volume) override;
    Result<> start(Volume const& volume, std::int64_t keep) override;
    Result<> stop(Volume const& volume, std::int64_t keep) override;
    [[nodiscard]] Result<Attachment> attachment(Volume const& volume,
                                                std::int64_t keep) const override;
    [[nodiscard]] Result<std::vector<std::string>> revisions(Volume const& volume) const override;
    Result<> revert(Volume const& volume, std::string const& id, std::int64_t keep) override;
    Result<> resize(Volume const& volume, std::uint64_t size) override;
    Result<> clone(Volume const& from, Volume const& to, std::int64_t keep) override;
    Result<> clone_from(StorageDriver const& other, Volume const& from, Volume const& to,
                        std::int64_t keep) override;
    Result<> clear(Volume const& volume, std::int64_t keep) override;
    /// The content is a tar archive.
    Result<std::string> begin_import(Volume const& volume, std::uint64_t size) override;
    Result<> end_import(Volume const& volume, bool good, std::int64_t keep) override;
    [[nodiscard]] std::uint64_t size(Volume const& /*volume*/,
                                     std::uint64_t otherwise) const override
    {
        return otherwise;
    }
    [[nodiscard]] std::uint64_t usage(Volume const& volume) const override;
    [[nodiscard]] std::optional<bool> is_outdated(Volume const& volume) const override;
    [[nodiscard]] PoolUsage pool_usage() const override;

    /// A state that is a folder outside the pool, shared read-only: `/` is the host template's
    /// root.
    [[nodiscard]] Result<> adopt(Volume const& volume, std::string const& outside);

private:
    using Manifest = std::vector<std::string>;

    [[nodiscard]] std::string place(std::string const& vid, char const* name = "") const;
    [[nodiscard]] std::string layer(std::string const& id) const;
    [[nodiscard]] Result<Manifest> manifest(std::string const& file) const;
    [[nodiscard]] Result<Fd> lock() const;
    [[nodiscard]] Result<> create_locked(Volume const& volume);
    enum class Keep : std::uint8_t { passing, lasting };
    [[nodiscard]] Result<std::string> new_layer(Volume const& volume, Keep keep);
    [[nodiscard]] Result<> finish_commit(Volume const& volume, std::int64_t keep);
    [[nodiscard]] Result<> set_current(Volume const& volume, Manifest next, std::int64_t keep);
    [[nodiscard]] Result<std::string> flatten(Volume const& volume, Manifest const& layers,
                                              Files files);
    [[nodiscard]] Result<> own_current(Volume const& volume);
    [[nodiscard]] Result<> collect_garbage();
    [[nodiscard]] Result<std::vector<std::string>> own_files() const;
    [[nodiscard]] Result<std::vector<std::pair<std::string, Manifest>>> manifests() const;
    [[nodiscard]] std::vector<std::uint64_t> revision_numbers(std::string const& vid) const;

    std::string folder_;
};

} // namespace vitrail::qubesd
